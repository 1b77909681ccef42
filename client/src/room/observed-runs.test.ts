import type { TraceEvent } from '@quorate/shared/trace';
import { expect, test } from 'vitest';
import { ObservedRuns } from './observed-runs.js';

/** A leader of `run` says how it is. */
function leads(run: string, node: string, reign: number): TraceEvent {
  return {
    node,
    life: 1,
    seq: 1,
    count: 1,
    run,
    instance: 'server',
    clock: 1,
    atMs: 1,
    wallMs: 1,
    type: 'state',
    observation: {
      role: 'leader',
      reign,
      leader: node,
      firstIndex: 1,
      lastIndex: reign,
      commitIndex: reign,
      appliedIndex: reign,
      logReigns: [],
      detail: {},
    },
    timers: {},
  };
}

test('what is seen of one run says nothing of another, and a run that has stopped is forgotten', () => {
  const observed = new ObservedRuns('b');
  observed.take([leads('one', 'a', 9), leads('two', 'b', 2), leads('three', 'c', 5)], ['one', 'two']);
  expect(observed.of('one')?.fromOutside(null)).toMatchObject({ leader: 'a', reign: 9 });
  expect(observed.of('two')?.fromOutside(null)).toMatchObject({ leader: 'b', reign: 2 });
  expect(observed.of('one')?.own().role).toBeNull();
  expect(observed.of('two')?.own().role).toBe('leader');
  expect(observed.of('three')).toBeNull();
  observed.forgetOwn();
  expect(observed.of('two')?.own().role).toBeNull();
  observed.take([], ['two']);
  expect(observed.of('one')).toBeNull();
  expect(observed.of('two')?.fromOutside(null).leader).toBe('b');
});
