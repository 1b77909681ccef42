export type { Connection, ConnectionEnd, ConnectionEvents, ConnectionFactory } from './connection.js';
export { FRAME_BYTES_MAX } from './framing.js';
export type { IdentityPort } from './identity.js';
export { createMesh, type MeshOptions, type PageEvents } from './mesh.js';
export { type BudgetLimits, PeerBudgets } from './peer-budgets.js';
export { browserScheduler } from './scheduler.js';
export {
  type MemberChange,
  type SignaledRoom,
  Signaling,
  type SignalingOptions,
  type SignalingState,
} from './signaling.js';
export { isPassing, SignalingError, type SignalingErrorCode } from './signaling-error.js';
export {
  type DownReason,
  type Lane,
  type LinkInfo,
  type LinkProblem,
  type LinkState,
  type Mesh,
  type MeshListener,
  MeshViolation,
  type ProofProblem,
  type Scheduler,
  type SendOutcome,
  type SignalPort,
  type SignalWay,
  type ViolationCode,
} from './types.js';
