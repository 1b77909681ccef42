import {
  assert,
  type Effect,
  type Index,
  type InstanceName,
  type NodeId,
  type Observation,
  type Outcome,
  type Process,
  type ProcessEvent,
  type RequestError,
  type RequestId,
  type SnapshotRef,
  unreachable,
  type WriteId,
} from '../core/index.js';
import { createStore, saidBy } from '../store/index.js';
import type { RunningTimer, TraceBody } from '../trace/index.js';
import { encodeValue } from '../wire/index.js';
import { deliveryTold } from './delivery-told.js';
import { decodeImage, encodeOps } from './disk-codec.js';
import { type InputLimits, InputRecorder, type InputRecording } from './input-recording.js';
import type { Cancel, LabClock } from './lab-clock.js';
import { earlyEventsMax, heldSendsMax, queriesMax } from './limits.js';
import type { Disk, StoredOp } from './ports.js';
import { snapshotDigest } from './snapshot-digest.js';
import { Stores } from './stores.js';

type AnyProcess = Process<unknown, unknown, unknown>;
type AnyEvent = ProcessEvent<unknown>;
type AnyEffect = Effect<unknown>;
/** An event without its time, which is read when it is handed to the Process. */
export type EventBody = AnyEvent extends infer E
  ? E extends { now: number }
    ? Omit<E, 'now'>
    : never
  : never;

/** What a node's own user, or its administrator, asks. */
type RequestBody = Extract<EventBody, { type: 'propose' | 'read' | 'control' }>;
type Send = Extract<AnyEffect, { type: 'send' }>;
type Query = Extract<AnyEffect, { type: 'query' }>;
type Commit = Extract<AnyEffect, { type: 'commit' }>;
/** `serial` tells the snapshots of one life of an instance apart. */
export type HeldSnapshot = { readonly serial: number; readonly index: Index; readonly data: Uint8Array };

/** An event in its turn, with the frame that its message came in, if it did. */
type Queued = { readonly body: EventBody; readonly frame: Uint8Array | null };

/** What an instance needs of the host around it. */
export type InstanceContext = {
  readonly self: NodeId;
  readonly run: string;
  readonly name: InstanceName;
  readonly voters: readonly NodeId[];
  readonly options: unknown;
  readonly seed: number;
  readonly clock: LabClock;
  readonly disk: Disk;
  /** Whether the Process is told the digests of snapshots. */
  readonly provesSnapshots: boolean;
  /** False in the simulator's fast runs, where nobody reads the trace. */
  readonly tracing: boolean;
  readonly trace: (body: TraceBody) => void;
  readonly send: (to: NodeId, instance: InstanceName, message: unknown) => void;
  readonly sendSnapshot: (to: NodeId, message: unknown, snapshot: HeldSnapshot) => void;
  readonly connect: (peer: NodeId, wanted: boolean) => void;
  readonly answer: (request: RequestId, result: Uint8Array | RequestError) => void;
  readonly notify: (watch: number, result: Uint8Array) => void;
  readonly indicate: (output: unknown) => void;
  /** The simulator's checkers look on here. */
  readonly onStep: ((state: unknown, event: AnyEvent, effects: readonly AnyEffect[]) => void) | null;
  /** After each step, once its effects have been carried out. */
  readonly stepped: () => void;
  /** The node can't go on: a write failed, or a rule of our own code does not hold. */
  readonly fail: (why: string, cause: Error) => void;
  readonly noticeSleep: () => void;
  /** How much of the recording that can be run again is kept; null records nothing. */
  readonly recordInputs: InputLimits | null;
  /** Reads the message of a frame that came in for this instance. */
  readonly decode: (frame: Uint8Array) => unknown;
};

/** One Process with its timers, its area of the disk and its store: carries effects out, and turns what comes of them into events. */
export class Instance {
  readonly #context: InstanceContext;
  readonly #process: AnyProcess;
  readonly #area: string;
  readonly #events: Queued[] = [];
  /** What came from this very node before the disk was open: requests, and what other instances said. */
  readonly #early: EventBody[] = [];
  readonly #timers = new Map<string, RunningTimer & { readonly cancel: Cancel }>();
  readonly #held = new Map<WriteId, Send[]>();
  readonly #received = new Map<SnapshotRef, Uint8Array>();
  #heldCount = 0;
  #state: unknown;
  readonly #stores = new Stores();
  #queries: Query[] = [];
  #snapshot: HeldSnapshot | null = null;
  #nextSnapshotRef: SnapshotRef = 1;
  #lastDurable: WriteId = 0;
  #phase: 'opening' | 'running' | 'closed' = 'opening';
  readonly #inputs: InputRecorder | null;
  #draining = false;
  #role = '';
  /** The state as last told, as text. */
  #told = '';

  constructor(process: AnyProcess, context: InstanceContext) {
    this.#process = process;
    this.#context = context;
    this.#area = `${context.run}/${context.name}`;
    const { self, run, voters, options, seed, recordInputs, decode } = context;
    this.#inputs = recordInputs === null ? null : new InputRecorder(recordInputs, decode);
    this.#state = process.create({ self, run, voters, options, seed });
  }

  get running(): boolean {
    return this.#phase === 'running';
  }

  /** Received snapshots that the Process has yet to install or discard. */
  get heldSnapshots(): number {
    return this.#received.size;
  }

  get digest(): string {
    return this.#stores.committed.digest();
  }

  timers(): { readonly [timer: string]: RunningTimer } {
    const timers: { [timer: string]: RunningTimer } = {};
    for (const [name, { setAtMs, dueAtMs }] of this.#timers) timers[name] = { setAtMs, dueAtMs };
    return timers;
  }

  observe(): Observation {
    return this.#process.observe(this.#state);
  }

  /** What this node's own store answers to a query, as far as it has applied the log: no linearizable read. */
  lookUp(operation: Uint8Array): Uint8Array {
    return this.#stores.committed.query(operation);
  }

  /** Fires a running timer now, before it is due. Answers false when there is none of that name. */
  fireTimer(timer: string): boolean {
    const running = this.#timers.get(timer);
    if (running === undefined) return false;
    running.cancel();
    this.#fire(timer);
    return true;
  }

  /** What the trace tells of the state; null where the same has been told already. */
  news(): Extract<TraceBody, { type: 'state' }> | null {
    const body = { type: 'state', observation: this.observe(), timers: this.timers() } as const;
    const told = JSON.stringify(body);
    if (told === this.#told) return null;
    this.#told = told;
    return body;
  }

  /** What happened to the Process, as far back as it is recorded; null where nothing is. */
  inputs(): InputRecording | null {
    return this.#inputs?.recording(this.#state) ?? null;
  }

  /** Opens the disk's area, recovers the store and hands the Process its `start`. */
  start(opened: () => void): void {
    this.#context.disk.open(this.#area, (error, image) => {
      if (this.#phase === 'closed') return;
      if (error !== null) return this.#context.fail('its disk could not be opened', error);
      // Before this Process runs: nothing reaches it before its `start`, and it believes nothing about time yet.
      this.#context.noticeSleep();
      this.#guard(() => {
        if (this.#isClosed()) return;
        const disk = decodeImage(image, this.#context.provesSnapshots ? snapshotDigest : undefined);
        if (image.snapshot !== null) {
          this.#stores.committed.restore(image.snapshot.data);
          this.#hold(image.snapshot.index, image.snapshot.data);
        }
        this.#phase = 'running';
        const recovered = image.log.length > 0 || image.values.size > 0 || image.snapshot !== null;
        this.#context.trace({ type: 'started', recovered });
        this.dispatch({ type: 'start', disk });
        opened();
        for (const event of this.#early.splice(0)) {
          if (isRequest(event)) this.request(event);
          else this.dispatch(event);
        }
      });
    });
  }

  /**
   * Hands the Process a local user's request: now, once it has started, or once the lab goes on. The caller bounds how
   * many wait.
   */
  request(event: RequestBody): void {
    if (this.#phase === 'opening') this.#early.push(event);
    // A leader that stands still would answer with what it knew when others had not stopped yet, or no longer.
    else if (this.#context.clock.paused) this.#context.clock.schedule(0, () => this.dispatch(event));
    else this.dispatch(event);
  }

  /** Hands the Process what another instance of this node says to it: now, or once it has started. */
  hear(event: EventBody): void {
    if (this.#phase !== 'opening') return this.dispatch(event);
    assert(this.#early.length < earlyEventsMax, 'no instance gets this far ahead of the disk of another');
    this.#early.push(event);
  }

  /** Nothing happens to this instance any more; writes under way may still reach the disk. */
  close(): void {
    this.#phase = 'closed';
    for (const { cancel } of this.#timers.values()) cancel();
    this.#timers.clear();
    this.#events.length = 0;
    this.#early.length = 0;
    this.#held.clear();
  }

  /** Hands the Process an event; events that its effects bring about follow in order. */
  dispatch(body: EventBody, frame: Uint8Array | null = null): void {
    if (this.#phase !== 'running') return;
    if (this.#draining) {
      this.#events.push({ body, frame });
      return;
    }
    this.#context.noticeSleep();
    if (!this.running) return;
    this.#events.push({ body, frame });
    this.#drain();
  }

  /** An event that comes of the step, or of the write, that is being carried out: it follows at once. */
  #follow(body: EventBody): void {
    this.#events.push({ body, frame: null });
  }

  #drain(): void {
    this.#draining = true;
    this.#guard(() => {
      for (let next = this.#events.shift(); next !== undefined; next = this.#events.shift()) this.#step(next);
    });
    this.#draining = false;
  }

  /** Takes a snapshot that came in whole, with the message that announced it. */
  deliverSnapshot(from: NodeId, message: unknown, data: Uint8Array): void {
    const snapshot = this.#nextSnapshotRef++;
    this.#received.set(snapshot, data);
    this.dispatch({ type: 'deliver', from, message, snapshot, ...this.#proof('snapshotDigest', data) });
  }

  #proof<Name extends string>(name: Name, data: Uint8Array): { readonly [name in Name]?: string } {
    if (!this.#context.provesSnapshots) return {};
    return { [name]: snapshotDigest(data) } as { readonly [name in Name]?: string };
  }

  /** Asked where something in between may have closed it. */
  #isClosed(): boolean {
    return this.#phase === 'closed';
  }

  #guard(work: () => void): void {
    try {
      work();
    } catch (cause) {
      this.#context.fail(
        'a rule of its own code broke',
        cause instanceof Error ? cause : new Error(String(cause)),
      );
    }
  }

  #step({ body, frame }: Queued): void {
    const event: AnyEvent = { ...body, now: this.#context.clock.nowMs() };
    this.#inputs?.record(this.#state, event, frame);
    const effects = this.#process.step(this.#state, event);
    this.#context.onStep?.(this.#state, event, effects);
    for (const effect of effects) {
      if (this.#phase !== 'running') return;
      this.#carryOut(effect);
    }
    if (this.#context.tracing) this.#traceRole();
    this.#context.stepped();
  }

  /** Changes of role are told at once and never dropped; all else of the observation goes with the next `state`. */
  #traceRole(): void {
    const { role, reign, leader } = this.#process.observe(this.#state);
    const key = `${role} ${reign} ${leader}`;
    if (key === this.#role) return;
    this.#role = key;
    this.#context.trace({ type: 'role', role, reign, leader });
  }

  #carryOut(effect: AnyEffect): void {
    const context = this.#context;
    switch (effect.type) {
      case 'send':
        return this.#send(effect);
      case 'persist':
        return this.#persist(effect.write, encodeOps(effect.ops));
      case 'setTimer':
        return this.#setTimer(effect.timer, effect.afterMs);
      case 'cancelTimer':
        return this.#cancelTimer(effect.timer);
      case 'commit':
        return this.#apply(effect);
      case 'execute':
        this.#follow({ type: 'executed', ...this.#stores.execute(effect.entries), isTentative: true });
        return;
      case 'rollback':
        return this.#stores.rollback();
      case 'query':
        return this.#query(effect);
      case 'reply':
        return context.answer(effect.request, effect.result);
      case 'refuse':
        return context.answer(effect.request, effect.error);
      case 'notify':
        return context.notify(effect.watch, effect.result);
      case 'indicate':
        return context.indicate(effect.output);
      case 'connect':
        return context.connect(effect.peer, true);
      case 'disconnect':
        return context.connect(effect.peer, false);
      case 'takeSnapshot':
        return this.#takeSnapshot(effect);
      case 'sendSnapshot':
        assert(this.#snapshot !== null, 'a snapshot is sent only after one was taken');
        return context.sendSnapshot(effect.to, effect.message, this.#snapshot);
      case 'installSnapshot':
        return this.#installSnapshot(effect);
      case 'discardSnapshot':
        this.#received.delete(effect.snapshot);
        return;
      case 'note':
        return context.trace({ type: 'note', code: effect.code, data: effect.data });
      default:
        return unreachable(effect);
    }
  }

  #send(effect: Send): void {
    if (effect.after !== undefined && effect.after > this.#lastDurable) {
      assert(this.#heldCount < heldSendsMax, 'a protocol never gets this far ahead of its disk');
      this.#heldCount += 1;
      const held = this.#held.get(effect.after);
      if (held === undefined) this.#held.set(effect.after, [effect]);
      else held.push(effect);
      return;
    }
    this.#emit(effect);
  }

  #persist(write: WriteId, ops: readonly StoredOp[]): void {
    assert(write > this.#lastDurable, 'write ids rise');
    this.#context.disk.write(this.#area, ops, (error) => {
      if (this.#phase === 'closed') return;
      if (error !== null) return this.#context.fail('its disk could not write', error);
      this.#lastDurable = write;
      this.#context.trace({ type: 'persisted', write, ops: ops.length });
      // First what waited: what the Process sends now, it sends after that.
      this.#guard(() => this.#release(write));
      this.dispatch({ type: 'persisted', write });
    });
  }

  /** Sends what waited for `write`. Waits of writes that the protocol skipped can't be: ids rise and complete in order. */
  #release(write: WriteId): void {
    const held = this.#held.get(write);
    if (held === undefined) return;
    this.#held.delete(write);
    this.#heldCount -= held.length;
    for (const effect of held) this.#emit(effect);
  }

  #emit({ to, instance, message }: Send): void {
    const { self, name, send } = this.#context;
    if (to === self && (instance ?? name) === name) this.dispatch({ type: 'deliver', from: self, message });
    else send(to, instance ?? name, message);
  }

  #setTimer(timer: string, afterMs: number): void {
    this.#cancelTimer(timer);
    const setAtMs = this.#context.clock.nowMs();
    const cancel = this.#context.clock.schedule(afterMs, () => this.#fire(timer));
    this.#timers.set(timer, { setAtMs, dueAtMs: setAtMs + afterMs, cancel });
  }

  #fire(timer: string): void {
    this.#timers.delete(timer);
    this.#context.trace({ type: 'timerFired', timer });
    this.dispatch({ type: 'timeout', timer });
  }

  #cancelTimer(timer: string): void {
    this.#timers.get(timer)?.cancel();
    this.#timers.delete(timer);
  }

  #apply({ entries }: Commit): void {
    const first = entries[0];
    const last = entries.at(-1);
    if (first === undefined || last === undefined) return;
    const outcomes = this.#stores.commit(entries);
    const digest = this.#stores.committed.digest();
    this.#context.trace({ type: 'applied', first: first.index, last: last.index, digest });
    if (this.#context.tracing) this.#traceSaid(entries, outcomes);
    this.#follow({ type: 'executed', outcomes, digest });
    this.#answerQueries();
  }

  /** What people said in the log's order is a broadcast, told like those of the protocols that do nothing else. */
  #traceSaid(entries: Commit['entries'], outcomes: readonly Outcome[]): void {
    entries.forEach(({ index, command }, i) => {
      const said = command === null ? null : saidBy(index, command, outcomes[i]?.result ?? new Uint8Array());
      if (said === null) return;
      const { from: origin, payload } = said;
      const delivery = { type: 'delivery', origin, incarnation: 1, sequence: index, payload } as const;
      // An entry is applied again in each life: whoever reads of it tells by its name whether it is news.
      this.#context.trace(deliveryTold(delivery, true));
    });
  }

  #query(effect: Query): void {
    assert(this.#queries.length < queriesMax, 'queries that wait for the store stay bounded');
    this.#queries.push(effect);
    this.#answerQueries();
  }

  #answerQueries(): void {
    if (this.#queries.length === 0) return;
    const index = this.#stores.committed.appliedIndex;
    const due = this.#queries.filter((query) => query.atIndex <= index);
    if (due.length === 0) return;
    this.#queries = this.#queries.filter((query) => query.atIndex > index);
    for (const { query, operation } of due) {
      this.#follow({ type: 'queried', query, index, result: this.#stores.committed.query(operation) });
    }
  }

  #takeSnapshot({ index, meta, ops }: Extract<AnyEffect, { type: 'takeSnapshot' }>): void {
    assert(index === this.#stores.committed.appliedIndex, 'a snapshot is taken of what has been applied');
    const data = this.#stores.committed.snapshot();
    this.#writeSnapshot(index, meta, data, ops, () => {
      this.#context.trace({ type: 'snapshot', phase: 'taken', index, peer: null, bytes: data.length });
      this.dispatch({ type: 'snapshotTaken', index, ...this.#proof('digest', data) });
    });
  }

  #installSnapshot(effect: Extract<AnyEffect, { type: 'installSnapshot' }>): void {
    const { snapshot, index, meta, ops } = effect;
    const data = this.#received.get(snapshot);
    assert(data !== undefined, 'a snapshot is installed once, after it was received');
    this.#received.delete(snapshot);
    const restored = createStore();
    try {
      restored.restore(data);
      assert(restored.appliedIndex === index, 'a snapshot covers what its message says');
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      this.#context.trace({ type: 'snapshot', phase: 'rejected', index, peer: null, bytes: data.length });
      this.#follow({ type: 'snapshotRejected', reason });
      return;
    }
    this.#writeSnapshot(index, meta, data, ops, () => {
      this.#stores.replace(restored);
      this.#context.trace({ type: 'snapshot', phase: 'installed', index, peer: null, bytes: data.length });
      this.#context.trace({ type: 'applied', first: index, last: index, digest: restored.digest() });
      this.dispatch({ type: 'snapshotInstalled', index });
      this.#guard(() => this.#answerQueries());
      this.#drain();
    });
  }

  #writeSnapshot(
    index: Index,
    meta: unknown,
    data: Uint8Array,
    ops: Parameters<typeof encodeOps>[0],
    done: () => void,
  ): void {
    const stored: StoredOp[] = [
      { kind: 'snapshot', index, meta: encodeValue(meta), data },
      ...encodeOps(ops),
    ];
    this.#context.disk.write(this.#area, stored, (error) => {
      if (this.#phase === 'closed') return;
      if (error !== null) return this.#context.fail('its disk could not write a snapshot', error);
      this.#hold(index, data);
      done();
    });
  }

  #hold(index: Index, data: Uint8Array): void {
    const serial = (this.#snapshot?.serial ?? 0) + 1;
    this.#snapshot = { serial, index, data };
  }
}

function isRequest(event: EventBody): event is RequestBody {
  return event.type === 'propose' || event.type === 'read' || event.type === 'control';
}
