export { nodeIdOf, type StoredKeys, verify } from '../keys/index.js';
export {
  type Claim,
  type ClaimOptions,
  claimIdentity,
  createIdentity,
  type FreshIdentity,
  type Identity,
  TooManyTabs,
} from './claim.js';
export { forgetIdentity, IdentityHeld, type KeptIdentity, keptIdentities } from './kept.js';
export { linkIdentity } from './link-identity.js';
