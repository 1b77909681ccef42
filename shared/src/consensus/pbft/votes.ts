import type { NodeId, Reign } from '../../core/index.js';
import type { Group } from './certificates.js';
import type { Sent } from './client-state.js';

type Votes = Sent['votes'][number];

/**
 * The result that is certain, or null. f + 1 equal answers hold an honest one (4.1). What is tentative, or read from a
 * store without being ordered, takes a quorum of equal ones (5.1.2, 5.1.3), the tentative of one view: only there has it prepared at a quorum.
 * So does every answer where reads are not ordered: else a read could miss a write that only f + 1 have carried out.
 */
export function agreedOn(group: Group, votes: Votes, needsQuorum: boolean): Uint8Array | null {
  const all = Object.values(votes);
  for (const { result, tentativeIn } of all) {
    const equal = all.filter((vote) => areEqual(vote.result, result));
    const firm = equal.filter((vote) => vote.tentativeIn === null);
    if (!needsQuorum && firm.length > group.faults) return result;
    const ofView = equal.filter((vote) => vote.tentativeIn === null || vote.tentativeIn === tentativeIn);
    if (ofView.length >= group.quorum) return result;
  }
  return null;
}

/** The newest view that f + 1 replicas have reached: no liar alone makes a client turn to it. */
export function viewOf(group: Group, views: { readonly [replica: NodeId]: Reign }): Reign {
  const known = Object.values(views).sort((a, b) => b - a);
  return known[group.faults] ?? 0;
}

function areEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
