import type { NodeId } from '@quorate/shared/core';
import { decodeValue, encodeValue, NodeIdSchema, WireError } from '@quorate/shared/wire';
import * as v from 'valibot';
import { nodeIdOf, verify } from '../node/index.js';
import { ChangeSchema, type Signer } from './control/index.js';
import { RunIdSchema, ServersSchema } from './document.js';
import type { SystemMessage } from './messages.js';

const StepNameSchema = v.pipe(v.string(), v.minLength(1), v.maxLength(64));
/** One thing that can happen at a paused node. */
const LabStepSchema = v.variant('kind', [
  v.object({ kind: v.literal('deliver'), message: v.pipe(v.string(), v.maxLength(128)) }),
  v.object({ kind: v.literal('fire'), instance: StepNameSchema, timer: StepNameSchema }),
]);

/** What a node of a group is to ask its group for, in the place of somebody who drives the lab and takes no part in it. */
const GroupControlSchema = v.object({
  kind: v.literal('control'),
  run: RunIdSchema,
  action: v.variant('kind', [
    v.object({ kind: v.literal('reconfigure'), voters: ServersSchema }),
    v.object({ kind: v.literal('transferLeadership'), to: NodeIdSchema }),
  ]),
});

/** What another tab is to do: something to its own node, or a change of the room that its giver may not sign. */
const OrderSchema = v.variant('type', [
  v.object({
    type: v.literal('node'),
    action: v.union([v.picklist(['crash', 'restart']), LabStepSchema, GroupControlSchema]),
  }),
  v.object({ type: v.literal('change'), change: ChangeSchema }),
]);
export type Order = v.InferOutput<typeof OrderSchema>;
export type OrderAction = Extract<Order, { type: 'node' }>['action'];

export type SealedOrder = Extract<SystemMessage, { type: 'order' }>;

/** Who has given orders to this page; beyond, the one who has not given any for the longest is forgotten. */
const giversMax = 256;
const lifeBytes = 16;
const tag = new TextEncoder().encode('quorate order 1\n');

/** An order is for one page of one room: no tab can pass it on, and a page that comes back takes none of before. */
export type OrderTarget = { readonly room: string; readonly to: NodeId; readonly life: Uint8Array };

/** What tells this page from all others, those of the same node included. */
export function newLife(): Uint8Array<ArrayBuffer> {
  return crypto.getRandomValues(new Uint8Array(lifeBytes));
}

/** Signs an order with the key of whoever gives it. */
export async function sealOrder(
  signer: Signer,
  target: OrderTarget,
  id: number,
  order: Order,
): Promise<SealedOrder> {
  const body = encodeValue(order);
  const signature = (await signer.sign(bytesOf(target, id, body))).slice();
  return { type: 'order', id, body, key: signer.publicKey, signature };
}

/** Which orders this page believes: those signed by the key that the giver's id is made of, each once. */
export class OrderSeals {
  readonly #target: OrderTarget;
  readonly #lastIds = new Map<NodeId, number>();

  constructor(target: OrderTarget) {
    this.#target = target;
  }

  /**
   * The order, or null where `from` has not signed it for this page, or has given it before: then it counts for nothing. One
   * that is none, but signed, is null as well.
   */
  async open(from: NodeId, { id, body, key, signature }: SealedOrder): Promise<Order | null> {
    if (nodeIdOf(key) !== from || !(await verify(key, bytesOf(this.#target, id, body), signature)))
      return null;
    if (id <= (this.#lastIds.get(from) ?? 0)) return null;
    this.#lastIds.delete(from);
    this.#lastIds.set(from, id);
    const [oldest] = this.#lastIds.keys();
    if (this.#lastIds.size > giversMax && oldest !== undefined) this.#lastIds.delete(oldest);
    const order = v.safeParse(OrderSchema, decoded(body));
    return order.success ? order.output : null;
  }
}

function decoded(body: Uint8Array): unknown {
  try {
    return decodeValue(body);
  } catch (error) {
    if (error instanceof WireError) return null;
    throw error;
  }
}

function bytesOf({ room, to, life }: OrderTarget, id: number, body: Uint8Array): Uint8Array {
  const rest = encodeValue([room, to, life, id, body]);
  const bytes = new Uint8Array(tag.length + rest.length);
  bytes.set(tag);
  bytes.set(rest, tag.length);
  return bytes;
}
