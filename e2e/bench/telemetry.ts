import os from 'node:os';
import type { BrowserContext, Page } from '@playwright/test';
import { openTab, patient, type Tab } from '../support/tabs.js';
import { Cluster } from './cluster.js';
import { measureLatency, warmUp } from './commits.js';
import type { BenchOptions } from './options.js';
import { type Summary, summarise } from './statistics.js';
import { collectConnections, type Sent, sentBy } from './traffic.js';

/** One state of the room, and what a commit took in it. */
export type WatchedFigures = {
  readonly name: string;
  readonly commits: Summary & { readonly elections: number };
  /** Of all cores of the machine, 0 to 1. */
  readonly busy: number;
  /** Processor time of the main thread of the leader's page, as a share of the time that went by. */
  readonly leaderBusy: number;
  /** What one voter sent a second, on average: in bulk, which is telemetry, and otherwise. */
  readonly bulk: Sent;
  readonly other: Sent;
  readonly links: number;
};

export type TelemetryFigures = {
  readonly tabs: number;
  readonly watchers: number;
  readonly size: string;
  readonly states: readonly WatchedFigures[];
};

type Say = (text: string) => void;

/** Watchers that were just opened have links to make, history to catch up with, and code to compile. */
const settleMs = 15_000;
/** Pages that open at once: more would starve the cluster of its heartbeats. */
const openAtOnce = 4;
/** A machine that all these pages saturate takes its time. */
const seesLeaderMs = 240_000;

/**
 * Commits at the leader of one cluster: with nobody watching; with as many pages of another room open, which cost the machine
 * what browsers cost; with them watching; with them watching and drawing nothing; and with nobody again. Elections are
 * patient: else a machine that is saturated would change leaders all the time, and it is commits that are compared.
 */
export async function measureTelemetry(
  context: BrowserContext,
  url: string,
  { tabs, watchers, size }: BenchOptions,
  say: Say,
): Promise<TelemetryFigures> {
  await collectConnections(context);
  const cluster = await Cluster.open(context, url, tabs);
  const leader = await cluster.start(patient);
  await warmUp(leader, size);
  const states: WatchedFigures[] = [];
  const measure = async (name: string): Promise<void> => {
    states.push(await measureState(name, cluster, size));
    const last = states.at(-1);
    say(`${name}: ${last?.commits.p50.toFixed(1)} ms, p95 ${last?.commits.p95.toFixed(1)} ms`);
  };
  await measure('nobody watches');

  const elsewhere = await openTab(context, `${url}/?host=1&name=elsewhere`);
  const strangers = await openWatchers(context, url, await elsewhere.code(), watchers);
  await elsewhere.page.waitForTimeout(settleMs);
  await measure(`${watchers} pages watch another room`);
  await Promise.all([elsewhere, ...strangers].map((tab) => tab.close()));

  const watching = await openWatchers(context, url, await leader.code(), watchers);
  say(`${watchers} watchers have opened`);
  const timeout = seesLeaderMs;
  for (const { page } of watching)
    await page.waitForFunction(() => window.quorate.status().leader !== null, undefined, { timeout });
  await leader.page.waitForTimeout(settleMs);
  await measure(`${watchers} watch`);

  for (const { page } of watching) await stopDrawing(page);
  await measure(`${watchers} watch, and draw nothing`);

  await Promise.all(watching.map((tab) => tab.close()));
  await leader.page.waitForTimeout(settleMs);
  await measure('nobody watches any more');
  await cluster.close();
  return { tabs, watchers, size: size.name, states };
}

async function openWatchers(
  context: BrowserContext,
  url: string,
  code: string,
  count: number,
): Promise<readonly Tab[]> {
  const tabs: Tab[] = [];
  while (tabs.length < count) {
    const opening = Array.from({ length: Math.min(openAtOnce, count - tabs.length) }, () =>
      openTab(context, `${url}/?room=${code}&watch=1`),
    );
    tabs.push(...(await Promise.all(opening)));
  }
  return tabs;
}

/** The page goes on taking everything in. */
async function stopDrawing(page: Page): Promise<void> {
  await page.evaluate(() => {
    window.requestAnimationFrame = () => 0;
  });
}

async function measureState(
  name: string,
  cluster: Cluster,
  size: BenchOptions['size'],
): Promise<WatchedFigures> {
  const leader = await cluster.leader();
  const session = await leader.page.context().newCDPSession(leader.page);
  await session.send('Performance.enable', { timeDomain: 'threadTicks' });
  const workedMs = async (): Promise<number> => {
    const { metrics } = await session.send('Performance.getMetrics');
    return 1_000 * (metrics.find((metric) => metric.name === 'TaskDuration')?.value ?? 0);
  };
  const look = async () => ({
    atMs: performance.now(),
    cores: coreTimes(),
    workedMs: await workedMs(),
    sent: await Promise.all(cluster.tabs.map((tab) => sentBy(tab))),
  });
  const before = await look();
  const { tookMs, elections } = await measureLatency(leader, size);
  const after = await look();
  await session.detach();
  const tookAllMs = after.atMs - before.atMs;
  const rate = (of: (sent: { readonly bulk: Sent; readonly other: Sent }) => number): number => {
    const sum = (all: typeof before.sent): number => all.reduce((total, sent) => total + of(sent), 0);
    return (1_000 * (sum(after.sent) - sum(before.sent))) / cluster.tabs.length / tookAllMs;
  };
  const { tabs } = await leader.room();
  return {
    name,
    commits: { ...summarise(tookMs), elections },
    busy: (after.cores.busyMs - before.cores.busyMs) / (after.cores.allMs - before.cores.allMs),
    leaderBusy: (after.workedMs - before.workedMs) / tookAllMs,
    bulk: { bytes: rate(({ bulk }) => bulk.bytes), messages: rate(({ bulk }) => bulk.messages) },
    other: { bytes: rate(({ other }) => other.bytes), messages: rate(({ other }) => other.messages) },
    links: tabs.filter(({ link }) => link === 'direct').length,
  };
}

function coreTimes(): { readonly busyMs: number; readonly allMs: number } {
  let busyMs = 0;
  let allMs = 0;
  for (const { times } of os.cpus()) {
    const { user, nice, sys, irq, idle } = times;
    busyMs += user + nice + sys + irq;
    allMs += user + nice + sys + irq + idle;
  }
  return { busyMs, allMs };
}
