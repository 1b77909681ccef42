import type { AnyProtocol, InvariantChecker, Process, Protocol } from '../../core/index.js';
import {
  type DetectorMessage,
  type DetectorOptions,
  type DetectorState,
  describeDetectorMessage,
  detector,
  drawDetectorOptions,
  parseDetectorMessage,
  parseDetectorOptions,
} from '../../detector/index.js';

/** By what name it is simulated; no protocol that can be started in a room. */
export const detectorSubject = 'detector';

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

/** The detector with nothing on top, as a protocol that a world can run. The world's checker is the given one. */
export function detectorAlone(
  checker: InvariantChecker<DetectorState, DetectorMessage>,
  process: Process<DetectorState, DetectorMessage, DetectorOptions> = detector,
): AnyProtocol {
  const alone: Protocol<DetectorState, object, DetectorMessage, DetectorOptions> = {
    // The registry does not list it: a name among those of protocols is asked for, and none of it is shown.
    name: 'best-effort',
    instances: {
      server: { process, runsAt: 'all' },
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
    createChecker: () => checker,
  };
  return alone;
}
