import type { OperationLine } from '@quorate/shared/check';
import type { BroadcastId } from '@quorate/shared/core';
import type { FaultEntry, FaultInput } from '@quorate/shared/faults';
import type { InputRecording, Milestone } from '@quorate/shared/host';
import type { Command, CommandResult, Json } from '@quorate/shared/store';
import type { TraceEvent } from '@quorate/shared/trace';

/**
 * The types of `window.quorate`: what scripts, tests and the screen use to read and drive a room. Documented in
 * docs/api.md. Queries answer at once; whatever changes something answers with a promise.
 */

export type { BroadcastId, Command, CommandResult, InputRecording, Json };

export const errorCodes = [
  'not-host',
  'not-allowed',
  'removed',
  'ended',
  'unsigned-room',
  'bad-link',
  'not-running',
  'already-running',
  'in-another-group',
  'not-in-room',
  'watching',
  'crashed',
  'timeout',
  'busy',
  'stopped',
  'majority-here',
  'session-expired',
  'too-large',
  'bad-command',
  'bad-options',
  'bad-voters',
  'unsupported',
  'another-under-way',
  'not-caught-up',
  'not-transferred',
  'bad-fault',
  'bad-pace',
  'bad-step',
  'not-paused',
  'nothing-waits',
  'not-first',
  'unknown-node',
  'unknown-protocol',
  'unknown-room',
  'room-full',
  'bad-name',
  'unreachable',
  'version-mismatch',
  'succeeded',
  'internal',
] as const;
export type QuorateErrorCode = (typeof errorCodes)[number];

/** Presence of a tab, as this tab knows it. A closed tab has crashed; `left` is only who pressed Leave. */
export type TabInfo = {
  readonly id: string;
  readonly name: string;
  readonly self: boolean;
  readonly host: boolean;
  readonly coHost: boolean;
  readonly watching: boolean;
  /** This tab's link to it: `self` for this tab, `indirect` where it is here and reached over other tabs alone. */
  readonly link: 'self' | 'connecting' | 'direct' | 'relayed' | 'backoff' | 'silent' | 'indirect' | 'closed';
  readonly presence: 'here' | 'crashed' | 'left';
  /** What its lab does: no run, running, crashed by button. */
  readonly lab: 'idle' | 'running' | 'crashed';
  readonly hidden: boolean;
  readonly browser: string;
  readonly roundTripMs: number | null;
  /** The ids it says it is linked to, where it has told. */
  readonly links?: readonly string[];
};

/** What was refused of the room document, the newest last; what the same tab does again counts as one. */
export type Refused = {
  /**
   * `forged`: no signature of host or co-host holds for it. `other-host`: another host's. `older`: replayed. `overtaken`: a
   * change made here that another one has beaten. `lost`: changes of an earlier life of this tab that the room does not hold.
   */
  readonly kind: 'forged' | 'other-host' | 'older' | 'overtaken' | 'lost';
  /** Who sent it; for `overtaken` and `lost`, whose version stands now. */
  readonly from: string;
  /** Ms since 1970, of this machine. */
  readonly atMs: number;
  readonly message: string;
  readonly times: number;
};

/** Somebody who was reached as a tab of this room and was not taken for it: there is no link. The same again counts as one. */
export type Unproven = {
  /** The tab that it was to be. */
  readonly node: string;
  /**
   * `identity-mismatch`: its key is another than that of this id. `proof-invalid`: it has not signed with that key.
   * `proof-replayed`: its proof was made for another link. `fingerprint-swapped`: the two see different certificates, so somebody
   * between them reads along. `proof-refused`: the other side did not take this tab for itself.
   */
  readonly problem:
    | 'identity-mismatch'
    | 'proof-invalid'
    | 'proof-replayed'
    | 'fingerprint-swapped'
    | 'proof-refused';
  /** The tab that passed on the signals which led there; null: they came by the signaling server. */
  readonly via: string | null;
  /** Ms since 1970, of this machine. */
  readonly atMs: number;
  readonly times: number;
};

/** What students may do: nothing, crash and restart their own node, or all that a lesson takes. */
export type Students = 'nothing' | 'own-node' | 'everything';

export type RoomInfo = {
  readonly code: string;
  readonly host: boolean;
  readonly coHost: boolean;
  /** This tab may drive the lab: as host, as co-host, or since students may do everything. */
  readonly mayDrive: boolean;
  readonly students: Students;
  /** The beginning of the host's node id, which is a hash of its key: what link and QR code carry; null before the document has come. */
  readonly hostKey: string | null;
  /** How this tab knows that key: its own, from the link, or from whoever told first; null where it knows none. */
  readonly trust: 'own' | 'link' | 'first-use' | null;
  /** The link named a host, and the server led this tab to tabs of another one. */
  readonly astray: boolean;
  /** The version of the room document; 0 before one has come. */
  readonly version: number;
  readonly refused: readonly Refused[];
  /** The last of those who could not prove to be the tab that they were reached as; the newest last. */
  readonly unproven: readonly Unproven[];
  readonly server: 'online' | 'connecting' | 'offline';
  /** False: the host has stopped introductions, and all tabs do without the server. */
  readonly introductions: boolean;
  readonly tabs: readonly TabInfo[];
};

/** Entries up to `lastIndex` were kept by `node`; beyond `committedIndex` nobody knows whether they had been committed. */
export type Salvaged = {
  readonly run: string;
  readonly node: string;
  readonly lastIndex: number;
  readonly committedIndex: number;
};

export type Status = {
  readonly protocol: string | null;
  /** The run that this tab looks at: its own, unless it has picked another. */
  readonly run: string | null;
  /** `Group 1`, where that run is a group's; null where it is the whole room's. */
  readonly group: string | null;
  /** This tab's node takes part in it: in a run of the whole room each does, with a vote or without. */
  readonly takesPart: boolean;
  readonly running: boolean;
  /** This node's role (`follower`, `pre-candidate`, `candidate`, `leader`, `learner`); `client` where it has no vote; null without a run, and of another group's. */
  readonly role: string | null;
  readonly reign: number;
  readonly leader: string | null;
  readonly lastIndex: number;
  readonly commitIndex: number;
  readonly appliedIndex: number;
  readonly digest: string | null;
  readonly voters: readonly string[];
  /** The next voters while they change: until both sets agree, it takes a majority of each. */
  readonly incoming: readonly string[];
  /** Nodes that catch up with the log before they vote. */
  readonly learners: readonly string[];
  /** UNSAFE: this run goes on from what one node kept of an older one, whose majority had gone; null where it began with nothing. */
  readonly salvaged: Salvaged | null;
  readonly pace: number;
  readonly paused: boolean;
  /** How many trace events this tab has seen: what to give `trace` as `since` the next time. */
  readonly traced: number;
};

/** A fault of the lab on messages from one node to another; `'*'` is every node. Rates default to 1, `ms` to 100. */
export type Fault = FaultInput;

/**
 * What happens next in a paused lab, at `node`: a message that waits there is delivered, by its id in the trace, or a timer
 * of an instance (`server` if none is named) fires. Or everything goes on until the next vote or commit.
 */
export type StepInput =
  | { readonly node: string; readonly deliver: string }
  | { readonly node: string; readonly fire: string; readonly instance?: string }
  | { readonly until: Milestone };

/** A line of the history: an invocation, or how it ended. */
export type HistoryLine = OperationLine;

/** What `start` takes. Without `voters`: all tabs present, in the order of joining, at most nine. */
export type StartOptions = {
  readonly protocol: string;
  readonly voters?: readonly string[];
  readonly options?: Json;
};

/** Faults of the lab, of the run that this tab looks at where none is named. The host's; others get `not-host`. */
export interface FaultsApi {
  /** Replaces the faults there were; answers with the new ids, in order. */
  set(faults: readonly Fault[], run?: string): Promise<readonly string[]>;
  add(fault: Fault, run?: string): Promise<string>;
  /** Ends a fault of whichever run. */
  remove(id: string): Promise<void>;
  clear(run?: string): Promise<void>;
}

/** One of several runs side by side, as its leader last told. */
export type GroupInfo = {
  readonly run: string;
  readonly number: number;
  /** `Group 1`. */
  readonly name: string;
  readonly protocol: string;
  readonly voters: readonly string[];
  readonly leader: string | null;
  readonly reign: number;
  readonly lastIndex: number;
  readonly commitIndex: number;
  readonly pace: number;
  readonly paused: boolean;
  /** Those that are on. */
  readonly faults: readonly FaultEntry[];
  /** This tab's node takes part in it. */
  readonly own: boolean;
  /** This tab looks at it. */
  readonly shown: boolean;
};

/** What every group is to run: Raft where nothing is said. */
export type GroupOptions = { readonly protocol?: string; readonly options?: Json };

/** Several runs at once, each with its own tabs, leader, faults and pace. Splitting and stopping are the host's. */
export interface GroupsApi {
  /** The groups that run, by their numbers. */
  list(): readonly GroupInfo[];
  /**
   * Starts groups of so many tabs each, as many as there are tabs for, or these: lists of node ids. Who is in none watches.
   * Answers with their runs' ids.
   */
  split(how: number | readonly (readonly string[])[], options?: GroupOptions): Promise<readonly string[]>;
  /** Stops one group, or all of them. */
  stop(run?: string): Promise<void>;
  /** Makes this tab look at a group; without one at its own again, or the first. */
  show(run?: string): void;
}

/** Tabs of the room. Appointing and dismissing are the host's; others get `not-host`. */
export interface MembersApi {
  /** Makes a tab co-host: it may do all that the host may, but for appointing others and ending the room. */
  appoint(node: string): Promise<void>;
  dismiss(node: string): Promise<void>;
  rename(node: string, name: string): Promise<void>;
  /** Sends a tab away. It can't come back under the same key. */
  remove(node: string): Promise<void>;
}

/** `window.quorate`. Queries answer at once; actions reject with a `QuorateError`. */
export interface QuorateApi {
  nodeId(): string;
  room(): RoomInfo;
  status(): Status;
  /** Starts a protocol; answers with the run's id. */
  start(options: StartOptions): Promise<string>;
  /** Ends the run that this tab looks at, or the one that is named. So do all calls below that take a `run`. The host's. */
  stop(run?: string): Promise<void>;
  /** Makes these nodes the voters: newcomers catch up first. Resolves once they are. The host's. */
  reconfigure(voters: readonly string[], run?: string): Promise<void>;
  /** Lets this voter lead. Resolves once it does. The host's. */
  transferLeadership(to: string, run?: string): Promise<void>;
  /**
   * UNSAFE, for when a majority has gone for good: ends the run and begins a new one with the most advanced log that is left.
   * What was committed and is not in it is lost. Resolves with what was kept, once the nodes that are left vote. The host's.
   */
  salvage(run?: string): Promise<Salvaged>;
  /** To the cluster that this tab takes part in, whatever it looks at. */
  submit(command: Command): Promise<CommandResult>;
  /**
   * Where the protocol is a broadcast: gives this value to every node of the run. Resolves with its name once this tab's
   * node has taken it on; that a node delivers it is a trace event `delivery`.
   */
  broadcast(value: Json): Promise<BroadcastId>;
  history(): readonly HistoryLine[];
  /** The trace events that this tab holds, or those after number `since` of them. */
  trace(since?: number): readonly TraceEvent[];
  /** What happened to an instance of this tab's node, `server` if none is named: the protocol's Process can run it again. */
  inputs(instance?: string): Promise<InputRecording>;
  readonly faults: FaultsApi;
  readonly groups: GroupsApi;
  readonly members: MembersApi;
  /** Says what students may do. The host's, and a co-host's. */
  permit(students: Students): Promise<void>;
  /** Ends the room for good: no tab that has heard of it revives it. The host's. */
  endRoom(): Promise<void>;
  /** This tab's node, or for host and co-hosts any. */
  crash(node?: string): Promise<void>;
  restart(node?: string): Promise<void>;
  /** Ends all faults of a run, restarts what was crashed by button in it, resumes at the pace there was. */
  calm(run?: string): Promise<void>;
  /** 1 is real time, 1/40 forty times slower. */
  readonly pace: { set(pace: number, run?: string): Promise<void> };
  pause(run?: string): Promise<void>;
  resume(run?: string): Promise<void>;
  /** Makes every tab give up its connection to the signaling server, which still serves pages. The host's. */
  stopIntroductions(): Promise<void>;
  /** Makes every tab take it up again. The host's. */
  resumeIntroductions(): Promise<void>;
  /**
   * While the lab is paused: lets one message be delivered or one timer fire, or lets all go on until somebody votes or
   * commits. The first two resolve once it has happened, the last once the lab goes on. The host's.
   */
  step(next: StepInput, run?: string): Promise<void>;
}
