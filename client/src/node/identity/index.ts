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
export { verify } from './keys.js';
export { nodeIdOf } from './node-id.js';
