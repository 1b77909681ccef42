export {
  type Claim,
  claimIdentity,
  createIdentity,
  type FreshIdentity,
  keptIdentities,
} from './identity/index.js';
export { Lab, type LabListener } from './lab.js';
