import { describe, expect, test } from 'vitest';
import type { Effect, ProcessEvent, Violation } from '../../core/index.js';
import { encodeAccepted } from '../common/accepted.js';
import { bytes } from '../testing/index.js';
import { ReliableChecker } from './invariants.js';
import type { Message, ReliableMessage } from './messages.js';
import { parseOptions } from './options.js';
import { createState, type Entry } from './state.js';

const voters = ['a', 'b', 'c'];
const x: Message = { origin: 'a', incarnation: 1, sequence: 1, payload: bytes('x') };
const y: Message = { ...x, sequence: 2, payload: bytes('y') };
const delivery = (message: Message): Effect<ReliableMessage> => ({
  type: 'indicate',
  output: { type: 'delivery', ...message },
});

/** A checker that has seen `a` be asked for x and y. */
class Watch {
  readonly checker: ReliableChecker;
  readonly #options;
  #write = 0;
  #index = 0;

  constructor(options: object = {}) {
    this.#options = parseOptions(options);
    this.checker = new ReliableChecker(voters, this.#options);
    for (const [i, { payload }] of [x, y].entries())
      this.#step('a', { type: 'propose', now: 0, request: i, operation: payload }, []);
  }

  does(node: string, ...effects: readonly Effect<ReliableMessage>[]): Violation | null {
    return this.#step(node, { type: 'timeout', now: 0, timer: 't' }, effects);
  }

  /** These entries are on the node's disk, and it has been told. */
  writes(node: string, ...entries: readonly Entry[]): this {
    this.#write += 1;
    const ops = entries.map((value) => ({ kind: 'append', index: ++this.#index, value }) as const);
    this.does(node, { type: 'persist', write: this.#write, ops });
    this.#step(node, { type: 'persisted', now: 0, write: this.#write }, []);
    return this;
  }

  /** The node has it on disk, and delivers it. */
  delivers(node: string, message: Message): Violation | null {
    return this.writes(node, { kind: 'message', message }).does(node, delivery(message));
  }

  #step(
    node: string,
    event: ProcessEvent<ReliableMessage>,
    effects: readonly Effect<ReliableMessage>[],
  ): Violation | null {
    const state = createState({ self: node, run: 'run', voters, options: this.#options, seed: 1 });
    return this.checker.afterStep(node, state, event, effects);
  }
}

describe('promise-needs-disk falls', () => {
  test.each<[string, ReliableMessage]>([
    ['sends what it has not written', { type: 'broadcast', messages: [x] }],
    ['relays what it has not written', { type: 'relay', messages: [x] }],
    [
      'says to have what it has not written',
      { type: 'acknowledge', holdings: [{ origin: 'a', upTo: 1, ahead: [] }] },
    ],
    [
      'says so of one further on',
      { type: 'digest', asks: false, holdings: [{ origin: 'a', upTo: 0, ahead: [1] }] },
    ],
  ])('when a node %s', (_what, message) => {
    const watch = new Watch();
    expect(watch.does('b', { type: 'send', to: 'c', message })?.rule).toBe('promise-needs-disk');
    const honest = new Watch().writes('b', { kind: 'message', message: x });
    expect(honest.does('b', { type: 'send', to: 'c', message })).toBeNull();
  });
});

test('delivery-needs-disk falls when a delivery is said before it is written', () => {
  expect(new Watch().does('a', delivery(x))?.rule).toBe('delivery-needs-disk');
  expect(new Watch().delivers('a', x)).toBeNull();
  const uniform = new Watch({ uniform: true });
  for (const node of voters) uniform.writes(node, { kind: 'message', message: x });
  expect(uniform.does('a', delivery(x))?.rule).toBe('delivery-needs-disk');
});

test('delivery-needs-majority falls when a uniform delivery is held by too few', () => {
  const marked: Entry = { kind: 'delivered', origin: 'a', sequence: 1 };
  const watch = new Watch({ uniform: true }).writes('a', { kind: 'message', message: x }, marked);
  expect(watch.does('a', delivery(x))?.rule).toBe('delivery-needs-majority');
  const enough = new Watch({ uniform: true }).writes('a', { kind: 'message', message: x }, marked);
  enough.writes('b', { kind: 'message', message: x });
  expect(enough.does('a', delivery(x))).toBeNull();
});

test('fifo-order falls when a later broadcast comes before an earlier one, unless that is given up', () => {
  expect(new Watch({ fifo: true }).delivers('b', y)?.rule).toBe('fifo-order');
  expect(new Watch().delivers('b', y)).toBeNull();
});

test('missed-needs-dropped falls when a node gives up what nobody has dropped', () => {
  const data = { origin: 'a', first: 1, last: 1 };
  expect(new Watch().does('b', { type: 'note', code: 'broadcast-missed', data })?.rule).toBe(
    'missed-needs-dropped',
  );
});

describe('at quiescence', () => {
  test('agreement is asked of those that remain alone', () => {
    const watch = new Watch();
    watch.delivers('a', x);
    watch.delivers('b', x);
    expect(watch.checker.atQuiescence(['a', 'b', 'c'])).toMatchObject({ rule: 'agreement', node: 'c' });
    expect(watch.checker.atQuiescence(['a', 'b'])).toBeNull();
    // Whoever delivered it is gone for good, and nobody else has it.
    expect(watch.checker.atQuiescence(['c'])).toBeNull();
  });

  test('uniform agreement is asked for what those delivered that are gone, too', () => {
    const watch = new Watch({ uniform: true });
    const marked: Entry = { kind: 'delivered', origin: 'a', sequence: 1 };
    for (const node of ['a', 'b']) watch.writes(node, { kind: 'message', message: x });
    watch.writes('a', marked).does('a', delivery(x));
    expect(watch.checker.atQuiescence(['b', 'c'])).toMatchObject({ rule: 'uniform-agreement' });
  });

  test('validity is asked of an origin that took a broadcast on and remains', () => {
    const watch = new Watch();
    watch.does('a', { type: 'reply', request: 0, result: encodeAccepted(x) });
    expect(watch.checker.atQuiescence(['a', 'b'])).toMatchObject({ rule: 'validity', node: 'a' });
    expect(watch.checker.atQuiescence(['b'])).toBeNull();
  });
});
