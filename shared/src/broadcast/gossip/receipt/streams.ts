import { compareIds, type NodeId } from '../../../core/index.js';
import { incarnationsMax, originsMax } from '../limits.js';
import { type MessageId, streamKey } from '../messages.js';
import type { Receipt, Stream } from '../state.js';
import { add, addUpTo, contains } from './ranges.js';

/** Whether the message was received, or counts as received: of a life that is no longer told apart from older ones. */
export function hasReceived(receipt: Receipt, id: MessageId): boolean {
  if (isForgotten(receipt, id)) return true;
  const stream = findStream(receipt, id);
  return stream !== null && contains(stream.ranges, id.sequence);
}

/** True when nothing of this life of the origin is delivered any more. */
export function isForgotten(
  { floors }: Receipt,
  { origin, incarnation }: Pick<MessageId, 'origin' | 'incarnation'>,
): boolean {
  return Object.hasOwn(floors, origin) && incarnation <= (floors[origin] ?? 0);
}

export function findStream(
  { streams }: Receipt,
  id: Pick<MessageId, 'origin' | 'incarnation'>,
): Stream | null {
  const key = streamKey(id);
  return Object.hasOwn(streams, key) ? (streams[key] ?? null) : null;
}

/** Marks a message as received. Answers its stream, or null when it must not be taken: its origin is one too many. */
export function markReceived(receipt: Receipt, id: MessageId): Stream | null {
  const stream = findStream(receipt, id) ?? openStream(receipt, id);
  if (stream === null) return null;
  add(stream.ranges, id.sequence);
  return stream;
}

/** Gives up what is missing first, where too much is missing: it counts as received. Answers with what, or null. */
export function closeGapBeyond({ ranges }: Stream, max: number): { from: number; to: number } | null {
  const [first, second] = ranges;
  if (ranges.length <= max || first === undefined || second === undefined) return null;
  const gap = first[0] > 1 ? { from: 1, to: first[0] - 1 } : { from: first[1] + 1, to: second[0] - 1 };
  addUpTo(ranges, gap.to);
  return gap;
}

function openStream(receipt: Receipt, { origin, incarnation }: MessageId): Stream | null {
  if (!admit(receipt, origin, incarnation)) return null;
  const stream: Stream = { origin, incarnation, ranges: [], nextDelivery: 1, held: 0, waitsSince: null };
  receipt.streams[streamKey(stream)] = stream;
  return stream;
}

/** Makes room for one more life of this origin: the oldest one is forgotten, with all before it. */
function admit(receipt: Receipt, origin: NodeId, incarnation: number): boolean {
  const { lives } = receipt;
  const isKnown = Object.hasOwn(lives, origin);
  if (!isKnown) {
    if (receipt.originCount >= originsMax) return false;
    receipt.originCount += 1;
  }
  const count = isKnown ? (lives[origin] ?? 0) : 0;
  lives[origin] = count + 1;
  if (count < incarnationsMax) return true;
  const oldest = Object.values(receipt.streams)
    .filter((stream) => stream.origin === origin)
    .reduce((a, b) => (a.incarnation < b.incarnation ? a : b));
  if (incarnation < oldest.incarnation) {
    lives[origin] = count;
    return false;
  }
  lives[origin] = count;
  delete receipt.streams[streamKey(oldest)];
  receipt.floors[origin] = oldest.incarnation;
  return true;
}

/** All streams in the order of their keys. */
export function sortedStreams({ streams }: Receipt): (readonly [key: string, stream: Stream])[] {
  return Object.entries(streams).sort(([a], [b]) => compareIds(a, b));
}
