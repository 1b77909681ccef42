import {
  type DiskImage,
  type DiskOp,
  type Effect,
  emptyDisk,
  isDelivery,
  type Process,
  type ProcessEvent,
} from '../../core/index.js';
import { decodeValue, encodeValue } from '../../wire/index.js';

type Body<Message> =
  ProcessEvent<Message> extends infer E ? (E extends { now: number } ? Omit<E, 'now'> : never) : never;

/** One server by itself, whose disk writes when it is told to: what a single step does can be written down. */
export class Solo<State, Message> {
  readonly #process: Process<State, Message, unknown>;
  readonly #init: Parameters<Process<State, Message, unknown>['create']>[0];
  #pending: { readonly write: number; readonly ops: readonly DiskOp[] }[] = [];
  #disk: DiskImage = emptyDisk;
  state: State;
  nowMs = 1_000;

  constructor(
    process: Process<State, Message, unknown>,
    init: { readonly options: unknown; readonly voters?: readonly string[] },
  ) {
    this.#process = process;
    this.#init = {
      self: 'a',
      run: 'run',
      voters: init.voters ?? ['a', 'b', 'c'],
      options: init.options,
      seed: 1,
    };
    this.state = process.create(this.#init);
  }

  /** A life begins: with what the disk holds, its first write durable, and links to these. */
  start(...linked: readonly string[]): Effect<Message>[] {
    const effects = [...this.step({ type: 'start', disk: this.#disk }), ...this.flush()];
    for (const peer of linked) effects.push(...this.step({ type: 'peerUp', peer }));
    return effects;
  }

  /** Its memory goes, and what had not reached the disk; what had, a new life begins with. */
  restart(...linked: readonly string[]): Effect<Message>[] {
    this.#pending = [];
    this.state = this.#process.create(this.#init);
    return this.start(...linked);
  }

  step(body: Body<Message>): Effect<Message>[] {
    const event = { ...body, now: this.nowMs } as ProcessEvent<Message>;
    const effects = this.#process.step(this.state, event);
    for (const effect of effects) {
      if (effect.type === 'persist') this.#pending.push({ write: effect.write, ops: effect.ops });
    }
    return effects;
  }

  /** All that is being written is durable, and so on until nothing is. Answers with what came of it. */
  flush(): Effect<Message>[] {
    const effects: Effect<Message>[] = [];
    for (let next = this.#pending.shift(); next !== undefined; next = this.#pending.shift()) {
      for (const op of next.ops) this.#disk = written(this.#disk, op);
      effects.push(...this.step({ type: 'persisted', write: next.write }));
    }
    return effects;
  }

  deliver(from: string, message: Message): Effect<Message>[] {
    return this.step({ type: 'deliver', from, message });
  }

  propose(request: number, text: string): Effect<Message>[] {
    return this.step({ type: 'propose', request, operation: bytes(text) });
  }

  /** So much time passes, and then this timer fires. */
  fire(timer: string, afterMs: number): Effect<Message>[] {
    this.nowMs += afterMs;
    return this.step({ type: 'timeout', timer });
  }
}

export function bytes(text: string): Uint8Array {
  return Uint8Array.from(text, (letter) => letter.charCodeAt(0));
}

/** What was sent, each as `to`, then the message. */
export function sent<Message>(
  effects: readonly Effect<Message>[],
): (readonly [to: string, message: Message])[] {
  return effects.flatMap((effect) => (effect.type === 'send' ? [[effect.to, effect.message] as const] : []));
}

/** What was delivered, as `origin/sequence payload`. */
export function delivered(effects: readonly Effect<unknown>[]): string[] {
  return effects.flatMap((effect) => {
    if (effect.type !== 'indicate' || !isDelivery(effect.output)) return [];
    const { origin, sequence, payload } = effect.output;
    return [`${origin}/${sequence} ${String.fromCharCode(...payload)}`];
  });
}

/** As it comes back from a disk. */
function copy(value: unknown): unknown {
  return decodeValue(encodeValue(value));
}

function written({ values, log, snapshot }: DiskImage, op: DiskOp): DiskImage {
  switch (op.kind) {
    case 'set':
      return { values: { ...values, [op.key]: copy(op.value) }, log, snapshot };
    case 'append':
      return { values, log: [...log, { index: op.index, value: copy(op.value) }], snapshot };
    case 'compactTo':
      return { values, log: log.filter(({ index }) => index > op.index), snapshot };
    case 'truncateFrom':
      return { values, log: log.filter(({ index }) => index < op.index), snapshot };
  }
}
