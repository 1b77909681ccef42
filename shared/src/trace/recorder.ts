import { type InstanceName, type NodeId, nextCounter, type RunId } from '../core/index.js';
import { Allowance, roughBytes, type TraceLimits } from './allowance.js';
import { piecesMax, type TraceBody, type TraceEvent } from './events.js';
import { isHappening, kindOf } from './kinds.js';

/**
 * Proofs in one batch; more wait for the next ones. At real time that is five thousand a second: a browser that does nothing
 * else commits less often.
 */
const proofsPerFlushMax = 1_024;
/** Proofs that wait: some seconds of them. What is beyond is lost, and `gap` tells it. */
const proofsWaitingMax = 16_384;
/** Runs that are counted each for itself, the newest ones; what is of none of them is counted together. */
const runsMax = 64;
const noRun: RunId = '';

export type RecorderOptions = {
  readonly node: NodeId;
  /** Told apart from the node's earlier lives: rises with each start of its host. */
  readonly life: number;
  readonly wallMs: () => number;
  /** Real time, for the allowance: it goes on while the lab stands still. */
  readonly nowMs: () => number;
  readonly limits: TraceLimits;
  readonly proofsPerFlushMax?: number;
  readonly proofsWaitingMax?: number;
};

/** Of one run, in this life. */
type Tally = { count: number; proofs: number; missing: number; proofsMissing: number };

/** Numbers one node's trace events, keeps its Lamport clock, and bounds what a busy node tells the others. */
export class Recorder {
  readonly #options: RecorderOptions;
  readonly #allowance: Allowance;
  /** Notes have one of their own: what happened is told however many messages, heartbeats above all, went by meanwhile. */
  readonly #noteAllowance: Allowance;
  readonly #tallies = new Map<RunId, Tally>([[noRun, emptyTally()]]);
  readonly #proofsPerFlushMax: number;
  readonly #proofsWaitingMax: number;
  #seq = 0;
  #clock = 0;
  #limits: TraceLimits;
  #proofsWaiting = 0;
  /** Where in the buffer the last proof stands; -1: in none. */
  #lastProofAt = -1;
  #buffer: TraceEvent[] = [];

  constructor(options: RecorderOptions) {
    this.#options = options;
    this.#limits = options.limits;
    this.#allowance = new Allowance(options.limits, options.nowMs());
    this.#noteAllowance = new Allowance(options.limits, options.nowMs());
    this.#proofsPerFlushMax = options.proofsPerFlushMax ?? proofsPerFlushMax;
    this.#proofsWaitingMax = options.proofsWaitingMax ?? proofsWaitingMax;
  }

  /** Lamport's rule for a local event or a send: the clock rises by one. Answers with the new value. */
  tick(): number {
    this.#clock = nextCounter(this.#clock);
    return this.#clock;
  }

  /** Lamport's rule for a receipt: beyond both one's own clock and the message's. */
  merge(remote: number): number {
    this.#clock = nextCounter(this.#clock, remote);
    return this.#clock;
  }

  /** Whether something waits for the next flush. */
  get waits(): boolean {
    return this.#buffer.length > 0;
  }

  /** Other limits for what may be left out, from now on. */
  limit(limits: TraceLimits): void {
    this.#limits = limits;
    this.#allowance.limit(limits, this.#options.nowMs());
    this.#noteAllowance.limit(limits, this.#options.nowMs());
  }

  /** A run begins here: from now on its events are counted for themselves. One that goes on counts on. */
  open(run: RunId): void {
    if (this.#tallies.has(run)) return;
    this.#tallies.set(run, emptyTally());
    const oldest = [...this.#tallies.keys()].find((name) => name !== noRun);
    if (this.#tallies.size > runsMax && oldest !== undefined) this.#tallies.delete(oldest);
  }

  record(run: RunId, instance: InstanceName, atMs: number, body: TraceBody): void {
    if (body.type === 'applied' && this.#joined(run, instance, body)) return;
    const tally = this.#tallyOf(run);
    if (isHappening(body)) tally.count += 1;
    switch (kindOf(body)) {
      case 'noise':
        if (this.#maySpend(body)) break;
        tally.missing += 1;
        return;
      case 'proof':
        if (this.#proofsWaiting < this.#proofsWaitingMax) {
          // Where some were lost stands where they would have stood.
          if (tally.proofsMissing > 0) this.#tellMissing(run, tally, atMs);
          break;
        }
        tally.missing += 1;
        tally.proofsMissing += 1;
        return;
      case 'picture':
        if (body.type !== 'keyframe') break;
        // What a keyframe counts must have been told as missing before it.
        this.#tellMissing(run, tally, atMs);
        // And it tells a digest: what is applied after it must stand after it.
        this.#lastProofAt = -1;
    }
    this.#append(run, instance, atMs, body);
  }

  #maySpend(body: TraceBody): boolean {
    const allowance = body.type === 'note' ? this.#noteAllowance : this.#allowance;
    return allowance.spend(() => roughBytes(body), this.#options.nowMs());
  }

  /** The oldest events that were not flushed yet, gaps after them where some were left out; the rest waits for the next. */
  flush(atMs: number): readonly TraceEvent[] {
    for (const [run, tally] of this.#tallies) this.#tellMissing(run, tally, atMs);
    const end = this.#endOfBatch();
    const events = this.#buffer.slice(0, end);
    this.#buffer = this.#buffer.slice(end);
    this.#lastProofAt = -1;
    this.#proofsWaiting = Math.max(0, this.#proofsWaiting - this.#proofsPerFlushMax);
    return events;
  }

  #tallyOf(run: RunId): Tally {
    const tally = this.#tallies.get(run) ?? this.#tallies.get(noRun);
    if (tally === undefined) throw new Error('what is of no run is always counted');
    return tally;
  }

  /** What is applied right after what the last proof tells goes with it: in the order of proofs, nothing lies between. */
  #joined(run: RunId, instance: InstanceName, body: TraceBody & { readonly type: 'applied' }): boolean {
    const before = this.#buffer[this.#lastProofAt];
    if (before?.type !== 'applied' || before.run !== run || before.instance !== instance) return false;
    const earlier = [...(before.earlier ?? []), [before.last, before.digest] as const];
    const follows = body.first === before.last + 1;
    if (!follows || earlier.length >= Math.min(piecesMax, this.#limits.piecesMax)) return false;
    this.#buffer[this.#lastProofAt] = { ...before, last: body.last, digest: body.digest, earlier };
    return true;
  }

  #tellMissing(run: RunId, tally: Tally, atMs: number): void {
    if (tally.missing === 0) return;
    const { missing, proofsMissing: proofs } = tally;
    tally.missing = 0;
    tally.proofsMissing = 0;
    this.#append(run, '', atMs, { type: 'gap', missing, proofs });
  }

  /** The place of the first proof that is one too many for a batch. */
  #endOfBatch(): number {
    if (this.#proofsWaiting <= this.#proofsPerFlushMax) return this.#buffer.length;
    let proofs = 0;
    return this.#buffer.findIndex((event) => {
      if (event.proof !== undefined) proofs += 1;
      return proofs > this.#proofsPerFlushMax;
    });
  }

  #append(run: RunId, instance: InstanceName, atMs: number, body: TraceBody): void {
    const tally = this.#tallyOf(run);
    const isProof = kindOf(body) === 'proof';
    this.#seq += 1;
    if (isProof) {
      this.#lastProofAt = this.#buffer.length;
      tally.proofs += 1;
      this.#proofsWaiting += 1;
    }
    this.#buffer.push({
      ...body,
      node: this.#options.node,
      life: this.#options.life,
      seq: this.#seq,
      count: tally.count,
      ...(isProof ? { proof: tally.proofs } : {}),
      run,
      instance,
      clock: this.#clock,
      atMs,
      wallMs: this.#options.wallMs(),
    });
  }
}

function emptyTally(): Tally {
  return { count: 0, proofs: 0, missing: 0, proofsMissing: 0 };
}
