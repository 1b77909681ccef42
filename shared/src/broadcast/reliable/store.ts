import { assert, type Index } from '../../core/index.js';
import { add, advance, type Received } from '../common/received.js';
import type { Message } from './messages.js';
import type { Entry, Origin, ReliableState } from './state.js';
import { append, entryAt, lastIndex, originOf, record, type Step } from './step.js';

export const droppedKey = 'dropped';
/** When the store is full, it is emptied so far, in one go: each time costs a write of what is known of all origins. */
const keptShare = 3 / 4;

/** Puts a message on its way to disk. Answers with its place in the log. */
export function hold(step: Step, origin: Origin, message: Message): Index {
  origin.messages[message.sequence] = message;
  origin.writing.push(message.sequence);
  step.state.bytes += message.payload.length;
  return append(step, { kind: 'message', message });
}

/**
 * Drops the oldest entries of a store that is too full, as far as what they hold has been delivered: what has not, each
 * origin's window bounds.
 */
export function dropBeyond(step: Step): void {
  const { state } = step;
  const { storeMax, storeBytesMax } = state.options;
  if (state.entries.length <= storeMax && state.bytes <= storeBytesMax) return;
  const before = state.offset;
  while (state.entries.length > storeMax * keptShare || state.bytes > storeBytesMax * keptShare) {
    const index = state.offset + 1;
    if (index > state.durableIndex || !mayBeDropped(state, entryAt(state, index))) break;
    const entry = state.entries.shift();
    assert(entry !== undefined, 'what is dropped was there');
    state.offset = index;
    drop(state, entry);
  }
  if (state.offset === before) return;
  record(step, { kind: 'set', key: droppedKey, value: droppedOf(state) });
  record(step, { kind: 'compactTo', index: state.offset });
}

/** What entries say of an origin: its messages are had, and, where that goes without saying, delivered. */
export function learn(
  entry: Entry,
  isUniform: boolean,
  { have, delivered }: { readonly have: Received; readonly delivered: Received },
): void {
  switch (entry.kind) {
    case 'message':
      add(have, entry.message.sequence);
      if (!isUniform) add(delivered, entry.message.sequence);
      return;
    case 'delivered':
      add(delivered, entry.sequence);
      return;
    case 'missed':
      addRange(have, entry.first, entry.last);
      addRange(delivered, entry.first, entry.last);
  }
}

export function nameOf(entry: Entry): string {
  return entry.kind === 'message' ? entry.message.origin : entry.origin;
}

function addRange(received: Received, first: number, last: number): void {
  if (first <= received.upTo + 1) return advance(received, last);
  for (let sequence = first; sequence <= last; sequence++) add(received, sequence);
}

function mayBeDropped(state: ReliableState, entry: Entry): boolean {
  if (entry.kind !== 'message') return true;
  const { origin, sequence } = entry.message;
  const delivered = originOf(state, origin)?.delivered;
  return delivered !== undefined && (sequence <= delivered.upTo || delivered.ahead.includes(sequence));
}

function drop(state: ReliableState, entry: Entry): void {
  const origin = originOf(state, nameOf(entry));
  assert(origin !== null, 'whoever has an entry in the log is known');
  learn(entry, state.options.uniform, origin.dropped);
  if (entry.kind !== 'message') return;
  delete origin.messages[entry.message.sequence];
  state.bytes -= entry.message.payload.length;
}

function droppedOf({ origins }: ReliableState): unknown {
  return Object.entries(origins)
    .filter(([, { dropped }]) => dropped.have.upTo > 0 || dropped.have.ahead.length > 0)
    .map(([origin, { dropped, missed }]) => ({
      origin,
      have: { upTo: dropped.have.upTo, ahead: [...dropped.have.ahead] },
      delivered: { upTo: dropped.delivered.upTo, ahead: [...dropped.delivered.ahead] },
      missed,
    }));
}

/** Whether the store has what the log's entry at this place says. */
export function isInStore(state: ReliableState, index: Index): boolean {
  return index > state.offset && index <= lastIndex(state);
}
