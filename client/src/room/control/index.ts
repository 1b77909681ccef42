export { type Change, ChangeSchema } from './changes.js';
export { ControlPlane } from './control-plane.js';
export { hostKeyOf, isHostKey } from './host-key.js';
export { changeRefusal, isRemoved, labRefusal, orderRefusal, type Role, roleOf } from './rights.js';
export {
  compareVersions,
  ForgedError,
  foundRoom,
  type RoomVersion,
  readVersion,
  SignedDocumentSchema,
  type Signer,
  verifyVersion,
} from './signed.js';
