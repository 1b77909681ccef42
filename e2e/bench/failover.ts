import process from 'node:process';
import type { Browser } from '@playwright/test';
import type { Tab } from '../support/tabs.js';
import { rendererOf } from './browser.js';
import type { Cluster } from './cluster.js';
import { endOfLongestGap } from './statistics.js';

/** `closed`: as its user closes it. `killed`: its process ends by SIGKILL, and nobody is told. */
export type Ending = 'closed' | 'killed';

/** Commits to see before the leader's end and under the next one. */
const acknowledgedAfter = 20;

/** ms from each end of a leader's tab to the first commit acknowledged at another tab. */
export async function measureFailovers(
  browser: Browser,
  cluster: Cluster,
  ending: Ending,
  count: number,
): Promise<readonly number[]> {
  const tookMs: number[] = [];
  for (let i = 0; i < count; i += 1) tookMs.push(await failOver(browser, cluster, ending));
  return tookMs;
}

async function failOver(browser: Browser, cluster: Cluster, ending: Ending): Promise<number> {
  const leader = await cluster.leader();
  const observer = await cluster.follower();
  const oldLeader = await leader.id();
  const pid = ending === 'killed' ? await rendererOf(browser, leader.page) : 0;
  await observe(observer);
  const killedAtMs = performance.timeOrigin + performance.now();
  if (ending === 'closed') await leader.close();
  else process.kill(pid, 'SIGKILL');
  const acknowledged = await acknowledgedUnder(observer, oldLeader);
  const endedAtMs = endOfLongestGap(killedAtMs, acknowledged);
  if (endedAtMs === null) throw new Error('nothing was acknowledged after the leader had ended');
  if (ending === 'killed') await leader.close();
  await cluster.reopen(leader);
  return endedAtMs - killedAtMs;
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
