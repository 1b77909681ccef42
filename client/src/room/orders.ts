import type { NodeId } from '@quorate/shared/core';
import type { LabStep } from '@quorate/shared/host';
import { QuorateError } from '../api/error.js';
import type { QuorateErrorCode } from '../api/types.js';
import type { SystemMessage } from './messages.js';

export type OrderAction = 'crash' | 'restart' | LabStep;

/** A node that has not answered an order by then will not. Real ms. */
const orderTimeoutMs = 5_000;
/** Orders that wait for an answer at one time. */
const ordersMax = 256;

/** Why an order was not carried out, as the ordered node or this one says. */
export type OrderError = { readonly code: QuorateErrorCode; readonly message: string };
type Waiting = { readonly to: NodeId; readonly done: (error: OrderError | null) => void };

/** The host's orders to other tabs, each answered or given up. */
export class Orders {
  readonly #send: (to: NodeId, message: SystemMessage) => void;
  readonly #waiting = new Map<number, Waiting>();
  #next = 1;

  constructor(send: (to: NodeId, message: SystemMessage) => void) {
    this.#send = send;
  }

  /** Orders `to` to do something. Rejects with `unreachable` when no answer comes. */
  give(to: NodeId, action: OrderAction): Promise<void> {
    if (this.#waiting.size >= ordersMax) {
      return Promise.reject(
        new QuorateError('busy', 'Too many orders wait for an answer. Try again in a moment.'),
      );
    }
    const id = this.#next++;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => settle(unreachable('the tab did not answer')), orderTimeoutMs);
      const settle = (error: OrderError | null): void => {
        clearTimeout(timer);
        this.#waiting.delete(id);
        if (error === null) resolve();
        else
          reject(
            new QuorateError(
              error.code,
              `${typeof action === 'string' ? action : action.kind} at ${to}: ${error.message}`,
            ),
          );
      };
      this.#waiting.set(id, { to, done: settle });
      this.#send(to, { type: 'order', id, action });
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

function unreachable(why: string): OrderError {
  return { code: 'unreachable', message: `${why}.` };
}
