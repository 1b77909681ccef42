import type { Command, Json } from '../store/index.js';

type NonEmpty<T> = readonly [T, ...T[]];

/** Nodes in one cluster: `1` to `9`, or `n1` to `n9`. */
export const nodesMax = 9;

/** Words that stand for nodes by what they do at the moment the step is taken. */
export const roleWords = [
  'leader',
  'follower',
  'followers',
  'all',
  'up',
  'down',
  'majority',
  'minority',
] as const;
export type RoleWord = (typeof roleWords)[number];

export type Target =
  | { readonly kind: 'node'; readonly number: number }
  | { readonly kind: 'role'; readonly role: RoleWord }
  /** Given by an earlier `call`. */
  | { readonly kind: 'name'; readonly name: string };

/** Whom a step is about: all of `of`, without those of `but`. */
export type Nodes = { readonly of: NonEmpty<Target>; readonly but: readonly Target[] };

/** Which messages a step is about. No `kinds`: of any kind; null: from, or to, anybody. */
export type Selection = {
  readonly kinds: readonly string[];
  readonly from: Nodes | null;
  readonly to: Nodes | null;
};

/** What may be asked about the cluster at any moment. */
export type Condition =
  | { readonly type: 'not'; readonly condition: Condition }
  /** One of `among` leads. */
  | { readonly type: 'leads'; readonly among: Nodes | null }
  /** Each of them is in this role (the protocol's own word), or `up`, or `down`. */
  | { readonly type: 'is'; readonly nodes: Nodes; readonly role: string }
  /** Each of them takes `leader` for the leader. */
  | { readonly type: 'follows'; readonly nodes: Nodes; readonly leader: Nodes }
  /** Each of them shows this value: a field of the observation, or of its detail. */
  | {
      readonly type: 'has';
      readonly nodes: Nodes;
      readonly field: string;
      readonly value: string | number | boolean | null;
    }
  /** Each one's store has applied it. Without `nodes`: of all that are up. */
  | {
      readonly type: 'holds';
      readonly path: string;
      readonly value: Json;
      readonly version: number | null;
      readonly nodes: Nodes | null;
    }
  | { readonly type: 'lacks'; readonly path: string; readonly nodes: Nodes | null }
  | { readonly type: 'same'; readonly what: 'log' | 'store'; readonly nodes: Nodes | null }
  /** The request of that name has its result; `expected` null: any. */
  | { readonly type: 'answered'; readonly request: string; readonly expected: ExpectedAnswer | null }
  | { readonly type: 'refused'; readonly request: string };

export type ExpectedAnswer =
  | { readonly kind: 'value'; readonly value: Json }
  | { readonly kind: 'version'; readonly version: number };

/** One step of a scenario; `quietly`: with nothing of it in the transcript. */
export type Step = PlainStep | { readonly type: 'quietly'; readonly step: PlainStep };

/** What is done or asked. Times are in ms of the stage's clock. */
export type PlainStep =
  | {
      readonly type: 'cluster';
      readonly nodes: number;
      readonly protocol: string;
      readonly seed: number;
      readonly options: Json;
    }
  /** From here on `name` is this very node, whatever becomes of it. */
  | { readonly type: 'call'; readonly node: Nodes; readonly name: string }
  | { readonly type: 'run'; readonly forMs: number; readonly while: Condition | null }
  | { readonly type: 'runUntil'; readonly condition: Condition; readonly withinMs: number }
  /** Until no message and no write is under way; held messages wait. */
  | { readonly type: 'settle' }
  | { readonly type: 'expect'; readonly condition: Condition }
  /** `survivingWrites` of those under way reach the disk, though nobody is told. */
  | { readonly type: 'crash'; readonly nodes: Nodes; readonly survivingWrites: number }
  | { readonly type: 'restart'; readonly nodes: Nodes }
  | { readonly type: 'cut'; readonly from: Nodes; readonly to: Nodes; readonly bothWays: boolean }
  /** Cuts the sides off from each other; who is on none of them is on one more side. */
  | { readonly type: 'partition'; readonly sides: NonEmpty<Nodes> }
  | { readonly type: 'isolate'; readonly nodes: Nodes }
  | { readonly type: 'heal' }
  /** Messages sent from now on wait, until they are delivered, dropped or released. */
  | { readonly type: 'hold'; readonly messages: Selection }
  | { readonly type: 'release'; readonly messages: Selection }
  /** `copy` hands over a copy; the message itself stays held. `first`: the oldest alone. */
  | { readonly type: 'deliver' | 'copy' | 'drop'; readonly first: boolean; readonly messages: Selection }
  | { readonly type: 'fire'; readonly timer: string; readonly nodes: Nodes }
  | { readonly type: 'slowDisk'; readonly nodes: Nodes; readonly writeMs: number }
  | { readonly type: 'failWrite'; readonly nodes: Nodes }
  | {
      readonly type: 'request';
      readonly command: Command;
      readonly at: Nodes;
      readonly name: string | null;
    }
  | { readonly type: 'broadcast'; readonly value: Json; readonly at: Nodes; readonly name: string | null }
  /** Sends of these kinds are in the transcript from now on, and no others. */
  | { readonly type: 'show'; readonly kinds: readonly string[] };

/** How long `run until` waits without a `within`. */
export const withinMsDefault = 10_000;
/** A virtual hour: longer than any story. */
export const durationMsMax = 3_600_000;

/** What a step does, told or not. */
export function plain(step: Step): PlainStep {
  return step.type === 'quietly' ? step.step : step;
}

/** Nodes by number, role or name: `nodes('leader', 3)`. Throws `RangeError` for a number that no node has. */
export function nodes(first: number | string, ...others: readonly (number | string)[]): Nodes {
  return { of: [target(first), ...others.map(target)], but: [] };
}

/** Those of `of` that are not in `but`. */
export function except(of: Nodes, but: Nodes): Nodes {
  return { of: of.of, but: [...of.but, ...but.of] };
}

/** All messages, or those of some kinds; narrowed by `route`. */
export function messages(
  kinds: readonly string[] = [],
  route: { readonly from?: Nodes; readonly to?: Nodes } = {},
): Selection {
  return { kinds, from: route.from ?? null, to: route.to ?? null };
}

function target(item: number | string): Target {
  if (typeof item === 'number') {
    if (Number.isInteger(item) && item >= 1 && item <= nodesMax) return { kind: 'node', number: item };
    throw new RangeError(`there is no node ${item}: give 1 to ${nodesMax}`);
  }
  const role = roleWords.find((word) => word === item);
  return role === undefined ? { kind: 'name', name: item } : { kind: 'role', role };
}
