import * as v from 'valibot';
import { broadcastName, type InstanceName, type MessageInfo } from '../../core/index.js';
import { messageParser, payload, positive, whole } from '../common/schemas.js';
import {
  announcementsMax,
  digestStreamsMax,
  idLengthMax,
  rangesMax,
  repairMessagesMax,
  roundMax,
} from './limits.js';
import type { GossipMessage } from './messages.js';
import { areRanges } from './receipt/ranges.js';

/** Ids become keys of plain objects: none that means something to them. */
const nodeId = v.pipe(v.string(), v.maxLength(idLengthMax), v.regex(/^[A-Za-z0-9][A-Za-z0-9._:-]*$/));
const round = v.pipe(whole, v.maxValue(roundMax));
const messageId = { origin: nodeId, incarnation: positive, sequence: positive };
const broadcast = v.strictObject({ ...messageId, payload });
/** The longest walk that options allow, and the node that began it. */
const hopsMax = 16;
const timeToLive = v.pipe(whole, v.maxValue(hopsMax));
const path = v.pipe(v.array(nodeId), v.minLength(1), v.maxLength(hopsMax + 1));
/** The most that options let a shuffle carry: itself, 16 of the active view and 32 of the passive one. */
const nodes = v.pipe(v.array(nodeId), v.maxLength(1 + 16 + 32));
const cursor = v.nullable(v.pipe(v.string(), v.minLength(1), v.maxLength(idLengthMax + 17)));
const range = v.tuple([positive, positive]);
const ranges = v.pipe(
  v.array(range),
  v.maxLength(rangesMax),
  v.check((given) => areRanges(given), 'ranges are disjoint and rise'),
);

const parse = messageParser<GossipMessage>('gossip', {
  join: v.strictObject({ type: v.literal('join') }),
  forwardJoin: v.strictObject({ type: v.literal('forwardJoin'), newNode: nodeId, timeToLive }),
  neighbor: v.strictObject({ type: v.literal('neighbor'), priority: v.picklist(['high', 'low']) }),
  neighborReply: v.strictObject({ type: v.literal('neighborReply'), accepted: v.boolean() }),
  disconnect: v.strictObject({ type: v.literal('disconnect') }),
  keepalive: v.strictObject({ type: v.literal('keepalive') }),
  shuffle: v.strictObject({ type: v.literal('shuffle'), shuffle: positive, timeToLive, path, nodes }),
  shuffleReply: v.strictObject({ type: v.literal('shuffleReply'), shuffle: positive, path, nodes }),
  gossip: v.strictObject({ type: v.literal('gossip'), message: broadcast, round, isRepair: v.boolean() }),
  ihave: v.strictObject({
    type: v.literal('ihave'),
    announcements: v.pipe(
      v.array(v.strictObject({ ...messageId, round })),
      v.minLength(1),
      v.maxLength(announcementsMax),
    ),
  }),
  graft: v.strictObject({ type: v.literal('graft'), message: v.nullable(v.strictObject(messageId)), round }),
  prune: v.strictObject({ type: v.literal('prune') }),
  digest: v.strictObject({
    type: v.literal('digest'),
    after: cursor,
    upTo: cursor,
    streams: v.pipe(
      v.array(v.strictObject({ origin: nodeId, incarnation: positive, ranges })),
      v.maxLength(digestStreamsMax),
    ),
    isReply: v.boolean(),
  }),
  repair: v.strictObject({
    type: v.literal('repair'),
    messages: v.pipe(
      v.array(v.strictObject({ message: broadcast, round })),
      v.minLength(1),
      v.maxLength(repairMessagesMax),
    ),
    more: v.boolean(),
  }),
});

/** Checks a decoded frame's body. Throws `MessageError` with the reason when it is no message of gossip's. */
export function parseMessage(body: unknown, _to: InstanceName): GossipMessage {
  return parse(body);
}

/** What the screen shows of a message. */
export function describe(message: GossipMessage): MessageInfo {
  const { type } = message;
  const kind = type === 'ihave' ? 'IHave' : type.charAt(0).toUpperCase() + type.slice(1);
  const shown = { kind, reign: 0, entries: 0 } as const;
  switch (message.type) {
    case 'join':
    case 'disconnect':
    case 'keepalive':
    case 'prune':
      return { ...shown, summary: {} };
    case 'forwardJoin': {
      const { newNode, timeToLive } = message;
      return { ...shown, summary: { newNode, timeToLive } };
    }
    case 'neighbor':
      return { ...shown, summary: { priority: message.priority } };
    case 'neighborReply':
      return { ...shown, answer: message.accepted ? 'yes' : 'no', summary: {} };
    case 'shuffle': {
      const { path, timeToLive, nodes } = message;
      return { ...shown, summary: { origin: path[0] ?? '', timeToLive, nodes: nodes.length } };
    }
    case 'shuffleReply':
      return { ...shown, summary: { origin: message.path[0] ?? '', nodes: message.nodes.length } };
    case 'gossip': {
      const { message: carried, round, isRepair } = message;
      return { ...shown, entries: 1, summary: { message: broadcastName(carried), round, isRepair } };
    }
    case 'ihave': {
      const { announcements } = message;
      const [first] = announcements;
      const text = first === undefined ? '' : broadcastName(first);
      return { ...shown, summary: { message: text, announcements: announcements.length } };
    }
    case 'graft':
      return {
        ...shown,
        summary: { message: message.message === null ? null : broadcastName(message.message) },
      };
    case 'digest':
      return { ...shown, summary: { streams: message.streams.length, isReply: message.isReply } };
    case 'repair': {
      const { messages, more } = message;
      return { ...shown, entries: messages.length, summary: { messages: messages.length, more } };
    }
  }
}
