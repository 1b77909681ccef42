export { formatStep } from './format.js';
export { parseStep } from './parse-step.js';
export { type Played, Player, play, type Taken } from './play.js';
export {
  describeDifference,
  formatScript,
  parseScript,
  rewriteScript,
  type ScriptStep,
} from './script.js';
export {
  type Action,
  type ClusterSpec,
  type Fall,
  type Filter,
  type HeldMessage,
  type Link,
  type NodeView,
  type Seen,
  type Stage,
  type StageAnswer,
  StageError,
} from './stage.js';
export * from './steps.js';
export { ScenarioError } from './words.js';
