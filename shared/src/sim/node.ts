import {
  type AnyProtocol,
  type ControlAction,
  type Effect,
  instancesAt,
  type NodeId,
  type ProcessEvent,
} from '../core/index.js';
import type { LiarSpec } from '../faults/index.js';
import {
  DiskError,
  Host,
  LinkRequests,
  type Network,
  type RequestAnswer,
  type RunSpec,
} from '../host/index.js';
import { everything, type TraceEvent } from '../trace/index.js';
import { createMemoryDisk, type MemoryDisk } from './disk/memory-disk.js';
import { Machine } from './machine.js';
import { oracle } from './oracle.js';
import type { Scheduler } from './scheduler.js';

/** How long an instance's try to get a link lasts until it has failed, ms. */
const linkTryMs = 1_000;

/** Turns that a machine that stands still keeps; frames beyond are lost, as in a full socket buffer. */
const turnsMax = 20_000;

export type VirtualNodeOptions = {
  readonly id: NodeId;
  readonly seed: number;
  readonly scheduler: Scheduler;
  readonly spec: (node: NodeId) => RunSpec;
  /** How this node lies; null for the truth. */
  readonly liar?: LiarSpec | null;
  readonly flushMs: () => number;
  readonly send: (to: NodeId, frame: Uint8Array) => void;
  readonly onStep: (
    node: NodeId,
    instance: string,
    state: unknown,
    event: ProcessEvent<unknown>,
    effects: readonly Effect<unknown>[],
  ) => void;
  /** A write failed, as its disk was told to; the node has crashed. */
  readonly onDiskFailure: (node: NodeId) => void;
  /** The host ended itself for a reason of its own: a rule of its code that broke. */
  readonly onFailure: (node: NodeId, why: string, cause: Error) => void;
  /** It has started or crashed. */
  readonly onLife: () => void;
  /** The host's trace; null where nobody reads it. */
  readonly onTrace: ((events: readonly TraceEvent[]) => void) | null;
};

/** One machine of the world: a disk that outlives its hosts, and the production host while it is up. */
export class VirtualNode {
  readonly id: NodeId;
  readonly disk: MemoryDisk;
  readonly machine: Machine;
  readonly #options: VirtualNodeOptions;
  readonly #peersUp = new Set<NodeId>();
  readonly #linkRequests = new LinkRequests();
  #host: Host | null = null;
  #life = 0;
  #gone = false;
  #stalledUntilMs = 0;
  #pausedUntilMs = 0;
  #clockRate = 1;
  #clockOffsetMs = 0;
  #driftsUntilMs = 0;
  #afterDiskFailure: (() => void) | null = null;

  constructor(options: VirtualNodeOptions) {
    this.#options = options;
    const { id, scheduler, flushMs } = options;
    this.id = id;
    this.machine = new Machine(scheduler);
    this.disk = createMemoryDisk({
      schedule: (afterMs, callback) => void scheduler.schedule(afterMs, callback),
      flushMs: () => Math.max(flushMs(), this.#stalledUntilMs - scheduler.nowMs),
    });
  }

  get up(): boolean {
    return this.#host !== null;
  }

  /** It is down, and never comes back. */
  get gone(): boolean {
    return this.#gone;
  }

  get host(): Host | null {
    return this.#host;
  }

  /** Starts a new host on the disk as it is. A node that is up, or gone for good, stays as it is. */
  start(): void {
    if (this.#host !== null || this.#gone) return;
    const { id, seed, scheduler, spec, liar = null, onStep, onFailure, onLife, onTrace } = this.#options;
    this.#life += 1;
    const life = this.#life;
    const alive = (): boolean => this.#life === life && this.#host !== null;
    const host = new Host({
      self: id,
      life,
      seed: (seed + Math.imul(life, 0x9e3779b9)) >>> 0,
      ports: {
        disk: this.machine.disk(this.disk),
        network: this.#network(alive),
        clock: this.machine.clock(alive),
        crypto: oracle(id),
      },
      wallMs: () => scheduler.nowMs,
      onTrace,
      // At once: a crash takes with it what has not been handed on.
      traceEveryMs: 0,
      traceLimits: everything,
      onFailure: (why, cause) => this.#onFailure(why, cause),
      onViolation: (_from, cause) => onFailure(id, 'a frame could not be read', cause),
      onStep: (_run, instance, state, event, effects) => onStep(id, instance, state, event, effects),
    });
    this.#host = host;
    if (this.#clockOffsetMs > 0) host.clock.jump(this.#clockOffsetMs);
    if (this.#clockRate !== 1) host.clock.setRate(this.#clockRate);
    const runSpec = spec(id);
    host.startRun(runSpec);
    host.lie(runSpec.run, liar);
    onLife();
  }

  /** This node's end of a link has come up or ended; a node that is down has none. */
  link(peer: NodeId, up: boolean): void {
    if (this.#host === null) return;
    this.machine.turn(() => this.#linked(peer, up));
  }

  /** The process is gone, and with it what had not reached the disk, save the first `survivingWrites` of it. */
  crash(survivingWrites = 0): void {
    this.#host?.close();
    this.#host = null;
    this.#peersUp.clear();
    this.#linkRequests.clear();
    this.machine.reset();
    this.disk.crash(survivingWrites);
    this.#options.onLife();
  }

  /** It crashes and never comes back; `isDiskLost` empties its disk. */
  leave(isDiskLost: boolean): void {
    this.#gone = true;
    this.crash();
    if (isDiskLost) this.disk.lose();
  }

  /** Answers false for a frame that a machine which stands still has no room for. */
  receive(from: NodeId, frame: Uint8Array): boolean {
    if (this.#host === null || this.machine.waiting >= turnsMax) return false;
    this.machine.turn(() => this.#host?.receive(from, frame));
    return true;
  }

  request(
    kind: 'propose' | 'read',
    operation: Uint8Array,
    run: string,
    done: (answer: RequestAnswer) => void,
  ): void {
    const stopped = (): void => done({ ok: false, error: 'stopped' });
    if (this.#host === null) return stopped();
    this.machine.turn(() => {
      if (this.#host === null) stopped();
      else this.#host.request(run, kind, operation, done);
    }, stopped);
  }

  /** Makes an administrator's request here; `stopped` where the node is down. */
  control(action: ControlAction, run: string, done: (answer: RequestAnswer) => void): void {
    const stopped = (): void => done({ ok: false, error: 'stopped' });
    this.machine.turn(() => {
      if (this.#host === null) stopped();
      else this.#host.control(run, action, done);
    }, stopped);
  }

  /** The next flush fails, and with it the host; `crashed` is called then. Forgotten when the node crashes before. */
  failNextWrite(survivingWrites: number, crashed: () => void): void {
    if (this.#host === null) return;
    this.#afterDiskFailure = crashed;
    this.disk.failNext(survivingWrites);
  }

  /** No flush completes before `untilMs` of the world's time. */
  stallDisk(untilMs: number): void {
    this.#stalledUntilMs = Math.max(this.#stalledUntilMs, untilMs);
  }

  /** The lab's pause, until `untilMs` of the world's time. */
  pause(untilMs: number): void {
    if (this.#host === null) return;
    this.#pausedUntilMs = Math.max(this.#pausedUntilMs, untilMs);
    this.#setPaused(true);
    this.#at(this.#pausedUntilMs, (atMs) => {
      if (atMs === this.#pausedUntilMs) this.#setPaused(false);
    });
  }

  /** The clock runs at `rate` until `untilMs` of the world's time; lives that begin meanwhile begin `offsetMs` ahead. */
  driftClock(rate: number, offsetMs: number, untilMs: number): void {
    this.#clockRate = rate;
    this.#clockOffsetMs = offsetMs;
    this.#driftsUntilMs = untilMs;
    this.#host?.clock.setRate(rate);
    this.#at(untilMs, (atMs) => {
      if (atMs === this.#driftsUntilMs) this.#trueClock();
    });
  }

  jumpClock(byMs: number): void {
    this.machine.turn(() => this.#host?.clock.jump(byMs));
  }

  /** Nothing is wrong with it any more but what it went through; one that is down starts, unless it is gone for good. */
  heal(): void {
    this.disk.mend();
    this.#stalledUntilMs = 0;
    this.#trueClock();
    this.machine.release();
    this.#setPaused(false);
    this.start();
  }

  #network(alive: () => boolean): Network {
    return {
      send: (to, frame) => {
        this.#options.send(to, frame);
        return true;
      },
      // Every link of this world comes up by itself when it can: a try is to wait for it.
      connect: (peer, owner, done) => {
        const { scheduler } = this.#options;
        this.#linkRequests.add(peer, owner, done);
        const triesMs = this.#peersUp.has(peer) ? 0 : linkTryMs;
        scheduler.schedule(triesMs, () =>
          this.machine.turn(() => {
            if (alive()) this.#linkRequests.settle(peer, this.#peersUp.has(peer));
          }),
        );
      },
      // And stays up: an overlay's choice of links is a matter of what it sends.
      disconnect: (peer, owner) => this.#linkRequests.drop(peer, owner),
    };
  }

  #linked(peer: NodeId, up: boolean): void {
    if (this.#host === null || up === this.#peersUp.has(peer)) return;
    if (up) {
      this.#peersUp.add(peer);
      this.#host.peerUp(peer);
      this.#linkRequests.settle(peer, true);
    } else {
      this.#peersUp.delete(peer);
      this.#host.peerDown(peer);
    }
  }

  #onFailure(why: string, cause: Error): void {
    // The only faults of input and output in this world are those that a disk was told to have.
    const isDisk = cause instanceof DiskError && cause.code === 'io';
    this.crash();
    if (!isDisk) return this.#options.onFailure(this.id, why, cause);
    this.#options.onDiskFailure(this.id);
    this.#afterDiskFailure?.();
  }

  /** A frozen tab hears of it when it thaws. */
  #setPaused(paused: boolean): void {
    this.machine.turn(() => {
      if (this.#host !== null && this.#host.clock.paused !== paused) this.#host.setPace(1, paused);
    });
  }

  #trueClock(): void {
    this.#clockOffsetMs = 0;
    if (this.#clockRate === 1) return;
    this.#clockRate = 1;
    this.#host?.clock.setRate(1);
  }

  #at(untilMs: number, callback: (untilMs: number) => void): void {
    const { scheduler } = this.#options;
    scheduler.schedule(untilMs - scheduler.nowMs, () => callback(untilMs));
  }
}

/** How every node of a world takes part: all have a server, and all may ask. */
export function specOf(
  run: string,
  protocol: AnyProtocol,
  voters: readonly NodeId[],
  options: unknown,
): RunSpec {
  return { run, protocol, voters, options, instances: instancesAt(protocol, true) };
}
