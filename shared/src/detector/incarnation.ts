import * as v from 'valibot';
import { assert, CounterSchema, type DiskImage, nextCounter, type WriteId } from '../core/index.js';
import type { Verdict } from './messages.js';
import { note, type Step } from './step.js';

export const incarnationKey = 'incarnation';
/** So many incarnations are reserved on disk at once, that a refutation seldom waits for it. */
export const reserved = 64;

/**
 * A life begins with an incarnation above all that the last one may have used. Until the disk has that, the node says
 * nothing. Throws when the disk holds what this detector never wrote.
 */
export function recoverIncarnation(step: Step, { values }: DiskImage): void {
  const written = values[incarnationKey];
  const limit = written === undefined ? 0 : v.parse(CounterSchema, written);
  step.state.incarnation.durableLimit = limit;
  reserve(step, nextCounter(limit));
}

/** Only a node itself raises its incarnation, and only when it is accused in the present one, or in a later one (SWIM 4.2). */
export function defend(step: Step, { status, incarnation }: Verdict): void {
  const { current } = step.state.incarnation;
  const isNews = status === 'alive' ? incarnation > current : incarnation >= current;
  if (isNews) raise(step, nextCounter(incarnation));
}

function raise(step: Step, to: number): void {
  const { incarnation } = step.state;
  if (to > incarnation.durableLimit) return reserve(step, to);
  if (to <= incarnation.current) return;
  incarnation.current = to;
  note(step, 'accusation-refuted', { incarnation: to });
  if (to + reserved / 2 > incarnation.durableLimit && incarnation.writing === null) reserve(step, null);
}

/** Answers true when the node has just got its first incarnation. */
export function onPersisted(step: Step, write: WriteId): boolean {
  const { incarnation } = step.state;
  const { writing, current } = incarnation;
  if (writing === null || writing.write !== write) return false;
  incarnation.writing = null;
  incarnation.durableLimit = writing.limit;
  if (writing.wanted === null) return false;
  if (current > 0) {
    raise(step, writing.wanted);
    return false;
  }
  assert(writing.wanted <= writing.limit, 'a reservation covers what it was made for');
  incarnation.current = writing.wanted;
  return true;
}

/** Writes that incarnations beyond `wanted`, or the present one, are taken; takes up `wanted` once that is durable. */
function reserve(step: Step, wanted: number | null): void {
  const { incarnation } = step.state;
  const { writing } = incarnation;
  // One write at a time: what is accused meanwhile is accused again.
  if (writing !== null) return;
  const limit = Math.max(
    nextCounter((wanted ?? incarnation.current) + reserved - 1),
    incarnation.durableLimit,
  );
  incarnation.lastWrite += 1;
  incarnation.writing = { write: incarnation.lastWrite, limit, wanted };
  const ops = [{ kind: 'set', key: incarnationKey, value: limit } as const];
  step.effects.push({ type: 'persist', write: incarnation.lastWrite, ops });
}
