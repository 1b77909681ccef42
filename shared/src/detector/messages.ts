import * as v from 'valibot';
import { CounterSchema, type MessageInfo, type NodeId } from '../core/index.js';

/** What is known of a node, in rising order of weight at equal incarnations (SWIM 4.2). */
export const statuses = ['alive', 'suspect', 'confirmed'] as const;
export type Status = (typeof statuses)[number];

/** What is said of a node. The incarnation is that node's own: nobody else raises it. */
export type Verdict = { readonly status: Status; readonly incarnation: number };
/** A verdict that travels. */
export type Update = Verdict & { readonly node: NodeId };

/**
 * What every message carries. `incarnation` says that its sender is alive in it. `accuses` is what the sender holds of the
 * receiver, where that is not `alive`: it can then refute. `updates` are others' news, piggybacked (SWIM 4.1).
 */
type Carried = {
  readonly incarnation: number;
  readonly accuses: Verdict | null;
  readonly updates: readonly Update[];
};

/** Answered by `ack`. `onBehalfOf`: for whom a helper asks; null when for itself. Sequence 0 is no heartbeat. */
export type Ping = Carried & {
  readonly type: 'ping';
  readonly sequence: number;
  readonly onBehalfOf: NodeId | null;
};
/** Repeats what it answers. */
export type Ack = Carried & {
  readonly type: 'ack';
  readonly sequence: number;
  readonly onBehalfOf: NodeId | null;
};
/** Asks a helper to ping `target` (SWIM 3.1). */
export type PingReq = Carried & {
  readonly type: 'pingReq';
  readonly sequence: number;
  readonly target: NodeId;
};
/** `reached`: the target answered. Not: the helper has no link to it, and so can't ask. */
export type PingReqResponse = Carried & {
  readonly type: 'pingReqResponse';
  readonly sequence: number;
  readonly target: NodeId;
  readonly reached: boolean;
};

export type DetectorMessage = Ping | Ack | PingReq | PingReqResponse;

/** Of a node's id; such letters that it can be a key of a plain object. */
const nodeId = v.pipe(v.string(), v.regex(/^[a-z0-9-]{1,64}$/i, 'no id of a node'));
/** Above what options allow to send. */
export const updatesReadMax = 32;

const verdict = { status: v.picklist(statuses), incarnation: CounterSchema };
const carried = {
  incarnation: CounterSchema,
  accuses: v.nullable(v.strictObject(verdict)),
  updates: v.pipe(v.array(v.strictObject({ node: nodeId, ...verdict })), v.maxLength(updatesReadMax)),
};

const schemas = {
  ping: v.strictObject({
    type: v.literal('ping'),
    sequence: CounterSchema,
    onBehalfOf: v.nullable(nodeId),
    ...carried,
  }),
  ack: v.strictObject({
    type: v.literal('ack'),
    sequence: CounterSchema,
    onBehalfOf: v.nullable(nodeId),
    ...carried,
  }),
  pingReq: v.strictObject({
    type: v.literal('pingReq'),
    sequence: CounterSchema,
    target: nodeId,
    ...carried,
  }),
  pingReqResponse: v.strictObject({
    type: v.literal('pingReqResponse'),
    sequence: CounterSchema,
    target: nodeId,
    reached: v.boolean(),
    ...carried,
  }),
} satisfies { readonly [type in DetectorMessage['type']]: v.GenericSchema<unknown, DetectorMessage> };

/** A frame's body that is no message of the detector's. */
export class DetectorMessageError extends Error {
  override readonly name = 'DetectorMessageError';
}

/** Checks a decoded frame's body. Throws `DetectorMessageError` with the reason when it is no message of the detector's. */
export function parseDetectorMessage(given: unknown): DetectorMessage {
  const type = typeof given === 'object' && given !== null && 'type' in given ? given.type : undefined;
  if (typeof type !== 'string' || !isMessageType(type)) {
    throw new DetectorMessageError(`a message of the detector has a type it knows, not ${String(type)}`);
  }
  const parsed = v.safeParse<v.GenericSchema<unknown, DetectorMessage>>(schemas[type], given, {
    abortEarly: true,
  });
  if (parsed.success) return parsed.output;
  const [issue] = parsed.issues;
  throw new DetectorMessageError(`${type}.${v.getDotPath(issue) ?? ''}: ${issue.message}`);
}

function isMessageType(type: string): type is DetectorMessage['type'] {
  return Object.hasOwn(schemas, type);
}

/** Whether a message of a union is the detector's: a protocol that stands on it tells its own apart. */
export function isDetectorMessage(message: { readonly type: string }): message is DetectorMessage {
  return isMessageType(message.type);
}

/** What the screen shows of a message. */
export function describeDetectorMessage(message: DetectorMessage): MessageInfo {
  const { type, sequence, incarnation, accuses, updates } = message;
  const summary = {
    sequence,
    incarnation,
    ...(accuses === null ? {} : { accuses: accuses.status }),
    ...(updates.length === 0
      ? {}
      : { updates: updates.map(({ node, status }) => `${node} ${status}`).join(', ') }),
  };
  const shown = { kind: type.charAt(0).toUpperCase() + type.slice(1), reign: 0, entries: 0 };
  switch (message.type) {
    case 'ping':
      return { ...shown, summary: { ...summary, onBehalfOf: message.onBehalfOf } };
    case 'ack':
      return { ...shown, answer: 'yes', summary: { ...summary, onBehalfOf: message.onBehalfOf } };
    case 'pingReq':
      return { ...shown, summary: { ...summary, target: message.target } };
    case 'pingReqResponse':
      return {
        ...shown,
        answer: message.reached ? 'yes' : 'no',
        summary: { ...summary, target: message.target },
      };
  }
}
