import type { AnyProtocol, Protocol } from '../../core/index.js';
import {
  DetectorChecker,
  type DetectorMessage,
  type DetectorOptions,
  type DetectorState,
  describeDetectorMessage,
  detector,
  drawDetectorOptions,
  parseDetectorMessage,
  parseDetectorOptions,
} from '../../detector/index.js';

const alone: Protocol<DetectorState, object, DetectorMessage, DetectorOptions> = {
  // No protocol that can be started: the registry does not list it, and nobody is shown this name.
  name: 'best-effort',
  // Its users ask it nothing, and there is no store.
  kind: 'broadcast',
  instances: { server: { process: detector, runsAt: 'all' } },
  votersMin: 1,
  votersMax: 256,
  reconfigures: false,
  parseOptions: parseDetectorOptions,
  drawOptions: drawDetectorOptions,
  parseMessage: parseDetectorMessage,
  signedParts: () => [],
  describe: describeDetectorMessage,
  createChecker: () => new DetectorChecker(),
};

/** The detector with nothing on top, as a protocol that a world can run. */
export const detectorAlone: AnyProtocol = alone;
