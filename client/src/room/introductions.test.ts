import { expect, test } from 'vitest';
import { alonePatienceMs, Introductions } from './introductions.js';

function introductions() {
  const clock = { nowMs: 0 };
  const said: boolean[] = [];
  const made = new Introductions(
    (wanted) => said.push(wanted),
    () => clock.nowMs,
  );
  return { made, clock, said };
}

test('a tab that is with the host gives up the server when the host says so, and takes it again', () => {
  const { made, said } = introductions();
  made.look(false, true);
  expect(said).toEqual([]);
  made.look(true, true);
  made.look(true, true);
  made.look(false, true);
  expect(said).toEqual([false, true]);
});

test('a tab that has just been opened keeps the server until it has found the host', () => {
  const { made, clock, said } = introductions();
  made.look(true, false);
  clock.nowMs += 10 * alonePatienceMs;
  made.look(true, false);
  expect(said).toEqual([]);
  made.look(true, true);
  expect(said).toEqual([false]);
});

test('who has lost the host takes the server again after a while, not at once, and gives it up when they have met', () => {
  const { made, clock, said } = introductions();
  made.look(true, true);
  clock.nowMs += alonePatienceMs - 1;
  made.look(true, false);
  expect(said).toEqual([false]);
  clock.nowMs += 1;
  made.look(true, false);
  expect(said).toEqual([false, true]);
  made.look(true, true);
  expect(said).toEqual([false, true, false]);
});
