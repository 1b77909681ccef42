import type { LabAnswer, ToLab } from './messages.js';

/** All that follows `open`. */
export type LabOrder = Exclude<ToLab, { type: 'open' }>;

/** What somebody asked for at once, while the disk was not open yet; beyond, `busy`. */
const requestsMax = 1_024;
/** Runs, peers, keys: a room's worth many times over. */
const ordersMax = 8_192;

/** What comes before the disk is open, in order and bounded. */
export class EarlyOrders {
  readonly #answer: (answer: LabAnswer) => void;
  #orders: LabOrder[] = [];
  #requests = 0;

  /** `answer` takes the refusals of what is asked beyond the bound. */
  constructor(answer: (answer: LabAnswer) => void) {
    this.#answer = answer;
  }

  /** Keeps an order. Throws where there are too many besides requests: no room has so many tabs. */
  add(order: LabOrder): void {
    switch (order.type) {
      case 'frame':
        // Protocols repeat what is lost; frames of a busy cluster must not pile up before a slow disk.
        return;
      case 'keyframe':
        // One serves all who asked.
        if (!this.#orders.some(({ type }) => type === 'keyframe')) this.#keep(order);
        return;
      case 'requests': {
        const taken = order.requests.filter(({ id }) => this.#takes(id));
        if (taken.length > 0) this.#keep({ ...order, requests: taken });
        return;
      }
      case 'control':
        if (this.#takes(order.id)) this.#keep(order);
        return;
      default:
        this.#keep(order);
    }
  }

  /** All that was kept, which it then no longer holds. */
  take(): readonly LabOrder[] {
    const orders = this.#orders;
    this.#orders = [];
    return orders;
  }

  #takes(id: number): boolean {
    const takes = this.#requests < requestsMax;
    if (takes) this.#requests += 1;
    else this.#answer({ id, answer: { ok: false, error: 'busy' } });
    return takes;
  }

  #keep(order: LabOrder): void {
    if (this.#orders.length >= ordersMax) throw new Error('too much came before the disk was open');
    this.#orders.push(order);
  }
}
