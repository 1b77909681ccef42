import type { Tab } from '../support/tabs.js';
import type { Cluster } from './cluster.js';
import { endOfLongestGap } from './statistics.js';

/** `closed`: as its user closes it. `killed`: its process crashes, worker and all, and nobody is told. */
export type Ending = 'closed' | 'killed';

/** Commits to see before the leader's end and under the next one. */
const acknowledgedAfter = 20;

/** ms from each end of a leader's tab to the first commit acknowledged at another tab. */
export async function measureFailovers(
  cluster: Cluster,
  ending: Ending,
  count: number,
): Promise<readonly number[]> {
  const tookMs: number[] = [];
  while (tookMs.length < count) {
    const took = await failOver(cluster, await cluster.leader(), ending);
    if (took !== null) tookMs.push(took);
  }
  return tookMs;
}

/** `killed` does not wait: there is nobody left to answer. */
async function end({ page }: Tab, ending: Ending): Promise<void> {
  if (ending === 'closed') return page.close({ runBeforeUnload: false });
  const session = await page.context().newCDPSession(page);
  const crashed = page.waitForEvent('crash');
  session.send('Page.crash').catch(() => 'the page that should answer has crashed');
  await crashed;
}

/** Ends the leader's tab. Null when it had ceased to lead just before, which makes its end no failover. */
async function failOver(cluster: Cluster, leader: Tab, ending: Ending): Promise<number | null> {
  const observer = await cluster.follower();
  const oldLeader = await leader.id();
  await observe(observer);
  if ((await observer.status()).leader !== oldLeader || (await leader.status()).role !== 'leader') {
    await stopObserving(observer);
    return null;
  }
  const endedAtMs = performance.timeOrigin + performance.now();
  await end(leader, ending);
  const acknowledged = await acknowledgedUnder(observer, oldLeader);
  const goesOnAtMs = endOfLongestGap(endedAtMs, acknowledged);
  if (goesOnAtMs === null) throw new Error('nothing was acknowledged after the leader had ended');
  if (!leader.page.isClosed()) await leader.close();
  await cluster.reopen(leader);
  return goesOnAtMs - endedAtMs;
}

declare global {
  interface Window {
    /** Times of acknowledged commits, ms since 1970; how many there were when another led; `stop` ends the loop. */
    benchFailover?: { readonly acknowledgedMs: number[]; underNext?: number; stop: boolean };
  }
}

/** Starts a loop that puts one value after the other, and waits until it runs smoothly. */
async function observe({ page }: Tab): Promise<void> {
  await page.evaluate(() => {
    const observed: Window['benchFailover'] = { acknowledgedMs: [], stop: false };
    window.benchFailover = observed;
    const run = async (): Promise<void> => {
      for (let i = 0; !observed.stop; i += 1) {
        await window.quorate.submit({ op: 'put', path: '/bench/failover', value: i });
        observed.acknowledgedMs.push(performance.timeOrigin + performance.now());
      }
    };
    run().catch((error: unknown) => console.error(`the loop ended: ${error}`));
  });
  await page.waitForFunction(
    (least) => (window.benchFailover?.acknowledgedMs.length ?? 0) >= least,
    acknowledgedAfter,
  );
}

async function stopObserving({ page }: Tab): Promise<void> {
  await page.evaluate(() => {
    if (window.benchFailover !== undefined) window.benchFailover.stop = true;
  });
}

/** Waits until another leads and commits go on, and answers with the times of all acknowledgements. */
async function acknowledgedUnder({ page }: Tab, oldLeader: string): Promise<readonly number[]> {
  const handle = await page.waitForFunction(
    ([old, wanted]) => {
      const observed = window.benchFailover;
      const { leader } = window.quorate.status();
      if (observed === undefined || leader === null || leader === old) return null;
      observed.underNext ??= observed.acknowledgedMs.length;
      if (observed.acknowledgedMs.length < observed.underNext + wanted) return null;
      observed.stop = true;
      return observed.acknowledgedMs;
    },
    [oldLeader, acknowledgedAfter] as const,
    { timeout: 60_000 },
  );
  return (await handle.jsonValue()) ?? [];
}
