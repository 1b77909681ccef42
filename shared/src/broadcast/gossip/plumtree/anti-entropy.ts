import type { NodeId } from '../../../core/index.js';
import { digestAnswersMax, digestStreamsMax, repairBytesMax, repairMessagesMax } from '../limits.js';
import { type Digest, type Missed, type Repair, type StreamDigest, streamKey } from '../messages.js';
import { contains, lacksAny } from '../receipt/ranges.js';
import { findStream, hasReceived, isForgotten, sortedStreams } from '../receipt/streams.js';
import { jittered, type OverlayStep, oneOf, send, setTimer, timers } from '../step.js';
import { isNeighbour } from './links.js';
import { forgetMissing } from './missing.js';
import { takeIn } from './push.js';
import { mayAnswer } from './quota.js';

export function setAntiEntropyTimer(step: OverlayStep): void {
  const { tree, options } = step.state;
  if (options.antiEntropyMs === 0) return;
  setTimer(step, timers.antiEntropy, jittered(tree.random, options.antiEntropyMs));
}

/** Compares with a random neighbour what each has received. */
export function onAntiEntropyTimeout(step: OverlayStep): void {
  const { tree } = step.state;
  setAntiEntropyTimer(step);
  const peer = oneOf(tree.random, [...tree.eager, ...tree.lazy]);
  if (peer !== null) sendDigest(step, peer);
}

/** The next part of what was received: all of it where it fits. */
export function sendDigest(step: OverlayStep, to: NodeId): void {
  const { tree, receipt } = step.state;
  const after = tree.digestAfter;
  const streams = sortedStreams(receipt).filter(([key]) => after === null || key > after);
  const part = streams.slice(0, digestStreamsMax);
  const upTo = part.length < streams.length ? (part.at(-1)?.[0] ?? null) : null;
  tree.digestAfter = upTo;
  const digests = part.map(([, stream]) => digestOf(stream));
  send(step, to, { type: 'digest', after, upTo, streams: digests, isReply: false });
}

function digestOf({ origin, incarnation, ranges }: StreamDigest): StreamDigest {
  return { origin, incarnation, ranges: ranges.map(([first, last]) => [first, last]) };
}

/** Sends what the other lacks, and asks, by a digest of the same part, for what this node lacks. */
export function onDigest(step: OverlayStep, from: NodeId, digest: Digest): void {
  const { tree, receipt } = step.state;
  if (!isNeighbour(tree, from) || !mayAnswer(step, from, 'digests', digestAnswersMax)) return;
  const theirs = new Map(digest.streams.map((stream) => [streamKey(stream), stream.ranges]));
  const missed: Missed[] = [];
  let bytes = 0;
  let more = false;
  for (const key of receipt.order) {
    const stored = receipt.stored[key];
    if (stored === undefined) continue;
    const { message } = stored;
    const stream = streamKey(message);
    if (!isWithin(stream, digest) || contains(theirs.get(stream) ?? [], message.sequence)) continue;
    const isFull = missed.length >= repairMessagesMax || bytes + message.payload.length > repairBytesMax;
    if (isFull && missed.length > 0) {
      more = true;
      break;
    }
    missed.push({ message, round: stored.round });
    bytes += message.payload.length;
  }
  if (missed.length > 0) send(step, from, { type: 'repair', messages: missed, more });
  if (!digest.isReply && lacksOf(step, digest)) {
    const { after, upTo } = digest;
    const streams = sortedStreams(receipt)
      .filter(([key]) => isWithin(key, digest))
      .slice(0, digestStreamsMax);
    // Where this node knows of more streams than fit, the answer covers less.
    const isAll = streams.length < digestStreamsMax;
    const end = isAll ? upTo : (streams.at(-1)?.[0] ?? upTo);
    send(step, from, {
      type: 'digest',
      after,
      upTo: end,
      streams: streams.map(([, stream]) => digestOf(stream)),
      isReply: true,
    });
  }
}

function isWithin(key: string, { after, upTo }: Digest): boolean {
  return (after === null || key > after) && (upTo === null || key <= upTo);
}

function lacksOf({ state }: OverlayStep, { streams }: Digest): boolean {
  return streams.some((stream) => {
    if (isForgotten(state.receipt, stream)) return false;
    return lacksAny(findStream(state.receipt, stream)?.ranges ?? [], stream.ranges);
  });
}

/** Takes what it had missed, and lets it follow the tree from here: others behind it have missed it, too. */
export function onRepair(step: OverlayStep, from: NodeId, { messages, more }: Repair): void {
  if (!isNeighbour(step.state.tree, from)) return;
  let taken = false;
  for (const { message, round } of messages) {
    if (hasReceived(step.state.receipt, message)) continue;
    if (!takeIn(step, from, { message, round, isRepair: true })) continue;
    forgetMissing(step.state.tree, message);
    taken = true;
  }
  // Where nothing was new, what is left is on its way already.
  if (more && taken) sendDigest(step, from);
}
