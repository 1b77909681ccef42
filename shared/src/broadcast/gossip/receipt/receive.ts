import { assert, type Delivery } from '../../../core/index.js';
import { heldMax, rangesMax } from '../limits.js';
import { type Broadcast, messageKey } from '../messages.js';
import type { Held, Receipt, Stream } from '../state.js';
import { note, type Step, setTimer, timers } from '../step.js';
import { addUpTo } from './ranges.js';
import { store } from './store.js';
import { closeGapBeyond, hasReceived, markReceived } from './streams.js';

/**
 * Takes a message if it is new: remembers it, keeps it, delivers it, or, with fifo, lets it wait for earlier ones.
 * Answers whether it was new.
 */
export function receive(step: Step, message: Broadcast, round: number): boolean {
  const { receipt, options } = step.state;
  if (hasReceived(receipt, message)) return false;
  const stream = markReceived(receipt, message);
  if (stream === null) {
    note(step, 'origin-refused', { origin: message.origin });
    return false;
  }
  for (let gap = closeGapBeyond(stream, rangesMax); gap !== null; gap = closeGapBeyond(stream, rangesMax))
    noteGap(step, stream, gap);
  store(receipt, message, round, options);
  if (!options.fifo) deliver(step, message);
  else holdBack(step, stream, message);
  return true;
}

function deliver(step: Step, { origin, incarnation, sequence, payload }: Broadcast): void {
  const output: Delivery = { type: 'delivery', origin, incarnation, sequence, payload };
  step.effects.push({ type: 'indicate', output });
}

function holdBack(step: Step, stream: Stream, message: Broadcast): void {
  const { receipt } = step.state;
  assert(message.sequence >= stream.nextDelivery, 'what counts as received is not taken again');
  receipt.held[messageKey(message)] = { message, since: step.now };
  receipt.heldCount += 1;
  stream.held += 1;
  deliverInOrder(step, stream);
  while (receipt.heldCount > heldMax) skipGap(step, longestWaiting(receipt));
  setGapsTimer(step, step.state.options.fifoGapMs);
}

/** Delivers what is next, as long as it is there. */
function deliverInOrder(step: Step, stream: Stream): void {
  const { receipt } = step.state;
  for (;;) {
    const key = messageKey({ ...stream, sequence: stream.nextDelivery });
    const held = Object.hasOwn(receipt.held, key) ? receipt.held[key] : undefined;
    if (held === undefined) break;
    delete receipt.held[key];
    receipt.heldCount -= 1;
    stream.held -= 1;
    stream.nextDelivery += 1;
    deliver(step, held.message);
  }
  stream.waitsSince = firstHeld(receipt, stream)?.since ?? null;
}

/** Of those that wait in this stream the one with the lowest sequence. */
function firstHeld({ held }: Receipt, { origin, incarnation, held: count }: Stream): Held | null {
  if (count === 0) return null;
  const waiting = Object.values(held).filter(
    ({ message }) => message.origin === origin && message.incarnation === incarnation,
  );
  return waiting.reduce((a, b) => (a.message.sequence < b.message.sequence ? a : b));
}

/** Gives up the messages that the stream waits for: from now on they count as received. */
function skipGap(step: Step, stream: Stream): void {
  const { nextDelivery } = stream;
  const to = firstHeld(step.state.receipt, stream)?.message.sequence ?? nextDelivery;
  noteGap(step, stream, { from: nextDelivery, to: to - 1 });
  addUpTo(stream.ranges, to - 1);
  stream.nextDelivery = to;
  deliverInOrder(step, stream);
}

function noteGap(step: Step, { origin, incarnation }: Stream, gap: { from: number; to: number }): void {
  note(step, 'gap-given-up', { origin, incarnation, ...gap });
}

function longestWaiting({ streams }: Receipt): Stream {
  const waiting = Object.values(streams).filter(({ held }) => held > 0);
  return waiting.reduce((a, b) => ((a.waitsSince ?? 0) <= (b.waitsSince ?? 0) ? a : b));
}

/** With fifo: streams that have waited for too long go on without what they wait for. */
export function onGapsTimeout(step: Step): void {
  const { receipt, options } = step.state;
  receipt.gapsTimerSet = false;
  for (const stream of Object.values(receipt.streams)) {
    while (stream.waitsSince !== null && step.now - stream.waitsSince >= options.fifoGapMs)
      skipGap(step, stream);
  }
  setGapsTimer(step, Math.ceil(options.fifoGapMs / 4));
}

function setGapsTimer(step: Step, afterMs: number): void {
  const { receipt } = step.state;
  if (receipt.gapsTimerSet || receipt.heldCount === 0) return;
  receipt.gapsTimerSet = true;
  setTimer(step, timers.gaps, afterMs);
}
