import {
  type ControlAction,
  type DiskImage,
  type DiskOp,
  type Effect,
  emptyDisk,
  type Index,
  type NodeId,
  nextInt,
  type ProcessEvent,
  type RandomState,
  type SnapshotRef,
  seedRandom,
  type Violation,
} from '../../../core/index.js';
import { firstConfiguration } from '../configuration.js';
import { serversOf } from '../configuration-history.js';
import { RaftChecker } from '../invariants.js';
import type { ClientResponse, RaftMessage } from '../messages.js';
import { parseOptions, type RaftOptions } from '../options.js';
import { raftServer } from '../raft.js';
import type { RaftState } from '../state.js';

type RaftEvent = ProcessEvent<RaftMessage>;
type EventBody = RaftEvent extends infer E ? (E extends { now: number } ? Omit<E, 'now'> : never) : never;
type RaftEffect = Effect<RaftMessage>;

export type Flight = { readonly from: NodeId; readonly to: NodeId; readonly message: RaftMessage };

type Disk = {
  values: { [key: string]: unknown };
  log: DiskImage['log'][number][];
  snapshot: DiskImage['snapshot'];
};
type Write = { readonly write: number | null; readonly perform: () => void; readonly event: EventBody };

type Node = {
  state: RaftState;
  readonly disk: Disk;
  writes: Write[];
  held: { readonly after: number; readonly flight: Flight }[];
  durableWrite: number;
  isUp: boolean;
  timers: { [timer: string]: number };
};

/** A rule of Raft's fell in a test's cluster. */
export class RuleFell extends Error {
  constructor(readonly violation: Violation) {
    super(`${violation.rule} at ${violation.node}: ${violation.why}`);
  }
}

/**
 * A few servers on one desk: messages lie in `flights` until a test delivers or drops them, writes wait until they are
 * flushed, timers fire when the test says so or as its clock goes on. Every step is checked against Raft's rules.
 */
export class TestCluster {
  readonly ids: readonly NodeId[];
  /** Whom the cluster begins with; the others wait to be made voters. */
  readonly voters: readonly NodeId[];
  readonly options: RaftOptions;
  readonly flights: Flight[] = [];
  /** What the store of each node was given, by index. */
  readonly applied: { [node: NodeId]: { index: Index; reign: number; command: Uint8Array | null }[] } = {};
  /** What clients were answered. */
  readonly answers: ClientResponse[] = [];
  readonly replies: { readonly client: NodeId; readonly message: RaftMessage }[] = [];
  /** What the store of a node answers to an entry; entry 1 comes again when the node has restarted. */
  execute: (node: NodeId, index: Index, command: Uint8Array | null) => Uint8Array = (
    _node,
    _index,
    command,
  ) => command ?? new Uint8Array();
  readonly notes: { readonly node: NodeId; readonly code: string }[] = [];
  nowMs = 1_000;
  readonly #nodes = new Map<NodeId, Node>();
  readonly #checker: RaftChecker;
  readonly #random: RandomState;
  #nextRequest = 1;
  #nextSnapshot: SnapshotRef = 1;

  constructor(count: number, given: Partial<RaftOptions> = {}, seed = 1, votersCount = count) {
    this.ids = Array.from({ length: count }, (_, i) => `s${i + 1}`);
    this.options = parseOptions({ commitNoticeMs: 0, ...given });
    this.voters = this.ids.slice(0, votersCount);
    this.#checker = new RaftChecker(this.voters);
    this.#random = seedRandom(seed, 'test');
    for (const id of this.ids) {
      this.applied[id] = [];
      const disk = { values: {}, log: [], snapshot: null };
      this.#nodes.set(id, this.#boot(id, disk));
      this.step(id, { type: 'start', disk: emptyDisk });
    }
  }

  state(id: NodeId): RaftState {
    return this.#node(id).state;
  }

  disk(id: NodeId): Disk {
    return this.#node(id).disk;
  }

  isUp(id: NodeId): boolean {
    return this.#node(id).isUp;
  }

  step(id: NodeId, body: EventBody): readonly RaftEffect[] {
    const node = this.#node(id);
    if (!node.isUp) return [];
    const event: RaftEvent = { ...body, now: this.nowMs };
    const effects = raftServer.step(node.state, event);
    const violation = this.#checker.afterStep(id, node.state, event, effects);
    if (violation !== null) throw new RuleFell(violation);
    for (const effect of effects) this.#carryOut(id, node, effect);
    return effects;
  }

  /** Fires a timer at once. */
  fire(id: NodeId, timer: string): void {
    delete this.#node(id).timers[timer];
    this.step(id, { type: 'timeout', timer });
  }

  /** Makes everything written so far durable, at one node or at all. */
  flush(id?: NodeId): void {
    for (const each of id === undefined ? this.ids : [id]) {
      const node = this.#node(each);
      for (let next = node.writes.shift(); next !== undefined; next = node.writes.shift()) {
        next.perform();
        if (next.write !== null) node.durableWrite = next.write;
        this.step(each, next.event);
        this.#release(node);
      }
    }
  }

  deliver(flight: Flight): void {
    const at = this.flights.indexOf(flight);
    if (at >= 0) this.flights.splice(at, 1);
    const { from, to, message } = flight;
    if (message.type !== 'installSnapshot') {
      this.step(to, { type: 'deliver', from, message });
      return;
    }
    const ok = this.isUp(to);
    this.step(to, { type: 'deliver', from, message, snapshot: this.#nextSnapshot++ });
    this.step(from, { type: 'snapshotSent', to, ok });
  }

  /** A message is lost; the host notices when it was a snapshot. */
  lose({ from, to, message }: Flight): void {
    if (message.type === 'installSnapshot') this.step(from, { type: 'snapshotSent', to, ok: false });
  }

  /** Delivers and flushes until nothing is under way; `reaches` says which messages arrive, the others are lost. */
  settle(reaches: (flight: Flight) => boolean = () => true): void {
    for (let rounds = 0; rounds < 10_000; rounds++) {
      this.flush();
      const flight = this.flights.shift();
      if (flight === undefined) return;
      if (reaches(flight)) this.deliver(flight);
      else this.lose(flight);
    }
    throw new Error('the cluster never comes to rest');
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

  /** Makes `id` the leader by an election that it starts now; its first entry is committed everywhere that is reached. */
  elect(id: NodeId, reaches: (flight: Flight) => boolean = () => true): void {
    for (const other of this.ids)
      Object.assign(this.state(other), { leaderHeardAt: null, helpsNobodyUntil: null });
    this.fire(id, 'election');
    this.settle(reaches);
    if (this.state(id).role.name !== 'leader') throw new Error(`${id} was not elected`);
  }

  propose(id: NodeId, ...commands: readonly string[]): number[] {
    const requests = commands.map((command) => ({
      request: this.#nextRequest++,
      mode: 'write' as const,
      body: Uint8Array.from(command, (letter) => letter.charCodeAt(0)),
    }));
    const message: RaftMessage = {
      type: 'clientRequests',
      client: 'client',
      hops: 0,
      configuration: firstConfiguration,
      requests,
    };
    this.step(id, { type: 'deliver', from: 'client', message });
    return requests.map(({ request }) => request);
  }

  read(id: NodeId, what = 'x'): number {
    const request = this.#nextRequest++;
    const body = Uint8Array.from(what, (letter) => letter.charCodeAt(0));
    const requests = [{ request, mode: 'read' as const, body }];
    this.step(id, {
      type: 'deliver',
      from: 'client',
      message: {
        type: 'clientRequests',
        client: 'client',
        hops: 0,
        configuration: firstConfiguration,
        requests,
      },
    });
    return request;
  }

  /** Asks `id` to change voters or leader, as a client does that `id` has told who serves. */
  control(id: NodeId, action: ControlAction): number {
    const request = this.#nextRequest++;
    const { configuration } = serversOf(this.state(id));
    const about = { client: 'client', hops: 0, configuration, request } as const;
    const message: RaftMessage = { type: 'controlRequest', ...about, action };
    this.step(id, { type: 'deliver', from: 'client', message });
    return request;
  }

  reconfigure(id: NodeId, ...voters: readonly NodeId[]): number {
    return this.control(id, { kind: 'reconfigure', voters });
  }

  transfer(id: NodeId, to: NodeId): number {
    return this.control(id, { kind: 'transferLeadership', to });
  }

  /** Who leads in the newest term, if anybody does. */
  leader(): NodeId | null {
    const leaders = this.ids.filter((id) => this.isUp(id) && this.state(id).role.name === 'leader');
    return leaders.sort((a, b) => this.state(b).currentTerm - this.state(a).currentTerm)[0] ?? null;
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
    const { disk } = this.#node(id);
    this.#nodes.set(id, this.#boot(id, disk));
    this.applied[id] = [];
    this.step(id, { type: 'start', disk: { ...disk, log: [...disk.log] } });
  }

  /** Random numbers of the test's own, from the cluster's seed. */
  random(min: number, max: number): number {
    return nextInt(this.#random, min, max);
  }

  #node(id: NodeId): Node {
    const node = this.#nodes.get(id);
    if (node === undefined) throw new Error(`there is no ${id}`);
    return node;
  }

  #boot(id: NodeId, disk: Disk): Node {
    const seed = nextInt(this.#random, 1, 1e9);
    const state = raftServer.create({
      self: id,
      run: 'run',
      voters: this.voters,
      options: this.options,
      seed,
    });
    return { state, disk, writes: [], held: [], durableWrite: 0, isUp: true, timers: {} };
  }

  #nextTimer(): { readonly id: NodeId; readonly timer: string; readonly at: number } | null {
    let first: { readonly id: NodeId; readonly timer: string; readonly at: number } | null = null;
    for (const [id, { timers }] of this.#nodes) {
      for (const [timer, at] of Object.entries(timers)) {
        if (first === null || at < first.at) first = { id, timer, at };
      }
    }
    return first;
  }

  #carryOut(id: NodeId, node: Node, effect: RaftEffect): void {
    switch (effect.type) {
      case 'send':
        if (effect.message.type === 'clusterServers') return;
        if (effect.message.type === 'clientResponses') {
          this.answers.push(...effect.message.responses);
          this.replies.push({ client: effect.to, message: effect.message });
          return;
        }
        node.held.push({
          after: effect.after ?? 0,
          flight: { from: id, to: effect.to, message: effect.message },
        });
        return this.#release(node);
      case 'persist': {
        const { write, ops } = effect;
        node.writes.push({
          write,
          perform: () => perform(node.disk, ops),
          event: { type: 'persisted', write },
        });
        return;
      }
      case 'setTimer':
        node.timers[effect.timer] = this.nowMs + effect.afterMs;
        return;
      case 'cancelTimer':
        delete node.timers[effect.timer];
        return;
      case 'commit': {
        this.applied[id]?.push(...effect.entries);
        const outcomes = effect.entries.map(({ index, command }) => ({
          index,
          result: this.execute(id, index, command),
        }));
        this.step(id, { type: 'executed', outcomes, digest: '' });
        return;
      }
      case 'query':
        this.step(id, {
          type: 'queried',
          query: effect.query,
          index: effect.atIndex,
          result: effect.operation,
        });
        return;
      case 'takeSnapshot': {
        const { index, meta, ops } = effect;
        const write = (): void => {
          perform(node.disk, ops);
          node.disk.snapshot = { index, meta };
        };
        node.writes.push({ write: null, perform: write, event: { type: 'snapshotTaken', index } });
        return;
      }
      case 'sendSnapshot':
        this.flights.push({ from: id, to: effect.to, message: effect.message });
        return;
      case 'installSnapshot': {
        const { index, meta, ops } = effect;
        const write = (): void => {
          perform(node.disk, ops);
          node.disk.snapshot = { index, meta };
        };
        node.writes.push({ write: null, perform: write, event: { type: 'snapshotInstalled', index } });
        return;
      }
      case 'note':
        this.notes.push({ node: id, code: effect.code });
        return;
      default:
        return;
    }
  }

  /** Delivers up to `count` messages that lie about, in any order, some of them twice, and flushes now and then. */
  disorder(count: number): void {
    for (let i = 0; i < count && this.flights.length > 0; i++) {
      const flight = this.flights[this.random(0, this.flights.length - 1)];
      if (flight === undefined) return;
      if (this.random(1, 5) === 1) this.flights.push({ ...flight });
      this.deliver(flight);
      if (this.random(1, 3) === 1) this.flush(flight.to);
    }
  }

  #release(node: Node): void {
    const ready = node.held.filter(({ after }) => after <= node.durableWrite);
    node.held = node.held.filter(({ after }) => after > node.durableWrite);
    this.flights.push(...ready.map(({ flight }) => flight));
  }
}

function perform(disk: Disk, ops: readonly DiskOp[]): void {
  for (const op of ops) {
    switch (op.kind) {
      case 'set':
        disk.values[op.key] = op.value;
        break;
      case 'append': {
        const last = disk.log.at(-1);
        if (last !== undefined && last.index + 1 !== op.index)
          throw new Error(`append ${op.index} after ${last.index}`);
        disk.log.push({ index: op.index, value: op.value });
        break;
      }
      case 'truncateFrom':
        disk.log = disk.log.filter(({ index }) => index < op.index);
        break;
      case 'compactTo':
        disk.log = disk.log.filter(({ index }) => index > op.index);
        break;
    }
  }
}
