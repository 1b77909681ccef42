import { type NodeId, nextCounter } from '@quorate/shared/core';
import { QuorateError } from '../api/error.js';
import type { QuorateErrorCode } from '../api/types.js';
import type { Order, OrderAction } from './order-seal.js';

/** A node that has not answered an order by then will not. Real ms. */
const orderTimeoutMs = 5_000;
/** Orders that wait for an answer at one time. */
const ordersMax = 256;

/** Why an order was not carried out, as the ordered node or this one says. */
export type OrderError = { readonly code: QuorateErrorCode; readonly message: string };
type Waiting = { readonly to: NodeId; readonly done: (error: OrderError | null) => void };

/** Orders to other tabs, each answered or given up. */
export class Orders {
  readonly #send: (to: NodeId, id: number, order: Order) => Promise<void>;
  readonly #waiting = new Map<number, Waiting>();
  #lastId = 0;

  /** `send` signs an order and sends it; it rejects where it can't. */
  constructor(send: (to: NodeId, id: number, order: Order) => Promise<void>) {
    this.#send = send;
  }

  /** Orders `to` to do something. Rejects with what it answers, and with `unreachable` when no answer comes. */
  give(to: NodeId, order: Order): Promise<void> {
    if (this.#waiting.size >= ordersMax) {
      return Promise.reject(
        new QuorateError('busy', 'Too many orders wait for an answer. Try again in a moment.'),
      );
    }
    // Above those of this tab's earlier lives, without remembering them.
    const id = nextCounter(this.#lastId, Date.now());
    this.#lastId = id;
    const what = order.type === 'change' ? `${order.change.kind}, asked of` : `${nameOf(order.action)} at`;
    return new Promise((resolve, reject) => {
      // What a group is asked for takes as long as its pace wants, and its own node gives it up in time.
      const timer = takesItsTime(order)
        ? undefined
        : setTimeout(() => settle(unreachable('the tab did not answer')), orderTimeoutMs);
      const settle = (error: OrderError | null): void => {
        clearTimeout(timer);
        this.#waiting.delete(id);
        if (error === null) resolve();
        else reject(new QuorateError(error.code, `${what} ${to}: ${error.message}`));
      };
      this.#waiting.set(id, { to, done: settle });
      this.#send(to, id, order).catch((cause: unknown) => settle(orderErrorOf(cause)));
    });
  }

  answered(from: NodeId, id: number, error: OrderError | null): void {
    const waiting = this.#waiting.get(id);
    if (waiting?.to === from) waiting.done(error);
  }

  /** The link to a tab is gone: its orders won't be answered. */
  lost(peer: NodeId): void {
    for (const { to, done } of [...this.#waiting.values()])
      if (to === peer) done(unreachable('its link is down'));
  }
}

/** An error as the answer to an order carries it. */
export function orderErrorOf(cause: unknown): OrderError {
  const message = cause instanceof Error ? cause.message : String(cause);
  return { code: cause instanceof QuorateError ? cause.code : 'internal', message: message.slice(0, 512) };
}

/** Whether an order is carried out in the lab's time. */
export function takesItsTime(order: Order): boolean {
  return order.type === 'node' && typeof order.action === 'object' && order.action.kind === 'control';
}

function nameOf(action: OrderAction): string {
  return typeof action === 'string' ? action : action.kind;
}

function unreachable(why: string): OrderError {
  return { code: 'unreachable', message: `${why}.` };
}
