export { encodeSaid, type Said, saidBy } from './chat.js';
export {
  type Command,
  CommandError,
  type CommandResult,
  decodeOperation,
  decodeResult,
  encodeOperation,
  encodeRefusal,
  isJson,
  isPath,
  type Json,
  parseCommand,
  storeLimits,
} from './command.js';
export {
  type Answer,
  decodeAnswer,
  decodeLogCommand,
  type Envelope,
  encodeAnswer,
  encodeEnvelope,
  encodeOpenSession,
  type LogCommand,
} from './envelope.js';
export { SnapshotError } from './snapshot.js';
export { createStore, type Store } from './store.js';
