import type { AnyProtocol, Process, Protocol } from '../../core/index.js';
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

/** Its users ask it nothing. */
const nobody: Process<object, DetectorMessage, DetectorOptions> = {
  create: () => ({}),
  step: () => [],
  observe: () => ({
    role: 'user',
    reign: 0,
    leader: null,
    firstIndex: 1,
    lastIndex: 0,
    commitIndex: 0,
    appliedIndex: 0,
    logReigns: [],
    detail: {},
  }),
};

const alone: Protocol<DetectorState, object, DetectorMessage, DetectorOptions> = {
  // No protocol that can be started: the registry does not list it, and nobody is shown this name.
  name: 'best-effort',
  instances: {
    server: { process: detector, runsAt: 'all' },
    client: { process: nobody, runsAt: 'all' },
  },
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
