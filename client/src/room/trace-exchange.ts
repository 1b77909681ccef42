import type { NodeId, RunId } from '@quorate/shared/core';
import type { TraceEvent } from '@quorate/shared/trace';
import type { Mesh } from '../mesh/index.js';
import { Keyframes } from './keyframes.js';
import type { SystemMessage } from './messages.js';
import { ProofExchange } from './proof-exchange.js';
import type { SystemPlane } from './system-plane.js';
import { Telemetry } from './telemetry.js';
import { batchEveryMs, TraceBatches } from './trace-batches.js';

type TraceMessage = Extract<SystemMessage, { type: 'trace' }>;

export type TraceExchangeContext = {
  readonly self: NodeId;
  readonly mesh: Pick<Mesh, 'send' | 'on'>;
  readonly plane: () => SystemPlane;
  /** The run that this tab looks at. */
  readonly run: () => RunId | null;
  /** How many tabs are here, this one included. */
  readonly tabCount: () => number;
  /** Whether it is a tab of this room, and was not removed. */
  readonly isKnown: (node: NodeId) => boolean;
  /** Makes this node's lab tell its whole state. */
  readonly giveKeyframe: () => void;
};

/** This node's trace to those who want it, and theirs to this tab. */
export class TraceExchange {
  readonly telemetry = new Telemetry();
  readonly #context: TraceExchangeContext;
  readonly #keyframes: Keyframes;
  readonly #proofExchange: ProofExchange;
  readonly #batches: TraceBatches;

  constructor(context: TraceExchangeContext) {
    this.#context = context;
    this.#batches = new TraceBatches(
      () => batchEveryMs(context.tabCount()),
      (events, touched) =>
        context.plane().spread({ type: 'trace', events: [...events], touched: { ...touched } }),
    );
    this.#keyframes = new Keyframes(context.giveKeyframe);
    this.#proofExchange = new ProofExchange({
      mesh: context.mesh,
      proofs: this.telemetry.proofs,
      run: context.run,
      isKnown: context.isKnown,
      onProofs: (events) => this.telemetry.brought(events),
      onBad: (peer, message) => context.plane().refuse(peer, { plane: 'system', code: 'malformed', message }),
      nowMs: () => performance.now(),
    });
  }

  /** To be called some times a second. */
  look(): void {
    this.#proofExchange.look();
  }

  /** What this node's lab has traced: kept, and told. */
  own(events: readonly TraceEvent[], touched: { readonly [fault: string]: number }): void {
    this.telemetry.own(events);
    this.telemetry.touch(this.#context.self, touched);
    if (this.#context.plane().peers.size === 0) return;
    this.#batches.add(events, touched);
  }

  hear(from: NodeId, { events, touched }: TraceMessage): void {
    const plane = this.#context.plane();
    this.telemetry.touch(from, touched);
    const { gap, bad } = this.telemetry.heard(from, events);
    if (gap && this.#keyframes.mayAsk(from)) plane.spread({ type: 'wantKeyframe', node: from });
    if (bad === null) return;
    const message = `${bad.count} of ${events.length} trace events, the first ${bad.why}`;
    plane.refuse(from, { plane: 'system', code: 'malformed', message });
  }

  /** Somebody has come who may lack what this node has told. */
  keyframeSoon(): void {
    this.#keyframes.giveSoon();
  }

  /** Somebody has missed something, of this node, of `node`, or, where it is null, of all. */
  wanted(node: NodeId | null): void {
    if (node === null || node === this.#context.self) this.#keyframes.giveSoon();
    // It has been asked, and what it gives reaches this tab as well.
    else this.#keyframes.mayAsk(node);
  }

  /** A tab that the room remembers no more. */
  forget(node: NodeId): void {
    this.telemetry.forget(node);
    this.#keyframes.forget(node);
  }
}
