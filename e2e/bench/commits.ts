import type { Tab } from '../support/tabs.js';
import type { BenchSize } from './options.js';
import { median } from './statistics.js';

const valueBytes = 64;
export const inFlight = 256;

/** ms of each put, one after the other, from this tab; `elections`: how often the leader changed meanwhile. */
export type Latency = { readonly tookMs: readonly number[]; readonly elections: number };

/** Puts values of 64 bytes one at a time and waits for each to be committed and applied. */
export async function measureLatency(tab: Tab, { warmUp, commits }: BenchSize): Promise<Latency> {
  await putOneByOne(tab, warmUp);
  const { reign } = await tab.status();
  const tookMs = await putOneByOne(tab, commits);
  return { tookMs, elections: (await tab.status()).reign - reign };
}

function putOneByOne(tab: Tab, count: number): Promise<number[]> {
  return tab.page.evaluate(
    async ([puts, value]) => {
      const tookMs: number[] = [];
      for (let i = 0; i < puts; i += 1) {
        const beganMs = performance.now();
        await window.quorate.submit({ op: 'put', path: `/bench/latency/${i % 16}`, value });
        tookMs.push(performance.now() - beganMs);
      }
      return tookMs;
    },
    [count, 'v'.repeat(valueBytes)] as const,
  );
}

/** Runs this tab's cluster under load until the browser has compiled what is hot in it. */
export async function warmUp(tab: Tab, { warmUpMs }: BenchSize): Promise<void> {
  await putManyAtOnce(tab, warmUpMs);
}

/** Commits a second, of each repeat and their median. */
export type Throughput = { readonly perSecond: number; readonly repeats: readonly number[] };

/** Keeps 256 puts of 64 bytes in flight from this tab: as soon as one is answered, the next is submitted. */
export async function measureThroughput(tab: Tab, size: BenchSize): Promise<Throughput> {
  await putManyAtOnce(tab, size.throughputMs / 4);
  const repeats: number[] = [];
  for (let i = 0; i < size.throughputRepeats; i += 1)
    repeats.push(await putManyAtOnce(tab, size.throughputMs));
  return { perSecond: median(repeats), repeats };
}

function putManyAtOnce(tab: Tab, forMs: number): Promise<number> {
  return tab.page.evaluate(
    async ([lanes, lastsMs, value]) => {
      let committed = 0;
      const beganMs = performance.now();
      const untilMs = beganMs + lastsMs;
      const lane = async (i: number): Promise<void> => {
        while (performance.now() < untilMs) {
          await window.quorate.submit({ op: 'put', path: `/bench/load/${i}`, value });
          committed += 1;
        }
      };
      await Promise.all(Array.from({ length: lanes }, (_, i) => lane(i)));
      return committed / ((performance.now() - beganMs) / 1_000);
    },
    [inFlight, forMs, 'v'.repeat(valueBytes)] as const,
  );
}
