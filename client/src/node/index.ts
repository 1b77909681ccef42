export {
  type Claim,
  claimIdentity,
  createIdentity,
  type FreshIdentity,
  forgetIdentity,
  keptIdentities,
  linkIdentity,
  nodeIdOf,
  verify,
} from './identity/index.js';
export { Lab, type LabListener } from './lab.js';
