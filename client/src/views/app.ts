import type { ReadonlySignal } from '@preact/signals';
import type { Fault } from '@quorate/shared/faults';
import type { TraceEvent } from '@quorate/shared/trace';
import type { GroupInfo, QuorateApi, QuorateErrorCode, RoomInfo, Status } from '../api/types.js';

/** A fault that is on, and how many messages it has touched. */
export type ActiveFault = { readonly id: string; readonly fault: Fault; readonly touched: number };

/** A name under which this browser was in a room, and can be again. */
export type KeptName = {
  readonly room: string;
  readonly name: string;
  readonly lastUsedMs: number;
  /** A tab of this browser has the name now, where that can be known. */
  readonly held?: boolean;
};

/** Something that went wrong, with the code that says how to put it. */
export type Problem = {
  readonly code: QuorateErrorCode;
  readonly message: string;
  /** When what it tells happened, ms since 1970, where that is to be told. */
  readonly atMs?: number | null;
};

/** Something that people should know and that stops nothing: a tab of another version, a packet the server refused. */
export type Notice = 'mixed-versions' | 'packet-too-large';

/** All that the views know of the rest: the live node, or the demo, implements it. */
export interface App {
  readonly page: ReadonlySignal<'front' | 'joining' | 'room' | 'error'>;
  readonly problem: ReadonlySignal<Problem | null>;
  /** Shown above the page, in the room. */
  readonly notice: ReadonlySignal<Notice | null>;
  /** What joining waits for, in words; null when it does not wait. */
  readonly progress: ReadonlySignal<string | null>;
  readonly room: ReadonlySignal<RoomInfo | null>;
  /** Of the run that this tab looks at. */
  readonly status: ReadonlySignal<Status>;
  /** The groups that run, by their numbers; none where one run is the whole room's. */
  readonly groups: ReadonlySignal<readonly GroupInfo[]>;
  /** The room that this page's address invites to, with the host's key where the link has it; null where it names none. */
  readonly invitedTo: { readonly room: string; readonly key: string | null } | null;
  /** The room was reopened, with nobody in it: until when this tab was in it, ms since 1970; null where there is no question. */
  readonly reopened: ReadonlySignal<number | null>;
  /** This page watches: it is no node. */
  readonly watching: boolean;
  readonly faults: ReadonlySignal<readonly ActiveFault[]>;
  /** Addresses under which others reach the server, best first: `http://192.168.1.20:3000`. */
  readonly addresses: ReadonlySignal<readonly string[]>;
  /** The tab that asked where it is, and how often it has; the Stages flash its disc. */
  readonly flashed: ReadonlySignal<{ readonly node: string; readonly serial: number } | null>;
  readonly quorate: QuorateApi;
  /** All nodes' events as they reach this tab, in batches. Answers with a function that ends it. */
  onTrace(listener: (events: readonly TraceEvent[]) => void): () => void;
  kept(): Promise<readonly KeptName[]>;
  host(name: string): Promise<void>;
  /** `key`: the beginning of the host's id, from a link; null where only the code is known. */
  join(code: string, name: string, key: string | null): Promise<void>;
  watch(code: string, key: string | null): Promise<void>;
  /** Answers the question of a reopened room: goes on with it. */
  continueRoom(): void;
  /** Answers it: leaves this room, and opens another under the same name. */
  openNew(): Promise<void>;
  leave(): Promise<void>;
  /** "Where am I?": flashes this tab's disc on every Stage. */
  flash(): void;
}
