import { describe, expect, test } from 'vitest';
import type { BroadcastId, Delivery, Effect, ProcessEvent, Violation } from '../../core/index.js';
import { bytes } from '../testing/index.js';
import { encodeAccepted } from './accepted.js';
import { BroadcastChecker, rulesOf, sharedSentences } from './checker.js';

class Checker extends BroadcastChecker<null, never> {
  readonly rules = rulesOf(sharedSentences);

  constructor(acrossLives = true) {
    super(['a', 'b'], acrossLives);
  }

  protected checkStep(): null {
    return null;
  }

  protected judge(): null {
    return null;
  }

  propose(node: string, request: number, text: string): Violation | null {
    const event: ProcessEvent<never> = { type: 'propose', now: 0, request, operation: bytes(text) };
    return this.afterStep(node, null, event, []);
  }

  does(node: string, ...effects: readonly Effect<never>[]): Violation | null {
    return this.afterStep(node, null, { type: 'timeout', now: 0, timer: 't' }, effects);
  }
}

const id = (sequence: number, incarnation = 1): BroadcastId => ({ origin: 'a', incarnation, sequence });
const deliver = (sequence: number, text: string, incarnation = 1): Effect<never> => ({
  type: 'indicate',
  output: { type: 'delivery', ...id(sequence, incarnation), payload: bytes(text) } satisfies Delivery,
});
const reply = (request: number, sequence: number, incarnation = 1): Effect<never> => ({
  type: 'reply',
  request,
  result: encodeAccepted(id(sequence, incarnation)),
});

/** `a` has broadcast x, and both have delivered it. */
function watched(acrossLives = true): Checker {
  const checker = new Checker(acrossLives);
  checker.propose('a', 1, 'x');
  expect(checker.does('a', reply(1, 1), deliver(1, 'x'))).toBeNull();
  expect(checker.does('b', deliver(1, 'x'))).toBeNull();
  return checker;
}

describe('integrity falls', () => {
  test('when something is delivered that nobody asked for', () => {
    expect(watched().does('b', deliver(2, 'y'))?.rule).toBe('integrity');
  });

  test('when a payload comes under a second name, though it was asked for once', () => {
    const checker = watched();
    expect(checker.does('b', deliver(2, 'x'))?.rule).toBe('integrity');
    const twice = watched();
    twice.propose('a', 2, 'x');
    expect(twice.does('b', deliver(2, 'x'))).toBeNull();
  });

  test('when a name has another payload than elsewhere', () => {
    const checker = watched();
    checker.propose('a', 2, 'y');
    expect(new Checker().does('b', deliver(1, 'y'))?.rule).toBe('integrity');
    checker.does('a', reply(2, 2), deliver(2, 'y'));
    expect(checker.does('b', deliver(2, 'x'))?.rule).toBe('integrity');
  });

  test('when a node takes on what nobody asked of it', () => {
    expect(new Checker().does('a', reply(1, 1))?.rule).toBe('integrity');
  });
});

describe('no-duplication falls', () => {
  test('when a node delivers a broadcast twice', () => {
    expect(watched().does('b', deliver(1, 'x'))?.rule).toBe('no-duplication');
  });

  test('after a restart too, unless a protocol promises it for one life alone', () => {
    const logged = watched();
    logged.afterCrash('b');
    expect(logged.does('b', deliver(1, 'x'))?.rule).toBe('no-duplication');
    const forgetful = watched(false);
    forgetful.afterCrash('b');
    expect(forgetful.does('b', deliver(1, 'x'))).toBeNull();
  });
});

test('new-incarnation falls when a restarted node broadcasts under its last one, or a lower one', () => {
  const checker = watched();
  checker.afterCrash('a');
  checker.propose('a', 1, 'y');
  expect(checker.does('a', reply(1, 2, 1))?.rule).toBe('new-incarnation');
  const fresh = watched();
  fresh.afterCrash('a');
  fresh.propose('a', 1, 'y');
  expect(fresh.does('a', reply(1, 2, 2))).toBeNull();
});
