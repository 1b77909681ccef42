import type { Effect, NodeId, ProcessEvent } from '../../core/index.js';
import {
  type Clock,
  type Crypto,
  Host,
  type HostOptions,
  type Network,
  type RequestAnswer,
  type RunSpec,
} from '../../host/index.js';
import { everything, type TraceEvent } from '../../trace/index.js';
import { encodeFrame } from '../../wire/index.js';
import { createMemoryDisk, type MemoryDisk } from '../disk/memory-disk.js';
import { Scheduler } from '../scheduler.js';
import { type ToyEffect, type ToyMessage, type ToyOptions, toyProtocol } from './toy-protocol.js';

export type Step = {
  readonly instance: string;
  readonly event: ProcessEvent<unknown>;
  readonly effects: readonly Effect<unknown>[];
};

export type LabOptions = {
  readonly nodes: number;
  /** How long a frame is under way, in ms. */
  readonly transitMs?: number;
  readonly flushMs?: number;
  readonly toy?: ToyOptions;
  readonly crypto?: (node: NodeId, scheduler: Scheduler) => Crypto;
  readonly host?: Partial<HostOptions>;
  /** What the network does to a frame; false drops it. */
  readonly passes?: (from: NodeId, to: NodeId, frame: Uint8Array) => boolean;
};

/** Signs with its name and the bytes, at once: nobody forges it, and a changed statement shows. */
export function honestCrypto(self: NodeId): Crypto {
  const seal = (signer: NodeId, bytes: Uint8Array): string => `${signer}:${bytes.join()}`;
  const encode = (text: string): Uint8Array => Uint8Array.from(text, (letter) => letter.charCodeAt(0));
  const decode = (bytes: Uint8Array): string =>
    Array.from(bytes, (code) => String.fromCharCode(code)).join('');
  return {
    sign: (bytes, done) => done(encode(seal(self, bytes))),
    verify: (signer, bytes, signature, done) => done(decode(signature) === seal(signer, bytes)),
  };
}

export const labRun = 'run1';

/** One node of a lab: its disk outlives its hosts. All that its Processes went through is written down here. */
export class LabNode {
  readonly id: NodeId;
  readonly disk: MemoryDisk;
  readonly #lab: Lab;
  #host: Host | null = null;
  life = 0;
  steps: Step[] = [];
  trace: TraceEvent[] = [];
  readonly failures: string[] = [];
  readonly violations: string[] = [];
  readonly indications: unknown[] = [];
  readonly notifications: number[] = [];
  /** Links that are asked for, each with its owner. */
  readonly wishes = new Set<string>();

  constructor(id: NodeId, lab: Lab) {
    this.id = id;
    this.#lab = lab;
    this.disk = createMemoryDisk({
      schedule: (afterMs, callback) => void lab.scheduler.schedule(afterMs, callback),
      flushMs: () => lab.options.flushMs ?? 1,
    });
  }

  get host(): Host {
    if (this.#host === null) throw new Error(`${this.id} is down`);
    return this.#host;
  }

  get isUp(): boolean {
    return this.#host !== null;
  }

  /** Starts a host, without a run. */
  boot(): void {
    const { scheduler, options, nodes } = this.#lab;
    this.life += 1;
    const { life } = this;
    const alive = (): boolean => this.life === life && this.#host !== null;
    const network: Network = {
      send: (to, frame) => this.#lab.carry(this.id, to, frame),
      connect: (peer, owner, done) => {
        this.wishes.add(`${owner} ${peer}`);
        scheduler.schedule(this.#lab.options.transitMs ?? 1, () => {
          if (alive()) done(nodes.some((node) => node.id === peer && node.isUp));
        });
      },
      disconnect: (peer, owner) => this.wishes.delete(`${owner} ${peer}`),
    };
    this.#host = new Host({
      self: this.id,
      life,
      // Another one for each node and life: equal ones would time out together for ever.
      seed: life * 1_000 + nodes.indexOf(this),
      ports: {
        disk: this.disk,
        network,
        clock: this.#lab.clock(alive),
        crypto: options.crypto?.(this.id, scheduler) ?? honestCrypto(this.id),
      },
      wallMs: () => scheduler.nowMs,
      onTrace: (events) => this.trace.push(...events),
      traceEveryMs: 10,
      traceLimits: everything,
      onFailure: (why, cause) => {
        this.failures.push(`${why}: ${cause.message}`);
        this.crash();
      },
      onViolation: (from, error) => this.violations.push(`${from}: ${error.message}`),
      onIndicate: (_run, _instance, output) => this.indications.push(output),
      onNotify: (_run, watch) => this.notifications.push(watch),
      onStep: (_run, instance, _state, event, effects) => this.steps.push({ instance, event, effects }),
      ...options.host,
    });
    for (const peer of nodes) if (peer.id !== this.id) this.#host.peerUp(peer.id);
  }

  crash(survivingWrites = 0): void {
    this.#host?.close();
    this.#host = null;
    this.disk.crash(survivingWrites);
  }

  receive(from: NodeId, frame: Uint8Array): void {
    this.#host?.receive(from, frame);
  }

  /** Has the node's Process carry out these effects, as if a message of an outsider had told it to. */
  do(effects: readonly ToyEffect[], instance = 'server'): void {
    this.hear('puppeteer', { type: 'do', effects }, instance);
  }

  /** Has a message reach the node at once, as if `from` had sent it. */
  hear(from: NodeId, message: unknown, instance = 'server', run = labRun): void {
    this.receive(from, messageFrame(message, instance, run));
  }

  /** Sends a text from this node's server to another's. */
  say(to: LabNode, text: string): void {
    this.do([{ type: 'send', to: to.id, message: { type: 'say', text } }]);
  }

  request(kind: 'propose' | 'read', operation: Uint8Array): RequestAnswer[] {
    const answers: RequestAnswer[] = [];
    this.host.request(labRun, kind, operation, (answer) => answers.push(answer));
    return answers;
  }

  /** The events of a type that reached the Process, oldest first. */
  seen<Type extends ProcessEvent<ToyMessage>['type']>(
    type: Type,
    instance = 'server',
  ): Extract<ProcessEvent<ToyMessage>, { type: Type }>[] {
    const events = this.steps.filter((step) => step.instance === instance).map((step) => step.event);
    return events.filter((event) => event.type === type) as Extract<
      ProcessEvent<ToyMessage>,
      { type: Type }
    >[];
  }

  /** The texts that were said to the node, oldest first. */
  texts(): string[] {
    return this.seen('deliver').flatMap(({ message }) => {
      if (message.type === 'claim') return [message.claim.body.text];
      return message.type === 'say' ? [message.text] : [];
    });
  }

  /** The trace so far, with what has not been handed on yet. */
  traced<Type extends TraceEvent['type']>(type: Type): Extract<TraceEvent, { type: Type }>[] {
    return this.trace.filter((event) => event.type === type) as Extract<TraceEvent, { type: Type }>[];
  }
}

let outsiderMessages = 0;

/** A frame as an outsider would make it; each has a number of its own. */
export function messageFrame(body: unknown, to = 'server', run = labRun): Uint8Array {
  outsiderMessages += 1;
  return encodeFrame({
    kind: 'message',
    run,
    from: to,
    to,
    message: outsiderMessages,
    life: 1,
    clock: 0,
    body,
  });
}

/** Hosts of the toy protocol on virtual time, joined by ordered links. */
export class Lab {
  readonly scheduler = new Scheduler();
  readonly options: LabOptions;
  readonly nodes: readonly LabNode[];
  #asleepMs = 0;

  constructor(options: LabOptions) {
    this.options = options;
    this.nodes = Array.from({ length: options.nodes }, (_, i) => new LabNode(`n${i + 1}`, this));
  }

  node(number: number): LabNode {
    const node = this.nodes[number - 1];
    if (node === undefined) throw new RangeError(`there is no node ${number}`);
    return node;
  }

  /** Boots every node, starts the run on each, and waits until all have opened their disks. */
  start(): this {
    for (const node of this.nodes) {
      node.boot();
      this.startRun(node);
    }
    this.run(100);
    return this;
  }

  startRun(node: LabNode, spec: Partial<RunSpec> = {}, ready?: () => void): void {
    const voters = this.nodes.map(({ id }) => id);
    const options = this.options.toy ?? {};
    const instances = ['server', 'client'];
    node.host.startRun({ run: labRun, protocol: toyProtocol, voters, options, instances, ...spec }, ready);
  }

  /** Lets so much virtual time pass. */
  run(forMs: number): void {
    const untilMs = this.scheduler.nowMs + forMs;
    this.scheduler.schedule(forMs, () => undefined);
    while (this.scheduler.runNext(untilMs));
  }

  /** The machines stand still for so long: what was due meanwhile comes late, all of it at once. */
  sleep(forMs: number): void {
    this.#asleepMs += forMs;
  }

  /** A machine's clock, which goes on while the machine sleeps. */
  clock(alive: () => boolean): Clock {
    const clock = this.scheduler.clock(alive);
    return { nowMs: () => clock.nowMs() + this.#asleepMs, schedule: clock.schedule };
  }

  /** The network: takes a frame, and hands it over once it has crossed. */
  carry(from: NodeId, to: NodeId, frame: Uint8Array): boolean {
    const passes = this.options.passes?.(from, to, frame) ?? true;
    if (!passes) return true;
    this.scheduler.schedule(this.options.transitMs ?? 1, () => {
      this.nodes.find(({ id }) => id === to)?.receive(from, frame);
    });
    return true;
  }
}
