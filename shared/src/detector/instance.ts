import type { InstanceName, Process, ProtocolInstance } from '../core/index.js';
import { detector } from './detector.js';
import type { DetectorMessage } from './messages.js';
import type { DetectorOptions } from './options.js';
import type { DetectorState } from './state.js';

/** By what name protocols are advised to have it; nothing depends on it. */
export const detectorName: InstanceName = 'detector';

/**
 * The detector as an instance of a protocol that stands on it: `instances: { detector: detectorInstance(...), server: {
 * process, uses: { detector: suspicions } } }`. The protocol's union of messages has `DetectorMessage` among its members, and
 * its `parseMessage` hands what is for this instance to `parseDetectorMessage`. `read` finds the detector's options in
 * the protocol's own.
 */
export function detectorInstance<Message extends { readonly type: string }, Options>(
  read: (options: Options) => DetectorOptions,
  runsAt: 'servers' | 'all' = 'servers',
): ProtocolInstance<DetectorState, Message | DetectorMessage, Options> {
  const process: Process<DetectorState, DetectorMessage, Options> = {
    ...detector,
    create: (init) => detector.create({ ...init, options: read(init.options) }),
  };
  return { process, runsAt };
}
