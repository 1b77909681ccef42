import * as v from 'valibot';
import { assert, type Delivery, type DiskImage, type Index, type NodeId } from '../../core/index.js';
import { readIncarnation } from '../common/incarnation.js';
import { advance, includes, type Received } from '../common/received.js';
import { payload, positive, sender, whole } from '../common/schemas.js';
import { createOrigin, type Entry, known, type Origin, type ReliableState } from './state.js';
import { originOf } from './step.js';
import { droppedKey, learn, nameOf } from './store.js';

const receivedSchema = v.strictObject({ upTo: whole, ahead: v.array(positive) });
const droppedSchema = v.array(
  v.strictObject({ origin: sender, have: receivedSchema, delivered: receivedSchema, missed: whole }),
);
const messageSchema = v.strictObject({ origin: sender, incarnation: positive, sequence: positive, payload });
const entrySchema = v.variant('kind', [
  v.strictObject({ kind: v.literal('message'), message: messageSchema }),
  v.strictObject({ kind: v.literal('delivered'), origin: sender, sequence: positive }),
  v.strictObject({ kind: v.literal('missed'), origin: sender, first: positive, last: positive }),
]);

/** What a server's disk holds. */
export type Persistent = {
  readonly incarnation: number;
  readonly origins: { [origin: NodeId]: Origin };
  readonly offset: Index;
  readonly entries: Entry[];
};

/** Reads what a server's disk holds. Throws when that is what no server wrote. */
export function readDisk({ values, log, ...rest }: DiskImage, isUniform: boolean): Persistent {
  const origins: { [origin: NodeId]: Origin } = {};
  for (const { origin, have, delivered, missed } of v.parse(droppedSchema, values[droppedKey] ?? [])) {
    const created = createOrigin();
    for (const received of [created.have, created.dropped.have]) fill(received, have);
    for (const received of [created.delivered, created.dropped.delivered]) fill(received, delivered);
    created.missed = missed;
    origins[origin] = created;
  }
  const offset = (log[0]?.index ?? 1) - 1;
  const entries = log.map(({ index, value }, i) => {
    assert(index === offset + i + 1, 'a log on disk has no gap');
    const entry = v.parse(entrySchema, value);
    const origin = known(origins, nameOf(entry)) ?? createOrigin();
    origins[nameOf(entry)] = origin;
    learn(entry, isUniform, origin);
    if (entry.kind === 'message') origin.messages[entry.message.sequence] = entry.message;
    if (entry.kind === 'missed') origin.missed += entry.last - entry.first + 1;
    return entry;
  });
  return { incarnation: readIncarnation({ values, log, ...rest }), origins, offset, entries };
}

/** A restarted server has all that its disk says it has, and has delivered what that says it had. */
export function recover(state: ReliableState, disk: DiskImage): void {
  const { incarnation, origins, offset, entries } = readDisk(disk, state.options.uniform);
  state.incarnation = incarnation;
  Object.assign(state.origins, origins);
  state.offset = offset;
  state.entries.push(...entries);
  state.durableIndex = offset + entries.length;
  for (const entry of entries) if (entry.kind === 'message') state.bytes += entry.message.payload.length;
  const own = originOf(state, state.self);
  assert(own !== null && own.have.ahead.length === 0, 'own broadcasts go to disk in their order');
  state.lastSequence = own.have.upTo;
}

/** What it delivered in earlier lives, as far as the log still holds it, in that order. */
export function deliveriesOf({ entries, origins, options }: ReliableState): Delivery[] {
  return entries.flatMap((entry): Delivery[] => {
    if (entry.kind === 'missed' || (entry.kind === 'message') === options.uniform) return [];
    const message =
      entry.kind === 'message' ? entry.message : known(origins, entry.origin)?.messages[entry.sequence];
    if (message === undefined) return [];
    assert(
      includes(known(origins, message.origin)?.delivered ?? { upTo: 0, ahead: [] }, message.sequence),
      'what the log says is delivered counts as delivered',
    );
    return [{ type: 'delivery', ...message }];
  });
}

function fill(received: Received, { upTo, ahead }: Readonly<Received>): void {
  advance(received, upTo);
  received.ahead.push(...ahead);
}
