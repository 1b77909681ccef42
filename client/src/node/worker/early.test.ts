import { expect, test } from 'vitest';
import { EarlyOrders, type LabOrder } from './early.js';
import type { LabAnswer, LabRequest } from './messages.js';

function make() {
  const answers: LabAnswer[] = [];
  return { early: new EarlyOrders((answer) => answers.push(answer)), answers };
}

function requests(first: number, count: number): LabOrder {
  const operation = new Uint8Array(1);
  return {
    type: 'requests',
    requests: Array.from({ length: count }, (_, i) => ({ id: first + i, run: 'r', kind: 'read', operation })),
  };
}

const stop: LabOrder = { type: 'stop', run: 'r' };

test('what comes before the disk is open is kept in order, without frames, and one keyframe for all', () => {
  const { early, answers } = make();
  const asked = requests(1, 2);
  const frame: LabOrder = { type: 'frame', from: 'n2', frame: new Uint8Array(1) };
  const keyframe: LabOrder = { type: 'keyframe' };
  for (const order of [stop, frame, asked, keyframe, keyframe, stop]) early.add(order);
  expect(early.take()).toEqual([stop, asked, keyframe, stop]);
  expect(early.take()).toEqual([]);
  expect(answers).toEqual([]);
});

test('requests beyond the bound are answered with busy, each of them, and the others are kept', () => {
  const { early, answers } = make();
  early.add(requests(1, 1_000));
  early.add(requests(1_001, 30));
  early.add({ type: 'control', id: 2_000, run: 'r', action: { kind: 'transferLeadership', to: 'n2' } });
  early.add(requests(3_000, 1));
  const kept = early
    .take()
    .flatMap((order): readonly LabRequest[] => (order.type === 'requests' ? order.requests : []));
  expect(kept).toHaveLength(1_024);
  expect(answers.map(({ id }) => id)).toEqual([1_025, 1_026, 1_027, 1_028, 1_029, 1_030, 2_000, 3_000]);
  expect(answers[0]?.answer).toEqual({ ok: false, error: 'busy' });
});

test('a room beyond all reason ends the lab instead of filling its memory', () => {
  const { early } = make();
  expect(() => {
    for (let i = 0; i < 10_000; i += 1) early.add(stop);
  }).toThrow('too much came before the disk was open');
});
