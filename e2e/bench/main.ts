import process from 'node:process';
import type { BrowserContext } from '@playwright/test';
import { plainHost } from '../support/harness.js';
import { type RunningServer, startServer } from '../support/server.js';
import { createProfile, describeMachine } from './browser.js';
import { Cluster } from './cluster.js';
import { measureLatency, measureThroughput, warmUp } from './commits.js';
import { measureFailovers } from './failover.js';
import { type BenchOptions, parseOptions, UsageError, usage } from './options.js';
import { measureRaw, type RawFigures } from './quorum.js';
import { type Figures, jsonOf, type Origin, type OriginFigures, textOf } from './report.js';
import { median, summarise } from './statistics.js';
import { measureTelemetry } from './telemetry.js';
import { watchedTextOf } from './telemetry-report.js';

/** Progress goes to stderr: stdout is the report's alone. */
function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

async function main(args: readonly string[]): Promise<void> {
  const options = parseOptions(args);
  if (options === null) return void process.stdout.write(`${usage}\n`);
  const profile = await createProfile();
  const server = await startServer();
  try {
    const context = await profile.context();
    process.stdout.write(`${await report(context, server, options)}\n`);
  } finally {
    await profile.close();
    await server.stop();
  }
}

async function report(
  context: BrowserContext,
  server: RunningServer,
  options: BenchOptions,
): Promise<string> {
  if (options.what === 'telemetry') {
    const machine = await describeMachine(context);
    const figures = { machine, ...(await measureTelemetry(context, server.url, options, say)) };
    return options.json ? JSON.stringify(figures, null, 2) : watchedTextOf(figures);
  }
  const figures = await measureAll(context, server, options);
  return options.json ? jsonOf(figures, options) : textOf(figures);
}

/** The reference is measured before and after the rest, since a machine is not the same all the time. */
async function measureAll(
  context: BrowserContext,
  server: RunningServer,
  options: BenchOptions,
): Promise<Figures> {
  const { tabs, size } = options;
  const machine = await describeMachine(context);
  say('raw links and quorum');
  const before = await measureRaw(context, tabs, size);
  say(`quorum: ${median(before.quorumMs).toFixed(1)} ms, ${Math.round(before.valuesPerSecond)} values/s`);
  const origins = [
    await measureOrigin(context, server.url, 'opfs', options),
    await measureOrigin(context, `http://${plainHost}:${server.port}`, 'indexeddb', options),
  ];
  const failoverMs = await measureEndings(context, server.url, options);
  say('raw links and quorum again');
  const after = await measureRaw(context, tabs, size);
  return { machine, tabs, size: size.name, raw: pooled(before, after), origins, failoverMs };
}

function pooled(before: RawFigures, after: RawFigures): Figures['raw'] {
  return {
    roundTripMs: summarise([...before.roundTripMs, ...after.roundTripMs]),
    workerRoundTripMs: summarise([...before.workerRoundTripMs, ...after.workerRoundTripMs]),
    quorumMs: summarise([...before.quorumMs, ...after.quorumMs]),
    flushMs: summarise([...before.flushMs, ...after.flushMs]),
    valuesPerSecond: (before.valuesPerSecond + after.valuesPerSecond) / 2,
  };
}

async function measureOrigin(
  context: BrowserContext,
  url: string,
  origin: Origin,
  { tabs, size }: BenchOptions,
): Promise<OriginFigures> {
  const meshMs: number[] = [];
  for (let i = 1; i < size.meshes; i += 1) {
    const cluster = await Cluster.open(context, url, tabs);
    meshMs.push(cluster.meshMs);
    await cluster.close();
  }
  const cluster = await Cluster.open(context, url, tabs);
  meshMs.push(cluster.meshMs);
  await cluster.start();
  await warmUp(await cluster.leader(), size);
  say(`${origin}: commits one at a time`);
  const leader = await measureLatency(await cluster.leader(), size);
  const follower = await measureLatency(await cluster.follower(), size);
  say(`${origin}: commits a second`);
  const leaderLoad = await measureThroughput(await cluster.leader(), size);
  const followerLoad = await measureThroughput(await cluster.follower(), size);
  await cluster.close();
  say(
    `${origin}: ${median(leader.tookMs).toFixed(1)} ms at the leader's tab, ` +
      `${median(follower.tookMs).toFixed(1)} ms at another; ${Math.round(leaderLoad.perSecond)}/s, ` +
      `${Math.round(followerLoad.perSecond)}/s`,
  );
  return {
    origin,
    meshMs,
    leader: { ...summarise(leader.tookMs), elections: leader.elections },
    follower: { ...summarise(follower.tookMs), elections: follower.elections },
    leaderPerSecond: leaderLoad.perSecond,
    followerPerSecond: followerLoad.perSecond,
  };
}

async function measureEndings(
  context: BrowserContext,
  url: string,
  { tabs, size }: BenchOptions,
): Promise<Figures['failoverMs']> {
  const cluster = await Cluster.open(context, url, tabs);
  await cluster.start();
  say('failover: leaders closed');
  const closed = await measureFailovers(cluster, 'closed', size.failovers);
  say(`failover: ${closed.map(Math.round).join(', ')} ms; leaders killed`);
  const killed = await measureFailovers(cluster, 'killed', size.failovers);
  say(`failover: ${killed.map(Math.round).join(', ')} ms`);
  await cluster.close();
  return { closed: summarise(closed), killed: summarise(killed) };
}

main(process.argv.slice(2)).catch((error: unknown) => {
  if (error instanceof UsageError) say(error.message);
  else console.error(error);
  process.exitCode = 1;
});
