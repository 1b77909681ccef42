import type { DiskImage, RequestId, WriteId } from '../../../core/index.js';
import { encodeAccepted } from '../../common/accepted.js';
import { readIncarnation, writeIncarnation } from '../../common/incarnation.js';
import { waitingMax } from '../limits.js';
import type { Broadcast } from '../messages.js';
import type { Step } from '../step.js';

const incarnationWrite: WriteId = 1;

/** Claims the next incarnation. Until it is durable nothing is broadcast under it: a crash would use it twice. */
export function claimIncarnation(step: Step, disk: DiskImage): void {
  const { origin } = step.state;
  origin.claimed = readIncarnation(disk) + 1;
  step.effects.push(writeIncarnation(incarnationWrite, origin.claimed));
}

/** The incarnation is durable. Answers with the broadcasts that have waited for it, oldest first. */
export function onIncarnationDurable(step: Step, write: WriteId): readonly Broadcast[] {
  const { origin } = step.state;
  if (write !== incarnationWrite) return [];
  origin.incarnation = origin.claimed;
  return origin.waiting.splice(0).map(({ request, payload }) => take(step, request, payload));
}

/** A user's broadcast, named and answered; null when it has to wait, or is refused. */
export function accept(step: Step, request: RequestId, payload: Uint8Array): Broadcast | null {
  const { origin, options } = step.state;
  if (payload.length > options.payloadBytesMax) {
    step.effects.push({ type: 'refuse', request, error: 'too-large' });
    return null;
  }
  if (origin.incarnation > 0) return take(step, request, payload);
  if (origin.waiting.length < waitingMax) origin.waiting.push({ request, payload });
  else step.effects.push({ type: 'refuse', request, error: 'busy' });
  return null;
}

function take({ state, effects }: Step, request: RequestId, payload: Uint8Array): Broadcast {
  const { self, origin } = state;
  const sequence = origin.nextSequence;
  origin.nextSequence += 1;
  const message: Broadcast = { origin: self, incarnation: origin.incarnation, sequence, payload };
  effects.push({ type: 'reply', request, result: encodeAccepted(message) });
  return message;
}
