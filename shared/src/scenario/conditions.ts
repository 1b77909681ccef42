import { type NodeId, type Observation, unreachable } from '../core/index.js';
import type { Json } from '../store/index.js';
import { type Cast, NobodyError } from './cast.js';
import { type NodeView, type Stage, type StageAnswer, StageError } from './stage.js';
import type { Condition, ExpectedAnswer } from './steps.js';

/** What conditions are asked of. A request's answer is null until it comes. */
export type Scene = {
  readonly stage: Stage;
  readonly cast: Cast;
  readonly answers: ReadonlyMap<string, StageAnswer | null>;
};

/** Whether a condition holds, and what was found: a sentence for whoever expected something else. */
export type Verdict = { readonly holds: boolean; readonly found: string };

/** Asks the cluster as it is now. Throws `StageError` for a question that no cluster could answer. */
export function judge(condition: Condition, scene: Scene): Verdict {
  try {
    return ask(condition, scene);
  } catch (error) {
    // Who leads now, say, may be nobody for a while: then nothing holds of the leader.
    if (error instanceof NobodyError) return { holds: false, found: error.message };
    throw error;
  }
}

function ask(condition: Condition, scene: Scene): Verdict {
  switch (condition.type) {
    case 'not': {
      const { holds, found } = judge(condition.condition, scene);
      return { holds: !holds, found };
    }
    case 'leads':
      return judgeLeads(
        condition.among === null ? scene.cast.ids : scene.cast.resolve(condition.among),
        scene,
      );
    case 'is': {
      const nodes = scene.cast.resolve(condition.nodes);
      return every(nodes, scene, (view, id) => ({
        holds: isIn(condition.role, view),
        found: `${id} is ${roleOf(view)}`,
      }));
    }
    case 'follows': {
      const leader = scene.cast.resolveOne(condition.leader);
      return every(scene.cast.resolve(condition.nodes), scene, ({ observation }, id) => ({
        holds: observation !== null && observation.leader === leader,
        found: `${id} follows ${observation?.leader ?? 'nobody'}`,
      }));
    }
    case 'has': {
      const { field, value } = condition;
      return every(scene.cast.resolve(condition.nodes), scene, (view, id) => {
        const actual = view.observation === null ? undefined : fieldOf(view.observation, field);
        const found =
          actual === undefined ? `${id} is ${roleOf(view)}` : `${id} has ${field} ${actual ?? 'none'}`;
        return { holds: actual === value, found };
      });
    }
    case 'holds': {
      const { path, value, version } = condition;
      return every(scene.cast.resolveOrUp(condition.nodes), scene, (view, id) => {
        const held = view.value(path);
        const isValue = held !== null && held.version > 0 && isSame(held.value, value);
        const holds = isValue && (version === null || held.version === version);
        return { holds, found: `${id} ${describeHeld(path, held)}` };
      });
    }
    case 'lacks': {
      const { path } = condition;
      return every(scene.cast.resolveOrUp(condition.nodes), scene, (view, id) => {
        const held = view.value(path);
        return { holds: held?.version === 0, found: `${id} ${describeHeld(path, held)}` };
      });
    }
    case 'same':
      return judgeSame(condition.what, scene.cast.resolveOrUp(condition.nodes), scene);
    case 'answered':
      return judgeAnswered(condition.request, condition.expected, scene);
    case 'refused': {
      const answer = answerTo(condition.request, scene);
      return { holds: answer?.ok === false, found: describeAnswerTo(condition.request, answer) };
    }
    default:
      return unreachable(condition);
  }
}

/** A request's answer, in words. */
export function describeAnswer(answer: StageAnswer): string {
  if (!answer.ok) return `refused: ${answer.error}`;
  const { result } = answer;
  if (result === null) return 'taken on';
  if (!result.ok) {
    return `not done: ${result.reason}, ${JSON.stringify(result.value)} at version ${result.version}`;
  }
  switch (result.op) {
    case 'get':
      return result.version === 0 ? 'absent' : `${JSON.stringify(result.value)}, version ${result.version}`;
    case 'list':
      return result.paths.join(' ');
    case 'delete':
      return result.existed ? 'deleted' : 'there was none';
    default:
      return `version ${result.version}`;
  }
}

function every(
  nodes: readonly NodeId[],
  { stage }: Scene,
  askOne: (view: NodeView, id: NodeId) => Verdict,
): Verdict {
  const verdicts = nodes.map((id) => askOne(stage.look(id), id));
  const failed = verdicts.filter(({ holds }) => !holds);
  const told = failed.length === 0 ? verdicts : failed;
  return { holds: failed.length === 0, found: told.map(({ found }) => found).join(', ') };
}

function judgeLeads(among: readonly NodeId[], { cast }: Scene): Verdict {
  const leaders = cast.leaders().filter((id) => among.includes(id));
  return {
    holds: leaders.length > 0,
    found: `${leaders.length === 0 ? 'nobody' : leaders.join(', ')} leads`,
  };
}

function roleOf({ up, observation }: NodeView): string {
  if (!up) return 'down';
  return observation?.role ?? 'starting';
}

function isIn(role: string, view: NodeView): boolean {
  return role === 'up' ? view.up : roleOf(view) === role;
}

const fields = ['reign', 'leader', 'firstIndex', 'lastIndex', 'commitIndex', 'appliedIndex'] as const;

function fieldOf(observation: Observation, field: string): string | number | boolean | null {
  const known = fields.find((name) => name === field);
  if (known !== undefined) return observation[known];
  const value = observation.detail[field];
  if (value !== undefined) return value;
  const names = [...fields, ...Object.keys(observation.detail)].join(', ');
  throw new StageError(`nodes of this protocol have no ${field}: write ${names}`);
}

function describeHeld(path: string, held: ReturnType<NodeView['value']>): string {
  if (held === null) return 'is down';
  if (held.version === 0) return `has no ${path}`;
  return `has ${path} = ${JSON.stringify(held.value)} version ${held.version}`;
}

/** Equal as JSON; the order of an object's keys counts, as it does on the wire. */
function isSame(a: Json, b: Json): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function judgeSame(what: 'log' | 'store', nodes: readonly NodeId[], { stage }: Scene): Verdict {
  const views = nodes.map((id) => ({ id, ...stage.look(id) }));
  // How far back a log reaches differs, since each node compacts its own: compared is what all of them still have.
  const fromIndex = Math.max(1, ...views.map(({ observation }) => observation?.firstIndex ?? 1));
  const told = views.map(({ id, observation, digest }) => {
    if (observation === null) return { id, tells: 'nothing: it is not running' };
    return { id, tells: what === 'store' ? (digest ?? 'nothing') : tellLog(observation, fromIndex) };
  });
  const holds = told.every(({ tells }) => tells === told[0]?.tells);
  return { holds, found: told.map(({ id, tells }) => `${id} holds ${tells}`).join('; ') };
}

/** Two logs whose entries have the same reigns at the same indexes are equal: what log matching says. */
function tellLog({ lastIndex, logReigns }: Observation, fromIndex: number): string {
  const runs = logReigns.flatMap(([first, reign], at) => {
    const last = (logReigns[at + 1]?.[0] ?? lastIndex + 1) - 1;
    return last < fromIndex ? [] : [`${Math.max(first, fromIndex)} to ${last} of reign ${reign}`];
  });
  return runs.length === 0 ? `no entries beyond ${lastIndex}` : `entries ${runs.join(', ')}`;
}

function answerTo(request: string, { answers }: Scene): StageAnswer | null {
  const answer = answers.get(request);
  if (answer !== undefined) return answer;
  throw new StageError(`no request is called ${request}: write as ${request} after one`);
}

function describeAnswerTo(request: string, answer: StageAnswer | null): string {
  return answer === null ? `${request} is not answered` : `${request} is answered: ${describeAnswer(answer)}`;
}

function judgeAnswered(request: string, expected: ExpectedAnswer | null, scene: Scene): Verdict {
  const answer = answerTo(request, scene);
  const found = describeAnswerTo(request, answer);
  if (answer === null || !answer.ok) return { holds: false, found };
  const { result } = answer;
  if (expected === null) return { holds: true, found };
  if (result === null) return { holds: false, found };
  if (expected.kind === 'version') {
    return { holds: 'version' in result && result.version === expected.version, found };
  }
  const isValue = result.ok && result.op === 'get' && isSame(result.value, expected.value);
  return { holds: isValue, found };
}
