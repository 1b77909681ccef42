import type { AnyProtocol, Effect, NodeId, ProcessEvent } from '../core/index.js';
import { type Crypto, Host, type Network, type RequestAnswer, type RunSpec } from '../host/index.js';
import { createMemoryDisk, type MemoryDisk } from './disk/memory-disk.js';
import type { Scheduler } from './scheduler.js';

/** An oracle: who signs is who they are, and nobody can forge it. A signature is the signer's name. */
function oracle(self: NodeId): Crypto {
  const encode = (text: string): Uint8Array => Uint8Array.from(text, (letter) => letter.charCodeAt(0));
  return {
    sign: (_bytes, done) => done(encode(self)),
    verify: (signer, _bytes, signature, done) => done(String.fromCharCode(...signature) === signer),
  };
}

export type VirtualNodeOptions = {
  readonly id: NodeId;
  readonly seed: number;
  readonly scheduler: Scheduler;
  readonly spec: (node: NodeId) => RunSpec;
  readonly flushMs: () => number;
  readonly send: (to: NodeId, frame: Uint8Array) => void;
  readonly onStep: (
    node: NodeId,
    instance: string,
    state: unknown,
    event: ProcessEvent<unknown>,
    effects: readonly Effect<unknown>[],
  ) => void;
  /** The host ended itself: a failed write, or a rule of its own code that broke. */
  readonly onFailure: (node: NodeId, why: string, cause: Error) => void;
  /** It has started or crashed. */
  readonly onLife: () => void;
};

/** One machine of the world: a disk that outlives its hosts, and the production host while it is up. */
export class VirtualNode {
  readonly id: NodeId;
  readonly disk: MemoryDisk;
  readonly #options: VirtualNodeOptions;
  readonly #peersUp = new Set<NodeId>();
  #host: Host | null = null;
  #life = 0;

  constructor(options: VirtualNodeOptions) {
    this.#options = options;
    this.id = options.id;
    this.disk = createMemoryDisk({
      schedule: (afterMs, callback) => void options.scheduler.schedule(afterMs, callback),
      flushMs: options.flushMs,
    });
  }

  get up(): boolean {
    return this.#host !== null;
  }

  get host(): Host | null {
    return this.#host;
  }

  /** Starts a new host on the disk as it is. */
  start(): void {
    const { id, seed, scheduler, spec, send, onStep, onFailure, onLife } = this.#options;
    this.#life += 1;
    const life = this.#life;
    const alive = (): boolean => this.#life === life && this.#host !== null;
    const network: Network = {
      send: (to, frame) => {
        send(to, frame);
        return true;
      },
      connect: () => {
        // Every link of this world comes up by itself when it can.
      },
      disconnect: () => {
        // And stays up: an overlay's choice of links is a matter of what it sends.
      },
    };
    this.#host = new Host({
      self: id,
      life,
      seed: (seed + Math.imul(life, 0x9e3779b9)) >>> 0,
      ports: { disk: this.disk, network, clock: scheduler.clock(alive), crypto: oracle(id) },
      wallMs: () => scheduler.nowMs,
      onTrace: null,
      traceEveryMs: 1_000,
      traceEventsMax: 0,
      onFailure: (why, cause) => {
        this.crash();
        onFailure(id, why, cause);
      },
      onViolation: (_from, cause) => onFailure(id, 'a frame could not be read', cause),
      onStep: (_run, instance, state, event, effects) => onStep(id, instance, state, event, effects),
    });
    this.#host.startRun(spec(id));
    onLife();
  }

  /** This node's end of a link has come up or ended; a node that is down has none. */
  link(peer: NodeId, up: boolean): void {
    if (this.#host === null || up === this.#peersUp.has(peer)) return;
    if (up) {
      this.#peersUp.add(peer);
      this.#host.peerUp(peer);
    } else {
      this.#peersUp.delete(peer);
      this.#host.peerDown(peer);
    }
  }

  /** The process is gone, and with it what had not reached the disk, save the first `survivingWrites` of it. */
  crash(survivingWrites = 0): void {
    this.#host?.close();
    this.#host = null;
    this.#peersUp.clear();
    this.disk.crash(survivingWrites);
    this.#options.onLife();
  }

  receive(from: NodeId, frame: Uint8Array): void {
    this.#host?.receive(from, frame);
  }

  request(
    kind: 'propose' | 'read',
    operation: Uint8Array,
    run: string,
    done: (answer: RequestAnswer) => void,
  ): void {
    if (this.#host === null) done({ ok: false, error: 'stopped' });
    else this.#host.request(run, kind, operation, done);
  }
}

/** How every node of a world takes part: all vote, all may ask. */
export function specOf(
  run: string,
  protocol: AnyProtocol,
  voters: readonly NodeId[],
  options: unknown,
): RunSpec {
  return { run, protocol, voters, options, instances: ['server', 'client'] };
}
