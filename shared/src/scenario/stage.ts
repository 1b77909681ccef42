import type { MessageInfo, NodeId, Observation, RequestError, Violation } from '../core/index.js';
import type { Command, CommandResult, Json } from '../store/index.js';
import type { TraceEvent } from '../trace/index.js';

/** A step that this stage, or any, can't carry out now. The message says why and what to do instead. */
export class StageError extends Error {
  override readonly name = 'StageError';
}

export type ClusterSpec = {
  readonly nodes: number;
  readonly protocol: string;
  readonly seed: number;
  readonly options: Json;
};

export type Link = { readonly from: NodeId; readonly to: NodeId };

/** A selection whose roles have been looked up; null: anybody. */
export type Filter = {
  readonly kinds: readonly string[];
  readonly from: readonly NodeId[] | null;
  readonly to: readonly NodeId[] | null;
};

/** What a step does to the cluster, with nodes by id: roles and names have been looked up. */
export type Action =
  | { readonly type: 'crash'; readonly node: NodeId; readonly survivingWrites: number }
  | { readonly type: 'restart'; readonly node: NodeId }
  /** These links are cut, and no others. */
  | { readonly type: 'setCuts'; readonly cuts: readonly Link[] }
  | { readonly type: 'hold' | 'release'; readonly filter: Filter }
  | { readonly type: 'deliver' | 'copy' | 'drop'; readonly first: boolean; readonly filter: Filter }
  | { readonly type: 'fire'; readonly node: NodeId; readonly timer: string }
  | { readonly type: 'slowDisk'; readonly node: NodeId; readonly writeMs: number }
  | { readonly type: 'failWrite'; readonly node: NodeId };

/** A message that a step has touched. */
export type HeldMessage = Link & { readonly info: MessageInfo };

/** What can be seen of one node now. */
export type NodeView = {
  readonly up: boolean;
  /** Null before its disk has been opened, and while it is down. */
  readonly observation: Observation | null;
  readonly digest: string | null;
  /** What its store has applied for a path; version 0: nothing. Null while it is down. */
  readonly value: (path: string) => { readonly value: Json; readonly version: number } | null;
};

/** A broadcast that was taken on has no result: null. */
export type StageAnswer =
  | { readonly ok: true; readonly result: CommandResult | null }
  | { readonly ok: false; readonly error: RequestError };

/** A trace event with the stage's time, which goes on through crashes. */
export type Seen = { readonly atMs: number; readonly event: TraceEvent };

/** A rule that fell, with the sentence that it breaks. */
export type Fall = Violation & { readonly sentence: string; readonly atMs: number };

/**
 * Where a scenario is played: the simulator's world, or a live room. It knows nodes by id alone, and no language. Methods
 * that act reject with a `StageError` when they can't.
 */
export interface Stage {
  /** Ms since the cluster was opened. */
  readonly nowMs: number;
  /** The first rule that fell. Nothing goes on after it. */
  readonly fall: Fall | null;
  /** Starts a cluster; answers with its nodes, in the order of their numbers. Once for each stage. */
  open(spec: ClusterSpec): Promise<readonly NodeId[]>;
  /** Answers with the messages that a `deliver`, `copy` or `drop` touched, oldest first. */
  act(action: Action): Promise<readonly HeldMessage[]>;
  /** Hands a command to a node's client; `done` is called once, when it has been answered. */
  request(node: NodeId, command: Command, done: (answer: StageAnswer) => void): void;
  /** The same for a value to broadcast. */
  broadcast(node: NodeId, value: Json, done: (answer: StageAnswer) => void): void;
  /** Lets time pass until `untilMs`, a fall, or until `done` says so, asked after each event. Answers whether `done` did. */
  run(untilMs: number, done: () => boolean): Promise<boolean>;
  /** Lets time pass until no message and no write is under way, `untilMs` at most. Answers whether all came to rest. */
  settle(untilMs: number): Promise<boolean>;
  look(node: NodeId): NodeView;
  /** The kinds of all messages that were sent so far, by the protocol's own names. */
  kindsSent(): ReadonlySet<string>;
  /** What the nodes have told since the last call. */
  takeSeen(): readonly Seen[];
}
