import { type Effect, emptyDisk, type NodeId, type ProcessEvent, type Suspicion } from '../../core/index.js';
import { detector } from '../detector.js';
import { incarnationKey } from '../incarnation.js';
import type { Ack, DetectorMessage, Ping, PingReq, PingReqResponse, Update, Verdict } from '../messages.js';
import { type DetectorOptions, parseDetectorOptions } from '../options.js';
import type { DetectorState } from '../state.js';

type Body =
  ProcessEvent<DetectorMessage> extends infer E
    ? E extends { now: number }
      ? Omit<E, 'now'>
      : never
    : never;
type Said = {
  readonly incarnation?: number;
  readonly accuses?: Verdict;
  readonly updates?: readonly Update[];
};

type Typed<Type extends DetectorMessage['type']> = Extract<DetectorMessage, { readonly type: Type }>;
type Sent<Type extends DetectorMessage['type']> = { readonly to: NodeId; readonly message: Typed<Type> };

function isOf<Type extends DetectorMessage['type']>(
  message: DetectorMessage,
  type: Type,
): message is Typed<Type> {
  return message.type === type;
}

/** One detector `a` with its timers, on a clock that a test moves; the nodes in `answering` answer pings at once. */
export class TestDetector {
  readonly state: DetectorState;
  readonly answering = new Set<NodeId>();
  readonly incarnations: { [node: NodeId]: number } = {};
  effects: Effect<DetectorMessage>[] = [];
  now = 1_000;
  readonly #timers = new Map<string, number>();
  #unanswered: Ping[] = [];

  constructor(others: readonly NodeId[], options: Partial<DetectorOptions> = {}, disk: number | null = null) {
    this.state = detector.create({
      self: 'a',
      run: 'run',
      voters: ['a', ...others],
      options: parseDetectorOptions(options),
      seed: 1,
    });
    const values = disk === null ? {} : { [incarnationKey]: disk };
    this.event({ type: 'start', disk: { ...emptyDisk, values } });
  }

  /** With its first incarnation durable, and all others answering. */
  static begun(others: readonly NodeId[], options: Partial<DetectorOptions> = {}): TestDetector {
    const made = new TestDetector(others, options);
    for (const node of others) made.answering.add(node);
    made.persisted();
    return made;
  }

  persisted(): void {
    const { lastWrite } = this.state.incarnation;
    this.event({ type: 'persisted', write: lastWrite });
  }

  event(body: Body): void {
    this.#carryOut(detector.step(this.state, { ...body, now: this.now }));
    this.#answer();
  }

  hear(from: NodeId, message: DetectorMessage): void {
    this.event({ type: 'deliver', from, message });
  }

  /** Lets time pass; timers fire when they are due. */
  pass(forMs: number): void {
    const until = this.now + forMs;
    for (;;) {
      const [next] = [...this.#timers].filter(([, due]) => due <= until).sort(([, a], [, b]) => a - b);
      if (next === undefined) break;
      this.now = Math.max(this.now, next[1]);
      this.#timers.delete(next[0]);
      this.event({ type: 'timeout', timer: next[0] });
    }
    this.now = until;
  }

  /** The clock goes on, and nothing runs. */
  sleep(forMs: number): void {
    this.now += forMs;
  }

  /** What was sent since the last time, of one type. */
  sent<Type extends DetectorMessage['type']>(type: Type): Sent<Type>[] {
    return this.effects.flatMap((effect) => {
      if (effect.type !== 'send' || !isOf(effect.message, type)) return [];
      return [{ to: effect.to, message: effect.message }];
    });
  }

  indicated(): string[] {
    return this.effects.flatMap((effect) => {
      if (effect.type !== 'indicate') return [];
      const { type, node } = effect.output as Suspicion;
      return [`${type} ${node}`];
    });
  }

  forget(): void {
    this.effects = [];
  }

  verdict(node: NodeId): string {
    const member = this.state.members[node];
    return member === undefined ? 'unknown' : `${member.status} ${member.incarnation}`;
  }

  #carryOut(effects: readonly Effect<DetectorMessage>[]): void {
    for (const effect of effects) {
      this.effects.push(effect);
      if (effect.type === 'setTimer') this.#timers.set(effect.timer, this.now + effect.afterMs);
      if (effect.type === 'send' && effect.message.type === 'ping' && this.answering.has(effect.to)) {
        this.#unanswered.push({ ...effect.message, onBehalfOf: effect.to });
      }
    }
  }

  #answer(): void {
    for (let next = this.#unanswered.shift(); next !== undefined; next = this.#unanswered.shift()) {
      const from = next.onBehalfOf ?? '';
      this.event({
        type: 'deliver',
        from,
        message: ack(next.sequence, { incarnation: this.incarnations[from] ?? 1 }),
      });
    }
  }
}

function carried({ incarnation = 1, accuses, updates = [] }: Said): {
  readonly incarnation: number;
  readonly accuses: Verdict | null;
  readonly updates: readonly Update[];
} {
  return { incarnation, accuses: accuses ?? null, updates };
}

export function ping(sequence: number, said: Said = {}, onBehalfOf: NodeId | null = null): Ping {
  return { type: 'ping', sequence, onBehalfOf, ...carried(said) };
}

export function ack(sequence: number, said: Said = {}, onBehalfOf: NodeId | null = null): Ack {
  return { type: 'ack', sequence, onBehalfOf, ...carried(said) };
}

export function pingReq(sequence: number, target: NodeId, said: Said = {}): PingReq {
  return { type: 'pingReq', sequence, target, ...carried(said) };
}

export function response(
  sequence: number,
  target: NodeId,
  reached: boolean,
  said: Said = {},
): PingReqResponse {
  return { type: 'pingReqResponse', sequence, target, reached, ...carried(said) };
}
