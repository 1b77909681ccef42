import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import type {
  DiskImage,
  DiskOp,
  Effect,
  Index,
  NodeId,
  ProcessEvent,
  SnapshotRef,
  Violation,
  WriteId,
} from '../../../core/index.js';
import { createStore, type Store } from '../../../store/index.js';
import { PbftChecker } from '../invariants.js';
import type { PbftMessage, ReplyMessage, Request } from '../messages.js';
import { type PbftOptions, parseOptions } from '../options.js';
import { pbftReplica } from '../replica.js';
import type { PbftState } from '../state.js';
import { request } from './lies.js';

type PbftEvent = ProcessEvent<PbftMessage>;
type EventBody = PbftEvent extends infer E ? (E extends { now: number } ? Omit<E, 'now'> : never) : never;
type PbftEffect = Effect<PbftMessage>;

/** A message on its way; one that announces a snapshot has it with it. */
export type Flight = {
  readonly from: NodeId;
  readonly to: NodeId;
  readonly message: PbftMessage;
  readonly snapshot?: Uint8Array;
};

type Disk = {
  values: { [key: string]: unknown };
  snapshot: { readonly index: Index; readonly meta: unknown; readonly data: Uint8Array } | null;
};
type Write = { readonly write: WriteId | null; readonly perform: () => EventBody };
type Node = {
  state: PbftState;
  store: Store;
  readonly disk: Disk;
  writes: Write[];
  held: { readonly after: WriteId; readonly flight: Flight }[];
  durableWrite: WriteId;
  isUp: boolean;
  timers: { [timer: string]: number };
  received: { [snapshot: SnapshotRef]: Uint8Array };
};

/** A rule of PBFT's fell in a test's group. */
export class RuleFell extends Error {
  constructor(readonly violation: Violation) {
    super(`${violation.rule} at ${violation.node}: ${violation.why}`);
  }
}

/**
 * A few replicas on one desk, `r0` the primary of view 0: messages lie in `flights` until a test delivers or drops them, writes
 * wait until they are flushed, timers fire when the test says so or as its clock goes on. Every step of a replica that
 * does not lie is checked against PBFT's rules; who lies is the test's to play.
 */
export class TestGroup {
  readonly ids: readonly NodeId[];
  readonly options: PbftOptions;
  readonly flights: Flight[] = [];
  readonly replies: { readonly from: NodeId; readonly to: NodeId; readonly message: ReplyMessage }[] = [];
  /** Who has undone what it had executed tentatively. */
  readonly rolledBack: NodeId[] = [];
  readonly reads: { readonly from: NodeId; readonly result: Uint8Array }[] = [];
  readonly notes: { readonly node: NodeId; readonly code: string; readonly data: object }[] = [];
  nowMs = 1_000;
  readonly #nodes = new Map<NodeId, Node>();
  readonly #checker: PbftChecker;
  #nextSnapshot: SnapshotRef = 1;
  #nextRequest = 1;

  constructor(count = 4, given: Partial<PbftOptions> = {}) {
    this.ids = Array.from({ length: count }, (_, i) => `r${i}`);
    this.options = parseOptions({ requestsPerBatchMax: 1, checkpointInterval: 4, window: 8, ...given });
    this.#checker = new PbftChecker(this.ids, this.options);
    for (const id of this.ids) {
      this.#nodes.set(id, this.#boot(id, { values: {}, snapshot: null }));
      this.#start(id);
    }
  }

  state(id: NodeId): PbftState {
    return this.#node(id).state;
  }

  store(id: NodeId): Store {
    return this.#node(id).store;
  }

  isUp(id: NodeId): boolean {
    return this.#node(id).isUp;
  }

  /** The test plays this one from now on: it takes no steps, and no rule is asked of it. */
  lie(id: NodeId): void {
    this.#checker.lies(id);
    this.#node(id).isUp = false;
  }

  step(id: NodeId, body: EventBody): readonly PbftEffect[] {
    const node = this.#node(id);
    if (!node.isUp) return [];
    const event: PbftEvent = { ...body, now: this.nowMs };
    const effects = pbftReplica.step(node.state, event);
    const violation = this.#checker.afterStep(id, node.state, event, effects);
    if (violation !== null) throw new RuleFell(violation);
    for (const effect of effects) this.#carryOut(id, node, effect);
    return effects;
  }

  fire(id: NodeId, timer: string): void {
    delete this.#node(id).timers[timer];
    this.step(id, { type: 'timeout', timer });
  }

  timers(id: NodeId): readonly string[] {
    return Object.keys(this.#node(id).timers);
  }

  /** Makes everything written so far durable, at one node or at all. */
  flush(id?: NodeId): void {
    for (const each of id === undefined ? this.ids : [id]) {
      const node = this.#node(each);
      for (let next = node.writes.shift(); next !== undefined; next = node.writes.shift()) {
        const event = next.perform();
        if (next.write !== null) node.durableWrite = next.write;
        this.#release(node);
        this.step(each, event);
      }
    }
  }

  /** Hands a message over, as the host does once it has checked the signatures. */
  deliver({ from, to, message, snapshot: data }: Flight): void {
    if (data === undefined) {
      this.step(to, { type: 'deliver', from, message });
      return;
    }
    const snapshot = this.#nextSnapshot++;
    this.#node(to).received[snapshot] = data;
    this.step(to, { type: 'deliver', from, message, snapshot, snapshotDigest: digestOf(data) });
    this.step(from, { type: 'snapshotSent', to, ok: this.isUp(to) });
  }

  /** What a liar, or a client, says to some replicas. */
  say(from: NodeId, message: PbftMessage, ...to: readonly NodeId[]): void {
    for (const each of to) this.deliver({ from, to: each, message });
  }

  /** Delivers and flushes until nothing is under way; `reaches` says which messages arrive, the others are lost. */
  settle(reaches: (flight: Flight) => boolean = () => true): void {
    for (let rounds = 0; rounds < 20_000; rounds++) {
      this.flush();
      const flight = this.flights.shift();
      if (flight === undefined) return;
      if (reaches(flight)) this.deliver(flight);
      else if (flight.snapshot !== undefined)
        this.step(flight.from, { type: 'snapshotSent', to: flight.to, ok: false });
    }
    throw new Error('the group never comes to rest');
  }

  /** Lets time pass: timers fire as they are due, messages arrive at once. */
  pass(ms: number, reaches: (flight: Flight) => boolean = () => true): void {
    const until = this.nowMs + ms;
    for (;;) {
      this.settle(reaches);
      const due = this.#nextTimer();
      if (due === null || due.at > until) break;
      this.nowMs = Math.max(this.nowMs, due.at);
      this.fire(due.id, due.timer);
    }
    this.nowMs = until;
  }

  /** A client's request, told to these replicas. */
  ask(client: NodeId, ...to: readonly NodeId[]): Request {
    const asked = request(client, this.#nextRequest++);
    this.say(client, { type: 'request', request: asked }, ...to);
    return asked;
  }

  /** So many requests, each in a batch of its own, ordered by the primary and executed wherever `reaches` lets them. */
  order(count: number, primary: NodeId, reaches: (flight: Flight) => boolean = () => true): void {
    for (let i = 0; i < count; i++) {
      this.ask('client', primary);
      this.settle(reaches);
    }
  }

  crash(id: NodeId): void {
    const node = this.#node(id);
    node.isUp = false;
    node.writes = [];
    node.held = [];
    node.timers = {};
    this.#checker.afterCrash(id);
  }

  restart(id: NodeId): void {
    this.#nodes.set(id, this.#boot(id, this.#node(id).disk));
    this.#start(id);
  }

  /** Messages of one kind that lie about. */
  underWay<Type extends PbftMessage['type']>(type: Type): readonly (Flight & { message: { type: Type } })[] {
    return this.flights.filter(
      (flight): flight is Flight & { message: { type: Type } & PbftMessage } => flight.message.type === type,
    );
  }

  noted(code: string): readonly NodeId[] {
    return this.notes.filter((each) => each.code === code).map(({ node }) => node);
  }

  executed(): readonly number[] {
    return this.ids.map((id) => this.state(id).executed);
  }

  #node(id: NodeId): Node {
    const node = this.#nodes.get(id);
    if (node === undefined) throw new Error(`there is no ${id}`);
    return node;
  }

  #boot(id: NodeId, disk: Disk): Node {
    const state = pbftReplica.create({
      self: id,
      run: 'run',
      voters: this.ids,
      options: this.options,
      seed: 1,
    });
    const store = createStore();
    if (disk.snapshot !== null) store.restore(disk.snapshot.data);
    return {
      state,
      store,
      disk,
      writes: [],
      held: [],
      durableWrite: 0,
      isUp: true,
      timers: {},
      received: {},
    };
  }

  #start(id: NodeId): void {
    const { values, snapshot } = this.#node(id).disk;
    const held =
      snapshot === null
        ? null
        : { index: snapshot.index, meta: snapshot.meta, digest: digestOf(snapshot.data) };
    const disk: DiskImage = { values: { ...values }, log: [], snapshot: held };
    this.step(id, { type: 'start', disk });
  }

  #nextTimer(): { readonly id: NodeId; readonly timer: string; readonly at: number } | null {
    let first: { readonly id: NodeId; readonly timer: string; readonly at: number } | null = null;
    for (const [id, { timers, isUp }] of this.#nodes) {
      if (!isUp) continue;
      for (const [timer, at] of Object.entries(timers)) {
        if (first === null || at < first.at) first = { id, timer, at };
      }
    }
    return first;
  }

  #carryOut(id: NodeId, node: Node, effect: PbftEffect): void {
    switch (effect.type) {
      case 'send':
        return this.#send(id, node, effect);
      case 'persist': {
        const { write, ops } = effect;
        const perform = (): EventBody => {
          keep(node.disk, ops);
          return { type: 'persisted', write };
        };
        node.writes.push({ write, perform });
        return;
      }
      case 'setTimer':
        node.timers[effect.timer] = this.nowMs + effect.afterMs;
        return;
      case 'cancelTimer':
        delete node.timers[effect.timer];
        return;
      case 'commit': {
        const outcomes = effect.entries.map(({ index, command }) => ({
          index,
          result: node.store.apply(index, command),
        }));
        this.step(id, { type: 'executed', outcomes, digest: node.store.digest() });
        return;
      }
      case 'execute': {
        const store = createStore();
        if (node.store.appliedIndex > 0) store.restore(node.store.snapshot());
        const outcomes = effect.entries.map(({ index, command }) => ({
          index,
          result: store.apply(index, command),
        }));
        this.step(id, { type: 'executed', outcomes, digest: store.digest(), isTentative: true });
        return;
      }
      case 'rollback':
        this.rolledBack.push(id);
        return;
      case 'query': {
        const result = node.store.query(effect.operation);
        this.step(id, { type: 'queried', query: effect.query, index: node.store.appliedIndex, result });
        return;
      }
      case 'takeSnapshot':
        return this.#takeSnapshot(node, effect);
      case 'sendSnapshot': {
        const snapshot = node.disk.snapshot?.data ?? new Uint8Array();
        this.flights.push({ from: id, to: effect.to, message: effect.message, snapshot });
        return;
      }
      case 'installSnapshot':
        return this.#installSnapshot(node, effect);
      case 'note':
        this.notes.push({ node: id, code: effect.code, data: effect.data });
        return;
      default:
        return;
    }
  }

  #send(id: NodeId, node: Node, { to, message, after = 0 }: Extract<PbftEffect, { type: 'send' }>): void {
    if (message.type === 'reply') this.replies.push({ from: id, to, message });
    else if (message.type === 'readReply') this.reads.push({ from: id, result: message.result });
    else {
      node.held.push({ after, flight: { from: id, to, message } });
      this.#release(node);
    }
  }

  #takeSnapshot(node: Node, { index, meta, ops }: Extract<PbftEffect, { type: 'takeSnapshot' }>): void {
    const data = node.store.snapshot();
    const perform = (): EventBody => {
      keep(node.disk, ops);
      node.disk.snapshot = { index, meta, data };
      return { type: 'snapshotTaken', index, digest: digestOf(data) };
    };
    node.writes.push({ write: null, perform });
  }

  #installSnapshot(
    node: Node,
    { snapshot, index, meta, ops }: Extract<PbftEffect, { type: 'installSnapshot' }>,
  ): void {
    const data = node.received[snapshot] ?? new Uint8Array();
    const perform = (): EventBody => {
      keep(node.disk, ops);
      node.store.restore(data);
      node.disk.snapshot = { index, meta, data };
      return { type: 'snapshotInstalled', index };
    };
    node.writes.push({ write: null, perform });
  }

  #release(node: Node): void {
    const ready = node.held.filter(({ after }) => after <= node.durableWrite);
    node.held = node.held.filter(({ after }) => after > node.durableWrite);
    this.flights.push(...ready.map(({ flight }) => flight));
  }
}

function keep(disk: Disk, ops: readonly DiskOp[]): void {
  for (const op of ops) {
    if (op.kind !== 'set') throw new Error(`a replica has no log on its disk: ${op.kind}`);
    disk.values[op.key] = op.value;
  }
}

function digestOf(data: Uint8Array): string {
  return bytesToHex(sha256(data));
}
