export type { Connection, ConnectionEnd, ConnectionEvents, ConnectionFactory } from './connection.js';
export { FRAME_BYTES_MAX } from './framing.js';
export { createMesh, type MeshOptions, type PageEvents } from './mesh.js';
export {
  isPassing,
  type MemberChange,
  type SignaledRoom,
  Signaling,
  SignalingError,
  type SignalingErrorCode,
  type SignalingOptions,
  type SignalingState,
} from './signaling.js';
export {
  type DownReason,
  type Lane,
  type LinkInfo,
  type LinkProblem,
  type LinkState,
  type Mesh,
  type MeshListener,
  MeshViolation,
  type Scheduler,
  type SendOutcome,
  type SignalPort,
  type ViolationCode,
} from './types.js';
