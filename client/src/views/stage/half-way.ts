import type { QuorateApi } from '../../api/types.js';

/** So often it is looked whether the message has come anywhere, and at most so many times. Real ms. */
const lookEveryMs = 100;
const looksMax = 100;

/**
 * This tab's node broadcasts `said`, and crashes when only the first half of the others has got it: the links to the rest
 * are cut meanwhile. Rejects as the calls do; the cuts are taken back in any case.
 */
export async function halfWay(quorate: QuorateApi, others: readonly string[], said: string): Promise<void> {
  const self = quorate.nodeId();
  const { traced, run } = quorate.status();
  const cuts: string[] = [];
  try {
    for (const to of others.slice(Math.ceil(others.length / 2)))
      cuts.push(await quorate.faults.add({ kind: 'cut', from: self, to }, run ?? undefined));
    await quorate.broadcast(said);
    await hasCome(quorate, traced, others);
    await quorate.crash();
  } finally {
    for (const cut of cuts) await quorate.faults.remove(cut);
  }
}

/** Waits until another node has delivered something from this one; in slow motion that takes its time. */
async function hasCome(quorate: QuorateApi, since: number, others: readonly string[]): Promise<void> {
  const self = quorate.nodeId();
  for (let look = 0; look < looksMax; look++) {
    const isThere = quorate
      .trace(since)
      .some((event) => event.type === 'delivery' && event.origin === self && others.includes(event.node));
    if (isThere) return;
    await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
  }
}
