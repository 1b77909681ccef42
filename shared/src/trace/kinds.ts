import type { TraceBody } from './events.js';

/**
 * `proof`: reports of several nodes, held together, can prove by it that a rule was broken. It has an allowance of its own,
 * is numbered for itself, kept, and told again to whoever lacks it. `noise`: may be left out where there is too much of it.
 * `picture`: neither; the screen can't do without, and there is at most so much of it in each batch.
 */
export type EventKind = 'proof' | 'picture' | 'noise';

/** What is never left out, and what may be, in one place. */
export function kindOf(body: TraceBody): EventKind {
  switch (body.type) {
    // Who led which reign: at most one leads each.
    case 'role':
    // What was committed, as it was applied: equal entries give equal stores.
    case 'applied':
    // What was delivered, in which order: agreement, integrity, total order.
    case 'delivery':
    // Where a life begins and ends: within one, nothing goes back. A node's own broken rule ends it, and stands in `crashed`.
    case 'started':
    case 'stopped':
    case 'crashed':
      return 'proof';
    // What the protocol itself says can prove one: Raft's votes.
    case 'note':
      return body.proves === true ? 'proof' : 'noise';
    // An index that is applied without its entries, by a snapshot.
    case 'snapshot':
      return body.phase === 'installed' ? 'proof' : 'picture';
    // That a verdict can't be complete has to reach whoever gives one.
    case 'gap':
      return body.proofs > 0 ? 'proof' : 'picture';
    case 'keyframe':
    case 'state':
    case 'pace':
      return 'picture';
    case 'sent':
    case 'arrived':
    case 'delivered':
    case 'touched':
    case 'lost':
    case 'timerFired':
    case 'persisted':
    case 'peer':
      return 'noise';
  }
}

/** Whether something happened: a keyframe repeats what is known, a gap speaks of others. */
export function isHappening(body: TraceBody): boolean {
  return body.type !== 'keyframe' && body.type !== 'gap';
}
