import type { ControlAction, InstanceName, NodeId, RunId } from '@quorate/shared/core';
import type { FaultEntry } from '@quorate/shared/faults';
import type { InputRecording, LabStep, Milestone, RequestAnswer, StepError } from '@quorate/shared/host';
import type { WireErrorCode } from '@quorate/shared/wire';
import type { StoredKeys } from './keys/index.js';
import type { FromLab, LabRequest, LabRun, OutFrame, ToLab } from './worker/messages.js';

/** What waits for an answer, as much as a host holds open; beyond, `busy`. */
const requestsMax = 4_096;
/** As many as the worker remembers. */
const publicKeysMax = 1_024;
const busy = { ok: false, error: 'busy' } as const;

export type LabListener = {
  onFrames(frames: readonly OutFrame[]): void;
  /** `owner` is the run and instance that asks. */
  onWantLink(peer: NodeId, owner: string, wanted: boolean): void;
  /** The node has paused at the milestone that this run was to go on to. */
  onReached(run: RunId): void;
  onTrace(message: Extract<FromLab, { type: 'trace' }>): void;
  /** The worker is gone, or can't go on; the page stays to tell. */
  onCrash(why: string): void;
  onViolation(from: NodeId, code: WireErrorCode, why: string): void;
};

export type LabOptions = {
  readonly self: NodeId;
  readonly room: string;
  readonly keys: StoredKeys;
  readonly fence: Extract<ToLab, { type: 'open' }>['fence'];
  /** The node was here before, so its disk must be, too. */
  readonly returning: boolean;
  readonly listener: LabListener;
  readonly createWorker: () => Worker;
};

type WantLink = Extract<FromLab, { type: 'wantLink' }>;
type Pending = (answer: RequestAnswer | 'crashed') => void;

/**
 * The lab plane of this tab: a host in a Web Worker of its own. To crash it is to terminate the worker, as real as a
 * closed tab; to restart it is a new worker on the same disk.
 */
export class Lab {
  /** Settles when the disk is first open, or when the worker has ended before it was. */
  readonly opened: Promise<void>;
  readonly #options: LabOptions;
  readonly #peers = new Set<NodeId>();
  readonly #publicKeys = new Map<NodeId, Uint8Array>();
  readonly #pending = new Map<number, Pending>();
  readonly #recordingsAsked = new Map<number, (recording: InputRecording | null | 'crashed') => void>();
  /** The links that the worker asks for: it can't take them back once it has ended. */
  readonly #wishes = new Map<string, WantLink>();
  #worker: Worker | null = null;
  #runs = new Map<RunId, LabRun>();
  /** The document remembers a few runs, and these are of those. */
  readonly #ended = new Set<RunId>();
  readonly #steps = new Map<number, (error: StepError | 'crashed' | null) => void>();
  #pace = { pace: 1, paused: false };
  #pausesAt: { readonly run: RunId; readonly milestone: Milestone | null } | null = null;
  #nextRequest = 1;
  #asked: LabRequest[] = [];
  #diskKind: 'opfs' | 'indexeddb' | null = null;
  #settleOpened: (() => void) | null = null;

  constructor(options: LabOptions) {
    this.#options = options;
    this.opened = new Promise((resolve) => {
      this.#settleOpened = resolve;
    });
    this.#spawn();
  }

  get alive(): boolean {
    return this.#worker !== null;
  }

  /** Where this node keeps its disk; null until the worker has opened it. */
  get diskKind(): 'opfs' | 'indexeddb' | null {
    return this.#diskKind;
  }

  /** Takes part in a run, now and after each restart. A run under way changes its faults, and gets instances it lacks. */
  run(run: LabRun): void {
    const current = this.#runs.get(run.run);
    this.#runs.set(run.run, run);
    if (current === undefined) return this.#post({ type: 'run', run });
    if (run.instances.some((name) => !current.instances.includes(name)))
      this.#post({ type: 'extend', run: run.run, instances: run.instances });
    this.faults(run.run, run.faults);
  }

  /** Takes part in no run but this one. */
  runOnly(run: RunId | null): void {
    for (const id of [...this.#runs.keys()]) {
      if (id === run) continue;
      this.#runs.delete(id);
      this.#post({ type: 'stop', run: id });
    }
  }

  /** A run is over for good: what this node's disk holds of it goes. */
  end(run: RunId): void {
    this.#runs.delete(run);
    if (this.#ended.has(run)) return;
    this.#ended.add(run);
    this.#post({ type: 'end', run });
  }

  faults(run: RunId, faults: readonly FaultEntry[]): void {
    const current = this.#runs.get(run);
    if (current === undefined) return;
    this.#runs.set(run, { ...current, faults });
    this.#post({ type: 'faults', run, faults });
  }

  pace(pace: number, paused: boolean): void {
    if (this.#pace.pace === pace && this.#pace.paused === paused) return;
    this.#pace = { pace, paused };
    this.#post({ type: 'pace', pace, paused });
  }

  /** Lets the node pause by itself at this milestone, before it is told to go on; null calls it off. */
  pauseAt(run: RunId, milestone: Milestone | null): void {
    if (this.#pausesAt?.run === run && this.#pausesAt.milestone === milestone) return;
    this.#pausesAt = { run, milestone };
    this.#post({ type: 'pauseAt', run, milestone });
  }

  /** Lets one thing happen at the paused node; answers null when it did. */
  step(run: RunId, step: LabStep): Promise<StepError | 'crashed' | null> {
    if (this.#worker === null) return Promise.resolve('crashed');
    const id = this.#nextRequest++;
    return new Promise((resolve) => {
      this.#steps.set(id, resolve);
      this.#post({ type: 'step', id, run, step });
    });
  }

  peer(peer: NodeId, up: boolean): void {
    if (up) this.#peers.add(peer);
    else this.#peers.delete(peer);
    this.#post({ type: 'peer', peer, up });
  }

  /** A try to get a link that the lab has asked for has failed. */
  linkFailed(peer: NodeId): void {
    this.#post({ type: 'linkFailed', peer });
  }

  /** A tab's public key, for checking what it signed. */
  publicKey(node: NodeId, publicKey: Uint8Array): void {
    if (this.#publicKeys.has(node) || this.#publicKeys.size >= publicKeysMax) return;
    this.#publicKeys.set(node, publicKey);
    this.#post({ type: 'publicKey', node, publicKey });
  }

  receive(from: NodeId, frame: Uint8Array<ArrayBuffer>): void {
    this.#worker?.postMessage({ type: 'frame', from, frame } satisfies ToLab, [frame.buffer]);
  }

  keyframe(): void {
    this.#post({ type: 'keyframe' });
  }

  /** Asks the cluster for something; answers `crashed` when this node's lab ends before the answer came. */
  request(run: RunId, kind: 'propose' | 'read', operation: Uint8Array): Promise<RequestAnswer | 'crashed'> {
    if (this.#worker === null) return Promise.resolve('crashed');
    if (this.#pending.size >= requestsMax) return Promise.resolve(busy);
    const id = this.#nextRequest++;
    return new Promise((resolve) => {
      this.#pending.set(id, resolve);
      if (this.#asked.length === 0) queueMicrotask(() => this.#postRequests());
      this.#asked.push({ id, run, kind, operation });
    });
  }

  /** Asks the cluster for other voters or another leader; answers as `request` does. */
  control(run: RunId, action: ControlAction): Promise<RequestAnswer | 'crashed'> {
    if (this.#worker === null) return Promise.resolve('crashed');
    if (this.#pending.size >= requestsMax) return Promise.resolve(busy);
    const id = this.#nextRequest++;
    return new Promise((resolve) => {
      this.#pending.set(id, resolve);
      this.#post({ type: 'control', id, run, action });
    });
  }

  /** What happened to an instance, as far back as it is kept; null where it does not run. Answers `crashed` as `request` does. */
  inputs(run: RunId, instance: InstanceName): Promise<InputRecording | null | 'crashed'> {
    if (this.#worker === null) return Promise.resolve('crashed');
    const id = this.#nextRequest++;
    return new Promise((resolve) => {
      this.#recordingsAsked.set(id, resolve);
      this.#post({ type: 'inputs', id, run, instance });
    });
  }

  /** Ends the worker at once: nothing more is sent, and what was not durable is lost. */
  crash(why: string): void {
    if (this.#worker === null) return;
    this.#worker.terminate();
    this.#worker = null;
    this.#settleOpened?.();
    this.#asked = [];
    for (const answer of [...this.#pending.values()]) answer('crashed');
    this.#pending.clear();
    for (const answer of [...this.#recordingsAsked.values()]) answer('crashed');
    this.#recordingsAsked.clear();
    for (const answer of [...this.#steps.values()]) answer('crashed');
    this.#steps.clear();
    for (const wish of [...this.#wishes.values()]) this.#wantLink({ ...wish, wanted: false });
    this.#options.listener.onCrash(why);
  }

  /** A new worker on the same disk: the protocol recovers. */
  restart(): void {
    if (this.#worker === null) this.#spawn();
  }

  #spawn(): void {
    const worker = this.#options.createWorker();
    this.#worker = worker;
    worker.onmessage = (event: MessageEvent<FromLab>) => {
      if (this.#worker === worker) this.#take(event.data);
    };
    worker.onerror = (event) => {
      if (this.#worker === worker) this.crash(event.message);
    };
    const { self, room, keys, fence, returning } = this.#options;
    const mustExist = returning || this.#diskKind !== null;
    const seed = crypto.getRandomValues(new Uint32Array(1))[0] ?? 1;
    this.#post({ type: 'open', self, room, life: Date.now(), seed, keys, fence, mustExist });
    this.#post({ type: 'pace', ...this.#pace });
    for (const [node, publicKey] of this.#publicKeys) this.#post({ type: 'publicKey', node, publicKey });
    for (const peer of this.#peers) this.#post({ type: 'peer', peer, up: true });
    for (const run of this.#ended) this.#post({ type: 'end', run });
    for (const run of this.#runs.values()) this.#post({ type: 'run', run });
    if (this.#pausesAt !== null) this.#post({ type: 'pauseAt', ...this.#pausesAt });
  }

  #post(message: ToLab): void {
    this.#worker?.postMessage(message);
  }

  /** One message for all that was asked in a turn: many at once would each cost the worker a turn. */
  #postRequests(): void {
    if (this.#asked.length > 0) this.#post({ type: 'requests', requests: this.#asked });
    this.#asked = [];
  }

  #answer(id: number, answer: RequestAnswer): void {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    pending?.(answer);
  }

  #wantLink(wish: WantLink): void {
    const { peer, owner, wanted } = wish;
    const key = `${owner} ${peer}`;
    if (wanted) this.#wishes.set(key, wish);
    else this.#wishes.delete(key);
    this.#options.listener.onWantLink(peer, owner, wanted);
  }

  #take(message: FromLab): void {
    const { listener } = this.#options;
    switch (message.type) {
      case 'opened':
        this.#diskKind = message.disk;
        this.#settleOpened?.();
        return;
      case 'frames':
        return listener.onFrames(message.frames);
      case 'wantLink':
        return this.#wantLink(message);
      case 'answers':
        for (const { id, answer } of message.answers) this.#answer(id, answer);
        return;
      case 'inputs':
        this.#recordingsAsked.get(message.id)?.(message.recording);
        this.#recordingsAsked.delete(message.id);
        return;
      case 'stepped':
        this.#steps.get(message.id)?.(message.error);
        this.#steps.delete(message.id);
        return;
      case 'reached':
        return listener.onReached(message.run);
      case 'trace':
        return listener.onTrace(message);
      case 'failed':
        return this.crash(message.why);
      case 'violation':
        return listener.onViolation(message.from, message.code, message.why);
    }
  }
}
