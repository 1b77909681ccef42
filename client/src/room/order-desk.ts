import type { NodeId, RunId } from '@quorate/shared/core';
import { QuorateError } from '../api/error.js';
import type { Lab } from '../node/index.js';
import {
  type Change,
  type ControlPlane,
  changeRefusal,
  labRefusal,
  orderRefusal,
  roleOf,
  type Signer,
} from './control/index.js';
import { failureOf, failureSentences } from './failures.js';
import { InOrder } from './in-order.js';
import type { SystemMessage } from './messages.js';
import {
  newLife,
  type Order,
  type OrderAction,
  OrderSeals,
  type SealedOrder,
  sealOrder,
} from './order-seal.js';
import { type OrderError, Orders, orderErrorOf, takesItsTime } from './orders.js';
import type { RoomLinks } from './room-links.js';
import type { Roster } from './roster.js';
import type { SystemPlane } from './system-plane.js';

export const crashedByButton = 'crashed by button';
const stepSentences = {
  crashed: 'This node has crashed.',
  'not-paused': 'The lab runs. Pause it first.',
  'nothing-waits': 'No such message or timer waits there any more.',
  'not-first': 'Another message of the same sender comes first: channels keep their order.',
} as const;
/** Orders of others that wait for their signature to be checked. */
const uncheckedMax = 64;

export type OrderDeskContext = {
  readonly self: NodeId;
  readonly code: string;
  /** Null where the page only watches. */
  readonly signer: Signer | null;
  readonly control: ControlPlane;
  readonly plane: () => SystemPlane;
  readonly roster: () => Roster;
  readonly links: () => Pick<RoomLinks, 'isHere' | 'withLink' | 'askServers'>;
  readonly lab: () => Lab | null;
  /** The run that is on; null without one. */
  readonly run: () => RunId | null;
  /** The lab was started again. */
  readonly onRestart: () => void;
};

type Received = Extract<SystemMessage, { type: 'order' | 'ordered' }>;

/**
 * What this tab has others do, and does for them. Whether somebody may is asked twice: here before it is sent, and at the tab
 * that decides.
 */
export class OrderDesk {
  readonly #context: OrderDeskContext;
  readonly #orders: Orders;
  /** What orders to this page are signed for; said in the hello. */
  readonly life = newLife();
  readonly #seals: OrderSeals;
  /** One at a time, so that a crash and a restart come in their order. */
  readonly #unchecked = new InOrder(uncheckedMax);
  readonly #lives = new Map<NodeId, Uint8Array>();
  /** Orders that wait for their receiver's hello, until its link goes down or they are given up. */
  readonly #awaitingHello = new Map<NodeId, Set<(life: Uint8Array) => void>>();

  constructor(context: OrderDeskContext) {
    this.#context = context;
    const { code: room, self: to } = context;
    this.#seals = new OrderSeals({ room, to, life: this.life });
    this.#orders = new Orders((node, id, order) => this.#send(node, id, order));
  }

  /**
   * Changes the room document: host and co-hosts sign by themselves, others ask one of them, where they may. Rejects with
   * `QuorateError`.
   */
  async change(change: Change): Promise<void> {
    const { self, control, links, lab } = this.#context;
    const { version } = control;
    const code = changeRefusal(version, self, change.kind);
    if (code !== null || version === null)
      throw new QuorateError(code ?? 'not-host', 'Only the host of the room can do that.');
    if (lab() === null) throw new QuorateError('watching', 'This page only watches.');
    if (roleOf(version, self) !== 'student') return control.change(change);
    const decider = [version.document.host, ...version.charter.coHosts].find((id) => links().isHere(id));
    if (decider === undefined)
      throw new QuorateError('unreachable', 'Neither the host nor a co-host is here to sign this.');
    await links().withLink(decider, () => this.#orders.give(decider, { type: 'change', change }));
    // Its new version came before its answer, and may still be being checked.
    await control.settled(decider);
  }

  /** Crashes or restarts a node's lab, where this tab may. */
  async order(node: NodeId, action: OrderAction): Promise<void> {
    const { self, links, roster } = this.#context;
    this.#check(self, node, action);
    if (node === self) return this.#obey(action);
    if (roster().get(node) === undefined)
      throw new QuorateError('unknown-node', `There is no tab ${node} here.`);
    if (!links().isHere(node))
      throw new QuorateError('unreachable', `${node} is not here: is its tab closed? Open it again.`);
    await links().withLink(node, () => this.#orders.give(node, { type: 'node', action }));
  }

  take(from: NodeId, message: Received): void {
    if (message.type === 'ordered') {
      this.#orders.answered(from, message.id, message.error);
      return;
    }
    const answer = (error: OrderError | null): void =>
      this.#context.plane().send(from, { type: 'ordered', id: message.id, error });
    const ended = (done: Promise<void>): Promise<void> =>
      done.then(
        () => answer(null),
        (cause: unknown) => answer(orderErrorOf(cause)),
      );
    const isTaken = this.#unchecked.add(async () => {
      try {
        const order = await this.#open(from, message);
        const done = ended(this.#carryOut(from, order));
        // A crash must not wait for a cluster that can't agree.
        if (!takesItsTime(order)) await done;
      } catch (cause) {
        answer(orderErrorOf(cause));
      }
    });
    if (!isTaken) answer({ code: 'busy', message: 'This tab has too many orders to check. Try again.' });
  }

  /** A peer's hello: what orders to its page are to be signed for. */
  heardLife(peer: NodeId, life: Uint8Array): void {
    this.#lives.set(peer, life);
    for (const go of this.#awaitingHello.get(peer) ?? []) go(life);
    this.#awaitingHello.delete(peer);
  }

  /** The link to a tab is gone: its orders won't be answered. */
  lost(peer: NodeId): void {
    this.#lives.delete(peer);
    this.#awaitingHello.delete(peer);
    this.#orders.lost(peer);
  }

  async #open(from: NodeId, message: SealedOrder): Promise<Order> {
    const order = await this.#seals.open(from, message);
    if (order !== null) return order;
    const why =
      'an order that is not signed by the key of its giver’s id, or not for this page, or was given before';
    this.#context.plane().refuse(from, { plane: 'order', code: 'forged', message: why });
    throw new QuorateError('not-allowed', 'The order’s signature does not hold.');
  }

  async #carryOut(from: NodeId, order: Order): Promise<void> {
    const { self, control } = this.#context;
    if (order.type === 'change') return control.change(order.change, from);
    this.#check(from, self, order.action);
    // The run that it is about may be of a version that came just before it, and is still being checked.
    if (takesItsTime(order)) await control.settled(from);
    await this.#obey(order.action);
  }

  async #send(to: NodeId, id: number, order: Order): Promise<void> {
    const { code: room, signer, plane } = this.#context;
    if (signer === null) throw new QuorateError('watching', 'This page only watches: it has no key.');
    const life = this.#lives.get(to) ?? (await this.#helloOf(to));
    plane().send(to, await sealOrder(signer, { room, to, life }, id, order));
  }

  /** A link that has just come up says hello first. */
  #helloOf(node: NodeId): Promise<Uint8Array> {
    return new Promise((resolve) => {
      const waiting = this.#awaitingHello.get(node) ?? new Set();
      this.#awaitingHello.set(node, waiting);
      waiting.add(resolve);
    });
  }

  #check(by: NodeId, target: NodeId, action: OrderAction): void {
    const { version } = this.#context.control;
    const isOfLab = typeof action !== 'string';
    const code = isOfLab ? labRefusal(version, by) : orderRefusal(version, by, target);
    if (code === null) return;
    const what = typeof action === 'string' ? action : action.kind === 'control' ? 'ask through' : 'step';
    const why =
      by === target
        ? `The host lets nobody ${what} their own node.`
        : `Only the host can ${what} another tab's node.`;
    throw new QuorateError(code, why);
  }

  async #obey(action: OrderAction): Promise<void> {
    const lab = this.#context.lab();
    if (lab === null) throw new QuorateError('watching', 'This page only watches: it has no node.');
    if (typeof action === 'object' && action.kind === 'control') {
      this.#context.links().askServers();
      const code = failureOf(await lab.control(action.run, action.action));
      if (code !== null) throw new QuorateError(code, failureSentences[code]);
    } else if (typeof action !== 'string') {
      const error = await lab.step(this.#context.run() ?? '', action);
      if (error !== null) throw new QuorateError(error, stepSentences[error]);
    } else if (action === 'crash') lab.crash(crashedByButton);
    else {
      lab.restart();
      this.#context.onRestart();
    }
  }
}
