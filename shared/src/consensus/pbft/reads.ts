import type { NodeId } from '../../core/index.js';
import type { ReadMessage } from './messages.js';
import { note, type Step, sendToClient } from './step.js';

/** Reads that wait for the store; beyond, the client's own fallback is as good. */
const readsMax = 1_024;

/**
 * 5.1.3: a read is answered from this replica's own store, which holds committed requests only. A quorum of equal answers
 * shares an honest replica with the quorum that has answered any write, so none is older than that.
 */
export function onRead(step: Step, client: NodeId, { number, operation }: ReadMessage): void {
  const { state } = step;
  // A store that has gone back by a restart would deny a write that it has answered: ordering the read still works.
  const isBehind = state.installing !== null || state.handed < state.readsFrom;
  if (!state.options.readOnlyOptimisation || isBehind) return;
  if (state.reads.length >= readsMax) return note(step, 'read-refused', { client, number });
  const query = state.nextQuery++;
  // What was answered tentatively has to show: the read waits until it has committed (5.1.3).
  const atIndex = state.handedIndex + (state.tentative?.entries ?? 0);
  state.reads.push({ query, client, number });
  step.effects.push({ type: 'query', query, operation, atIndex });
}

export function onQueried(step: Step, query: number, result: Uint8Array): void {
  const { reads, view } = step.state;
  const at = reads.findIndex((read) => read.query === query);
  const [read] = at < 0 ? [] : reads.splice(at, 1);
  if (read === undefined) return;
  sendToClient(step, read.client, { type: 'readReply', view, number: read.number, result });
}
