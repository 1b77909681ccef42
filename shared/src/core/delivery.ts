import type { NodeId } from './ids.js';

/**
 * Names one broadcast, for all time of its run. The incarnation rises with each restart of the origin, which has it on its
 * disk before it uses it; the sequence rises with each broadcast of an incarnation. So no name is given twice.
 */
export type BroadcastId = {
  readonly origin: NodeId;
  /** From 1. */
  readonly incarnation: number;
  /** From 1; a protocol that keeps its broadcasts across restarts may go on counting where the last incarnation ended. */
  readonly sequence: number;
};

/** What a broadcast protocol's server indicates when it delivers a broadcast, at its origin too. */
export type Delivery = BroadcastId & {
  readonly type: 'delivery';
  readonly payload: Uint8Array;
};

/**
 * What a server that logs its deliveries indicates once after a restart, before any new delivery: those that its log still
 * holds, in their order. They are not delivered again: the last of them may never have been indicated, since the node may
 * crash between the write and its word, and whoever stands above tells by their ids.
 */
export type Recovery = { readonly type: 'recovery'; readonly deliveries: readonly Delivery[] };

/** Whether what an instance indicated is a delivered broadcast. */
export function isDelivery(output: unknown): output is Delivery {
  return hasType(output, 'delivery') && 'payload' in output && output.payload instanceof Uint8Array;
}

/** Whether what an instance indicated are the deliveries of its earlier lives. */
export function isRecovery(output: unknown): output is Recovery {
  return hasType(output, 'recovery') && 'deliveries' in output && Array.isArray(output.deliveries);
}

/** One word for an id, the same for equal ones: for keys and for people. */
export function broadcastName({ origin, incarnation, sequence }: BroadcastId): string {
  return `${origin}/${incarnation}/${sequence}`;
}

function hasType(output: unknown, type: string): output is { readonly type: string } {
  return typeof output === 'object' && output !== null && 'type' in output && output.type === type;
}
