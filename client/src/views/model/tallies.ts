import { isHappening, type TraceEvent } from '@quorate/shared/trace';

/** What one life of a node has told of the run, and what of it has come here. */
type Tally = {
  /** How many events have happened there, those that were left out included. */
  readonly happened: number;
  readonly got: number;
  /** Those that can prove a broken rule, as far as the node's numbers go. */
  readonly proofs: number;
  readonly proofsGot: number;
  /** Those of which the node itself says that they are lost. */
  readonly proofsLost: number;
};

/** By node and life. */
export type Tallies = ReadonlyMap<string, Tally>;

export type NotShown = { readonly events: number; readonly proofs: number };

/** Lives that are counted each for itself; the oldest of more are counted together. */
const talliesMax = 128;
const together = '';
const nothing: Tally = { happened: 0, got: 0, proofs: 0, proofsGot: 0, proofsLost: 0 };

/** Counts one event of the run that is shown, in place; late ones and those of earlier lives just as well. */
export function count(tallies: Map<string, Tally>, event: TraceEvent): void {
  const key = `${event.node} ${event.life}`;
  const known = tallies.get(key) ?? nothing;
  tallies.set(key, {
    happened: Math.max(known.happened, event.count),
    got: known.got + (isHappening(event) ? 1 : 0),
    proofs: Math.max(known.proofs, event.proof ?? 0),
    proofsGot: known.proofsGot + (event.proof === undefined ? 0 : 1),
    proofsLost: known.proofsLost + (event.type === 'gap' ? event.proofs : 0),
  });
  if (tallies.size <= talliesMax) return;
  const oldest = [...tallies].find(([name]) => name !== together);
  if (oldest === undefined) return;
  tallies.delete(oldest[0]);
  tallies.set(together, sumOf(tallies.get(together) ?? nothing, oldest[1]));
}

/** How many events there were that this tab does not show, and how many of them could have proved a broken rule. */
export function notShown(tallies: Tallies): NotShown {
  let events = 0;
  let proofs = 0;
  for (const tally of tallies.values()) {
    events += Math.max(0, tally.happened - tally.got);
    proofs += Math.max(0, tally.proofs - tally.proofsGot) + tally.proofsLost;
  }
  return { events, proofs };
}

function sumOf(a: Tally, b: Tally): Tally {
  return {
    happened: a.happened + b.happened,
    got: a.got + b.got,
    proofs: a.proofs + b.proofs,
    proofsGot: a.proofsGot + b.proofsGot,
    proofsLost: a.proofsLost + b.proofsLost,
  };
}
