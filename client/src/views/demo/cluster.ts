import { type MessageInfo, majority, nextFloat, type Observation, seedRandom } from '@quorate/shared/core';
import { concerns, type Fault } from '@quorate/shared/faults';
import type { LossReason, TraceBody, TraceEvent } from '@quorate/shared/trace';
import type { ActiveFault } from '../app.js';
import { Schedule } from './schedule.js';

const heartbeatMs = 50;

type Message =
  | { readonly kind: 'RequestVote'; readonly term: number }
  | { readonly kind: 'RequestVoteResponse'; readonly term: number; readonly granted: boolean }
  | {
      readonly kind: 'AppendEntries';
      readonly term: number;
      readonly prev: number;
      readonly entries: readonly number[];
      readonly commit: number;
    }
  | {
      readonly kind: 'AppendEntriesResponse';
      readonly term: number;
      readonly success: boolean;
      readonly match: number;
    };

type Node = {
  readonly id: string;
  life: number;
  seq: number;
  up: boolean;
  role: 'follower' | 'candidate' | 'leader';
  term: number;
  leader: string | null;
  log: number[];
  commit: number;
  votedFor: string | null;
  votes: Record<string, 'yes' | 'no'>;
  progress: Record<string, { match: number; next: number }>;
  timer: { name: string; setAtMs: number; dueAtMs: number; token: number };
};

/**
 * A made-up cluster that emits trace events like the real one's, so that every screen can be looked at without tabs. It is
 * roughly Raft and proves nothing: the real protocol lives in `shared/src/consensus/raft`.
 */
export class DemoCluster {
  readonly nodes: readonly Node[];
  readonly schedule = new Schedule();
  pace = 1;
  paused = false;
  faults: ActiveFault[] = [];
  #events: TraceEvent[] = [];
  #messages = 0;
  #random = seedRandom(7, 'demo');

  constructor(ids: readonly string[]) {
    this.nodes = ids.map((id) => newNode(id));
  }

  /** Starts all nodes as if they had run for a while: two reigns in their logs, the first node leading. */
  start(): void {
    const old = [...Array.from({ length: 23 }, () => 1), ...Array.from({ length: 6 }, () => 2)];
    for (const [i, node] of this.nodes.entries()) {
      node.log = i === 3 ? old.slice(0, 25) : [...old];
      node.commit = i === 3 ? 22 : 28;
      node.term = 2;
      this.#emit(node, { type: 'started', recovered: true });
      this.#emit(node, {
        type: 'keyframe',
        observation: this.observe(node),
        digest: '9be177a0c4',
        timers: {},
        pace: this.pace,
        paused: this.paused,
      });
      this.#follow(node, 2, null);
    }
    const first = this.nodes[0];
    if (first !== undefined) this.#lead(first);
  }

  take(): readonly TraceEvent[] {
    const events = this.#events;
    this.#events = [];
    return events;
  }

  advance(realMs: number): void {
    if (!this.paused) this.schedule.advance(realMs * this.pace);
  }

  setPace(pace: number, paused: boolean): void {
    this.pace = pace;
    this.paused = paused;
    for (const node of this.nodes) this.#emit(node, { type: 'pace', pace, paused });
  }

  /** Adds entries at the leader; answers with the index of the last, or null without a leader. */
  propose(count: number): number | null {
    const leader = this.nodes.find((node) => node.up && node.role === 'leader');
    if (leader === undefined) return null;
    for (let i = 0; i < count; i++) leader.log.push(leader.term);
    this.#replicate(leader);
    return leader.log.length;
  }

  crash(id: string): void {
    const node = this.nodes.find((each) => each.id === id);
    if (node === undefined || !node.up) return;
    this.#emit(node, { type: 'crashed', why: 'by button' });
    node.up = false;
    node.timer = { ...node.timer, token: node.timer.token + 1 };
  }

  restart(id: string): void {
    const node = this.nodes.find((each) => each.id === id);
    if (node === undefined || node.up) return;
    node.up = true;
    node.life += 1;
    this.#emit(node, { type: 'started', recovered: true });
    this.#follow(node, node.term, null);
  }

  observe(node: Node): Observation {
    const reigns: [number, number][] = [];
    for (const [i, term] of node.log.entries()) if (reigns.at(-1)?.[1] !== term) reigns.push([i + 1, term]);
    return {
      role: node.role,
      reign: node.term,
      leader: node.leader,
      firstIndex: 1,
      lastIndex: node.log.length,
      commitIndex: node.commit,
      appliedIndex: node.commit,
      logReigns: reigns,
      ...(node.role === 'candidate' ? { votes: { ...node.votes } } : {}),
      ...(node.role === 'leader' ? { progress: structuredClone(node.progress) } : {}),
      detail: { votedFor: node.votedFor, durableIndex: node.log.length },
    };
  }

  #emit(node: Node, body: TraceBody, instance = 'server'): void {
    node.seq += 1;
    const wallMs = performance.timeOrigin + performance.now();
    const at = { atMs: this.schedule.nowMs, wallMs, clock: node.seq };
    this.#events.push({
      ...body,
      node: node.id,
      life: node.life,
      seq: node.seq,
      count: node.seq,
      run: 'demo',
      instance,
      ...at,
    });
  }

  #state(node: Node): void {
    const { name, setAtMs, dueAtMs } = node.timer;
    this.#emit(node, {
      type: 'state',
      observation: this.observe(node),
      timers: { [name]: { setAtMs, dueAtMs } },
    });
  }

  #arm(node: Node): void {
    const token = node.timer.token + 1;
    const isLeader = node.role === 'leader';
    const ms = isLeader ? heartbeatMs : 150 + nextFloat(this.#random) * 150;
    const setAtMs = this.schedule.nowMs;
    node.timer = { name: isLeader ? 'heartbeat' : 'election', setAtMs, dueAtMs: setAtMs + ms, token };
    this.schedule.after(ms, () => {
      if (!node.up || node.timer.token !== token) return;
      this.#emit(node, { type: 'timerFired', timer: node.timer.name });
      if (node.role === 'leader') this.#replicate(node);
      else this.#stand(node);
    });
  }

  #follow(node: Node, term: number, leader: string | null): void {
    const isNew = node.term !== term || node.leader !== leader || node.role !== 'follower';
    if (node.term !== term) node.votedFor = null;
    node.term = term;
    node.leader = leader;
    node.role = 'follower';
    if (isNew) this.#emit(node, { type: 'role', role: 'follower', reign: term, leader });
    this.#arm(node);
    this.#state(node);
  }

  #stand(node: Node): void {
    node.role = 'candidate';
    node.term += 1;
    node.leader = null;
    node.votedFor = node.id;
    node.votes = { [node.id]: 'yes' };
    this.#emit(node, { type: 'role', role: 'candidate', reign: node.term, leader: null });
    this.#arm(node);
    this.#state(node);
    for (const peer of this.#others(node)) this.#send(node, peer, { kind: 'RequestVote', term: node.term });
  }

  #lead(node: Node): void {
    node.role = 'leader';
    node.leader = node.id;
    node.progress = {};
    for (const peer of this.#others(node)) node.progress[peer.id] = { match: 0, next: node.log.length + 1 };
    this.#emit(node, { type: 'role', role: 'leader', reign: node.term, leader: node.id });
    node.log.push(node.term);
    this.#replicate(node);
  }

  #replicate(node: Node): void {
    this.#arm(node);
    for (const peer of this.#others(node)) {
      const progress = node.progress[peer.id] ?? { match: 0, next: 1 };
      const entries = node.log.slice(progress.next - 1);
      const prev = progress.next - 1;
      node.progress[peer.id] = { ...progress, next: node.log.length + 1 };
      this.#send(node, peer, { kind: 'AppendEntries', term: node.term, prev, entries, commit: node.commit });
    }
    this.#state(node);
  }

  #others(node: Node): readonly Node[] {
    return this.nodes.filter((peer) => peer !== node);
  }

  #send(from: Node, to: Node, message: Message): void {
    this.#messages += 1;
    const id = `${from.id}:${from.life}:${this.#messages}`;
    const info = describe(message);
    this.#emit(from, { type: 'sent', message: id, to: to.id, info, bytes: 64 });
    const lost = this.#touch(from, id, to.id);
    if (lost.reason !== null) {
      this.#emit(from, { type: 'lost', message: id, from: from.id, to: to.id, reason: lost.reason });
      return;
    }
    const flightMs = (this.pace === 1 ? 1 : 22 + nextFloat(this.#random) * 18) + lost.delayMs;
    this.schedule.after(Math.min(1, flightMs / 2), () => {
      if (!to.up) {
        this.#emit(from, { type: 'lost', message: id, from: from.id, to: to.id, reason: 'crashed' });
        return;
      }
      this.#emit(to, {
        type: 'arrived',
        message: id,
        from: from.id,
        info,
        dueAtMs: this.schedule.nowMs + flightMs,
      });
      this.schedule.after(flightMs, () => {
        if (!to.up) return;
        this.#emit(to, { type: 'delivered', message: id, from: from.id, info });
        this.#receive(to, from, message);
      });
    });
  }

  #touch(
    from: Node,
    message: string,
    to: string,
  ): { readonly reason: LossReason | null; readonly delayMs: number } {
    let reason: LossReason | null = null;
    let delayMs = 0;
    this.faults = this.faults.map((active) => {
      const { fault } = active;
      if (!concerns(fault, from.id, to) || !this.#strikes(fault)) return active;
      if (fault.kind === 'cut' || fault.kind === 'drop') reason = fault.kind;
      if (fault.kind === 'delay') delayMs += fault.ms;
      this.#emit(from, { type: 'touched', message, by: fault.kind, fault: active.id });
      return { ...active, touched: active.touched + 1 };
    });
    return { reason, delayMs };
  }

  #strikes(fault: Fault): boolean {
    const rate = fault.kind === 'cut' ? 1 : fault.rate;
    return nextFloat(this.#random) < rate;
  }

  #receive(node: Node, from: Node, message: Message): void {
    if (message.term > node.term) this.#follow(node, message.term, null);
    switch (message.kind) {
      case 'RequestVote':
        this.#vote(node, from, message.term);
        return;
      case 'RequestVoteResponse':
        if (node.role !== 'candidate' || message.term < node.term) return;
        node.votes[from.id] = message.granted ? 'yes' : 'no';
        if (Object.values(node.votes).filter((vote) => vote === 'yes').length >= majority(this.nodes.length))
          this.#lead(node);
        else this.#state(node);
        return;
      case 'AppendEntries':
        this.#append(node, from, message);
        return;
      case 'AppendEntriesResponse':
        if (node.role === 'leader' && message.term === node.term)
          this.#acknowledge(node, from, message.success, message.match);
    }
  }

  #vote(node: Node, from: Node, term: number): void {
    const granted =
      term === node.term && (node.votedFor === null || node.votedFor === from.id) && node.role === 'follower';
    if (granted) node.votedFor = from.id;
    this.#emit(node, {
      type: 'note',
      code: granted ? 'vote-granted' : 'vote-refused',
      data: { to: from.id, term, ...(granted ? {} : { reason: 'already-voted' }) },
    });
    this.#send(node, from, { kind: 'RequestVoteResponse', term: node.term, granted });
  }

  #append(node: Node, from: Node, message: Message & { readonly kind: 'AppendEntries' }): void {
    const isStale = message.term < node.term;
    const fits = !isStale && node.log.length >= message.prev;
    if (!isStale) {
      if (fits && message.entries.length > 0)
        node.log = [...node.log.slice(0, message.prev), ...message.entries];
      if (fits) this.#commit(node, Math.min(message.commit, node.log.length));
      this.#follow(node, message.term, from.id);
    }
    const match = fits ? message.prev + message.entries.length : node.log.length;
    this.#send(node, from, { kind: 'AppendEntriesResponse', term: node.term, success: fits, match });
  }

  #acknowledge(node: Node, from: Node, success: boolean, match: number): void {
    const progress = node.progress[from.id] ?? { match: 0, next: 1 };
    node.progress[from.id] = success
      ? { match: Math.max(match, progress.match), next: Math.max(match + 1, progress.next) }
      : { match: progress.match, next: match + 1 };
    const matches = [node.log.length, ...Object.values(node.progress).map((peer) => peer.match)].sort(
      (a, b) => b - a,
    );
    const reached = matches[majority(this.nodes.length) - 1] ?? 0;
    if (reached > node.commit && node.log[reached - 1] === node.term) {
      const peers = Object.entries(node.progress).filter(([, peer]) => peer.match >= reached);
      const holders = [node.id, ...peers.map(([id]) => id)].join(' ');
      const data = { first: node.commit + 1, last: reached, term: node.term, holders };
      this.#emit(node, { type: 'note', code: 'committed', data });
      this.#commit(node, reached);
    }
    this.#state(node);
  }

  #commit(node: Node, commit: number): void {
    if (commit <= node.commit) return;
    const first = node.commit + 1;
    node.commit = commit;
    this.#emit(node, {
      type: 'applied',
      first,
      last: commit,
      digest: `9be1${commit.toString(16).padStart(6, '0')}`,
    });
  }
}

function newNode(id: string): Node {
  const timer = { name: 'election', setAtMs: 0, dueAtMs: 0, token: 0 };
  const volatile = { role: 'follower' as const, leader: null, votes: {}, progress: {}, timer };
  return { id, life: 1, seq: 0, up: true, term: 0, log: [], commit: 0, votedFor: null, ...volatile };
}

function describe(message: Message): MessageInfo {
  const base = { kind: message.kind, reign: message.term, entries: 0 };
  switch (message.kind) {
    case 'RequestVote':
      return { ...base, summary: { term: message.term } };
    case 'RequestVoteResponse':
      return { ...base, answer: message.granted ? 'yes' : 'no', summary: { voteGranted: message.granted } };
    case 'AppendEntries':
      return {
        ...base,
        entries: message.entries.length,
        summary: { prevLogIndex: message.prev, leaderCommit: message.commit },
      };
    case 'AppendEntriesResponse':
      return { ...base, answer: message.success ? 'yes' : 'no', summary: { matchIndex: message.match } };
  }
}
