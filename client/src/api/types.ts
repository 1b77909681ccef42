import type { TraceEvent } from '@quorate/shared/trace';

/**
 * The types of `window.quorate`: what scripts, tests and the screen use to read and drive a room. Documented in
 * docs/api.md. Queries answer at once; whatever changes something answers with a promise.
 */

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** A command to the replicated store. Paths look like `/class/a`. All are linearizable. */
export type Command =
  | { readonly op: 'get'; readonly path: string }
  | { readonly op: 'put'; readonly path: string; readonly value: Json; readonly ifVersion?: number }
  | { readonly op: 'delete'; readonly path: string; readonly ifVersion?: number }
  | { readonly op: 'cas'; readonly path: string; readonly from: Json; readonly to: Json }
  | { readonly op: 'list'; readonly path: string };

/**
 * What a command came to. `ok: false` means that it was carried out and its condition did not hold: nothing changed.
 * `version` counts the changes of a path, from 1; 0 where there is nothing. `index` is the log entry that did it.
 */
export type CommandResult =
  | { readonly ok: true; readonly op: 'get'; readonly path: string; readonly value: Json; readonly version: number }
  | { readonly ok: true; readonly op: 'put' | 'cas'; readonly path: string; readonly version: number; readonly index: number }
  | { readonly ok: true; readonly op: 'delete'; readonly path: string; readonly existed: boolean; readonly index: number }
  | { readonly ok: true; readonly op: 'list'; readonly path: string; readonly paths: readonly string[] }
  | {
      readonly ok: false;
      readonly op: 'put' | 'delete' | 'cas';
      readonly path: string;
      readonly reason: 'version-mismatch' | 'value-mismatch';
      readonly value: Json;
      readonly version: number;
    };

export type QuorateErrorCode =
  | 'not-host'
  | 'not-running'
  | 'already-running'
  | 'not-in-room'
  | 'watching'
  | 'crashed'
  | 'timeout'
  | 'busy'
  | 'stopped'
  | 'session-expired'
  | 'too-large'
  | 'bad-command'
  | 'bad-options'
  | 'bad-voters'
  | 'bad-fault'
  | 'bad-pace'
  | 'unknown-node'
  | 'unknown-protocol'
  | 'unknown-room'
  | 'room-full'
  | 'bad-name'
  | 'unreachable';

/** Presence of a tab, as this tab knows it. A closed tab has crashed; `left` is only who pressed Leave. */
export type TabInfo = {
  readonly id: string;
  readonly name: string;
  readonly self: boolean;
  readonly host: boolean;
  readonly watching: boolean;
  /** This tab's link to it: `self` for this tab. */
  readonly link: 'self' | 'connecting' | 'direct' | 'relayed' | 'backoff' | 'silent' | 'closed';
  readonly presence: 'here' | 'crashed' | 'left';
  /** What its lab does: no run, running, crashed by button. */
  readonly lab: 'idle' | 'running' | 'crashed';
  readonly hidden: boolean;
  readonly browser: string;
  readonly roundTripMs: number | null;
  /** The ids it says it is linked to, where it has told. */
  readonly links?: readonly string[];
};

export type RoomInfo = {
  readonly code: string;
  readonly host: boolean;
  readonly server: 'online' | 'connecting' | 'offline';
  readonly tabs: readonly TabInfo[];
};

export type Status = {
  readonly protocol: string | null;
  readonly run: string | null;
  readonly running: boolean;
  /** This node's role (`follower`, `pre-candidate`, `candidate`, `leader`); `client` where it has no vote; null without a run. */
  readonly role: string | null;
  readonly reign: number;
  readonly leader: string | null;
  readonly lastIndex: number;
  readonly commitIndex: number;
  readonly appliedIndex: number;
  readonly digest: string | null;
  readonly voters: readonly string[];
  readonly pace: number;
  readonly paused: boolean;
};

/** A fault of the lab on messages from one node to another; `'*'` is every node. */
export type Fault =
  | { readonly kind: 'cut'; readonly from: string; readonly to: string }
  | { readonly kind: 'drop' | 'duplicate'; readonly from: string; readonly to: string; readonly rate: number }
  | { readonly kind: 'delay'; readonly from: string; readonly to: string; readonly ms: number; readonly rate?: number };

export type HistoryLine = {
  readonly op: number;
  readonly process: string;
  readonly type: 'invoke' | 'ok' | 'fail' | 'info';
  readonly f: Command['op'];
  readonly key: string;
  readonly value: Json;
  readonly ifVersion?: number;
  readonly timeMs: number;
};

/** What `start` takes. Without `voters`: all tabs present, in the order of joining, at most nine. */
export type StartOptions = {
  readonly protocol: string;
  readonly voters?: readonly string[];
  readonly options?: Json;
};

/** Faults of the lab. The host's; others get `not-host`. */
export interface FaultsApi {
  /** Replaces the faults there were; answers with the new ids, in order. */
  set(faults: readonly Fault[]): Promise<readonly string[]>;
  add(fault: Fault): Promise<string>;
  remove(id: string): Promise<void>;
  clear(): Promise<void>;
}

/** `window.quorate`. Queries answer at once; actions reject with a `QuorateError`. */
export interface QuorateApi {
  nodeId(): string;
  room(): RoomInfo;
  status(): Status;
  /** Starts a protocol; answers with the run's id. */
  start(options: StartOptions): Promise<string>;
  stop(): Promise<void>;
  submit(command: Command): Promise<CommandResult>;
  history(): readonly HistoryLine[];
  /** The trace events that this tab holds, or those after number `since` of them. */
  trace(since?: number): readonly TraceEvent[];
  readonly faults: FaultsApi;
  /** This tab's node, or for the host any. */
  crash(node?: string): Promise<void>;
  restart(node?: string): Promise<void>;
  /** Ends all faults, restarts what was crashed by button, resumes at the pace there was. */
  calm(): Promise<void>;
  /** 1 is real time, 1/40 forty times slower. */
  readonly pace: { set(pace: number): Promise<void> };
  pause(): Promise<void>;
  resume(): Promise<void>;
}
