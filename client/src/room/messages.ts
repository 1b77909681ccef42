import { CounterSchema } from '@quorate/shared/core';
import { decodeValue, encodeValue, NodeIdSchema } from '@quorate/shared/wire';
import * as v from 'valibot';
import { errorCodes } from '../api/types.js';
import { SignedDocumentSchema } from './control/signed.js';
import { faultsMax, RunIdSchema } from './document.js';
import { TabRecordSchema, tabsMax } from './roster.js';

/** The version of what tabs say to each other on the system plane. */
export const systemVersion = 4;

/** A code that this tab does not know is a newer one's; what it means stands in the message. */
const OrderErrorSchema = v.object({
  code: v.fallback(v.picklist(errorCodes), 'internal'),
  message: v.pipe(v.string(), v.maxLength(512)),
});
/** Those of one giver rise over all its lives. */
const orderId = v.pipe(CounterSchema, v.minValue(1));

const tabs = v.pipe(v.array(TabRecordSchema), v.maxLength(tabsMax));

/**
 * What tabs say to each other on the system plane. `hello` opens a link; `document` and `tab` spread news, and `digest`
 * finds out where some was lost, which `news` then brings; `order` is a signed word to one tab, of what to do to its node or to
 * change in the room, answered by `ordered`; `reached` says that a node has come to what the run was to pause at; `trace`
 * carries telemetry. `overlay` is the room's gossip, which carries news to every tab, and `told` carries it where all are linked.
 */
const SystemMessageSchema = v.variant('type', [
  v.object({
    type: v.literal('hello'),
    document: v.nullable(SignedDocumentSchema),
    tabs,
    /** What orders to this page are signed for. */
    life: v.pipe(v.instance(Uint8Array), v.length(16)),
  }),
  /** News from its origin to all, where it is linked to all; its page numbers its batches of trace. */
  v.object({
    type: v.literal('told'),
    page: CounterSchema,
    payload: v.pipe(v.instance(Uint8Array), v.maxLength(64 * 1024)),
  }),
  /** Of the room's gossip; read by its own schema. */
  v.object({ type: v.literal('overlay'), message: v.unknown() }),
  v.object({
    type: v.literal('digest'),
    /** Alike for two tabs that have the same document, and have heard the same of all tabs, as far as chance goes. */
    document: CounterSchema,
    tabs: CounterSchema,
  }),
  v.object({
    type: v.literal('news'),
    document: v.nullable(SignedDocumentSchema),
    tabs,
    /** The sender wants to be told in turn what it may lack. */
    wantsBack: v.boolean(),
  }),
  v.object({ type: v.literal('document'), document: SignedDocumentSchema }),
  v.object({ type: v.literal('tab'), tab: TabRecordSchema }),
  /** Of one node, or, where it is null, of all. */
  v.object({ type: v.literal('wantKeyframe'), node: v.optional(v.nullable(NodeIdSchema), null) }),
  v.object({
    type: v.literal('order'),
    id: orderId,
    /** What was signed, and is read once that is known. */
    body: v.pipe(v.instance(Uint8Array), v.maxLength(64 * 1024)),
    key: v.pipe(v.instance(Uint8Array), v.length(32)),
    signature: v.pipe(v.instance(Uint8Array), v.length(64)),
  }),
  v.object({ type: v.literal('reached'), run: RunIdSchema, serial: CounterSchema }),
  v.object({ type: v.literal('ordered'), id: orderId, error: v.nullable(OrderErrorSchema) }),
  v.object({ type: v.literal('flash'), node: NodeIdSchema, serial: CounterSchema }),
  v.object({
    type: v.literal('trace'),
    /** Checked event by event where they are read: one bad event must not cost the others. */
    events: v.pipe(v.array(v.unknown()), v.maxLength(4096)),
    touched: v.pipe(
      v.record(v.pipe(v.string(), v.maxLength(64)), CounterSchema),
      v.check((counts) => Object.keys(counts).length <= faultsMax, 'too many faults'),
    ),
  }),
]);

export type SystemMessage = v.InferOutput<typeof SystemMessageSchema>;

/** What may be spread: news of the room. What is said to one tab goes over a link to it, where nobody can change it. */
export type News = Extract<
  SystemMessage,
  { type: 'document' | 'tab' | 'wantKeyframe' | 'reached' | 'flash' | 'trace' }
>;

export function isNews(message: SystemMessage): message is News {
  switch (message.type) {
    case 'document':
    case 'tab':
    case 'wantKeyframe':
    case 'reached':
    case 'flash':
    case 'trace':
      return true;
    default:
      return false;
  }
}

/** A message that is none of ours, or of another version; the text says what is wrong with it. */
export class SystemMessageError extends Error {
  override readonly name = 'SystemMessageError';

  constructor(
    readonly code: 'malformed' | 'wrong-version',
    message: string,
  ) {
    super(message);
  }
}

/** What a tab tells the sender of something that it dropped: on which plane (`lab`, `system`), why, and what to do. */
export type Refusal = { readonly plane: string; readonly code: string; readonly message: string };

/** In the place of the version, which is a number: tabs of every version from 2 on write and read a refusal alike. */
const refusedTag = 'refused';
const refusalLengthMax = { plane: 16, code: 32, message: 300 } as const;

export function encodeRefusal({ plane, code, message }: Refusal): Uint8Array<ArrayBuffer> {
  return encodeValue([refusedTag, plane, code, message.slice(0, refusalLengthMax.message)]);
}

/** The refusal that a decoded frame is, or null. It never throws: a refusal, however odd, must not be answered by one. */
export function readRefusal(value: unknown): Refusal | null {
  if (!Array.isArray(value) || value[0] !== refusedTag) return null;
  const parts: readonly unknown[] = value;
  const part = (at: number, lengthMax: number): string => {
    const given = parts[at];
    return typeof given === 'string' ? given.slice(0, lengthMax) : '';
  };
  const { plane, code, message } = refusalLengthMax;
  return { plane: part(1, plane), code: part(2, code), message: part(3, message) };
}

export function encodeSystem(message: SystemMessage): Uint8Array<ArrayBuffer> {
  return encodeValue([systemVersion, message]);
}

/** Checks and decodes a frame of the system plane. Throws `SystemMessageError` or the codec's `WireError`. */
export function decodeSystem(bytes: Uint8Array): SystemMessage {
  return readSystem(decodeValue(bytes));
}

/** Checks a decoded frame of the system plane. Throws `SystemMessageError`. */
export function readSystem(value: unknown): SystemMessage {
  if (!Array.isArray(value) || value[0] !== systemVersion) {
    throw new SystemMessageError(
      'wrong-version',
      `wrong version: this tab speaks version ${systemVersion}; reload the older tab`,
    );
  }
  const result = v.safeParse(SystemMessageSchema, value[1]);
  if (result.success) return result.output;
  const [issue] = result.issues;
  throw new SystemMessageError('malformed', `${v.getDotPath(issue) ?? 'message'}: ${issue.message}`);
}
