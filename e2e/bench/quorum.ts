import type { BrowserContext, Page } from '@playwright/test';
import type { Harness } from '../pages/quorum/harness.js';
import { kinds } from '../pages/quorum/protocol.js';
import { type Calls, callOn, serveHarness } from '../support/harness.js';
import type { BenchSize } from './options.js';

/** What the same browser and mesh do without a protocol and without a disk; ms. */
export type RawFigures = {
  readonly roundTripMs: readonly number[];
  readonly workerRoundTripMs: readonly number[];
  readonly quorumMs: readonly number[];
  /** Of one record appended to a file in OPFS and flushed, by a worker that does nothing else. */
  readonly flushMs: readonly number[];
  readonly valuesPerSecond: number;
};

/** About an AppendEntries with one value of 64 bytes. */
export const frameBytes = 192;
const valuesPerFrame = 64;
const valueBytes = 64;
const framesInFlight = 4;

/** Measures the links and the bare replication loop between so many tabs, in pages of its own. */
export async function measureRaw(
  context: BrowserContext,
  tabs: number,
  size: BenchSize,
): Promise<RawFigures> {
  const server = await serveHarness('quorum');
  let pages: readonly Page[] = [];
  try {
    const ids = Array.from({ length: tabs }, (_, i) => `tab-${i + 1}`);
    pages = await Promise.all(ids.map((id) => openPage(() => context.newPage(), `${server.url}?id=${id}`)));
    const calls = pages.map((page) => callOn<Harness>(page));
    await Promise.all(calls.map((call) => call('want', ids)));
    for (const page of pages) await page.waitForFunction(`harness.linksUp() === ${tabs - 1}`);
    const [first] = calls;
    const [, ...peers] = ids;
    if (first === undefined) throw new Error('no tab');
    return await measureFrom(first, peers, size);
  } finally {
    await Promise.all(pages.map((page) => page.close()));
    await server.close();
  }
}

async function openPage(create: () => Promise<Page>, url: string): Promise<Page> {
  const page = await create();
  await page.goto(url);
  await page.waitForFunction('globalThis.harness !== undefined');
  return page;
}

async function measureFrom(
  call: Calls<Harness>,
  peers: readonly string[],
  { warmUp, roundTrips }: BenchSize,
): Promise<RawFigures> {
  const [peer = ''] = peers;
  // A majority with the sender, whose own vote takes no time here.
  const answers = Math.floor((peers.length + 1) / 2);
  const quorum = (rounds: number) =>
    call('rounds', { peers, kind: kinds.echo, rounds, inFlight: 1, frameBytes, answers });
  const single = (rounds: number) =>
    call('rounds', { peers: [peer], kind: kinds.echo, rounds, inFlight: 1, frameBytes, answers: 1 });
  const load = {
    peers,
    kind: kinds.acknowledge,
    inFlight: framesInFlight,
    frameBytes: valuesPerFrame * valueBytes,
    answers,
  };
  await call('roundTrips', peer, warmUp, frameBytes);
  const roundTripMs = await call('roundTrips', peer, roundTrips, frameBytes);
  await single(warmUp);
  const workerRoundTripMs = (await single(roundTrips)).tookMs;
  await quorum(warmUp);
  const quorumMs = (await quorum(roundTrips)).tookMs;
  await call('flushes', warmUp, frameBytes);
  const flushMs = (await call('flushes', roundTrips, frameBytes)).tookMs;
  await call('rounds', { ...load, rounds: warmUp });
  const { allMs } = await call('rounds', { ...load, rounds: roundTrips });
  return {
    roundTripMs,
    workerRoundTripMs,
    quorumMs,
    flushMs,
    valuesPerSecond: (roundTrips * valuesPerFrame) / (allMs / 1_000),
  };
}
