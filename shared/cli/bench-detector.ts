#!/usr/bin/env node
import { detector, parseDetectorOptions } from '../src/detector/index.js';
import {
  type Condition,
  type Contender,
  type Ending,
  fixedTimeout,
  measureEnding,
  measureQuiet,
} from '../src/sim/index.js';
import { parseBenchArguments } from './bench-detector-options.js';
import { type DetectorFigures, detectorTable, type Times } from './bench-detector-table.js';

const { seeds, hours, json } = parseBenchArguments(process.argv.slice(2));

const heartbeatMs = 500;
const ours: Contender = { process: detector, options: parseDetectorOptions({ heartbeatMs }) };
const calm: Condition = { nodes: 5, lossChance: 0, hidden: 0, throttled: 0 };
const conditions: readonly (readonly [name: string, condition: Condition])[] = [
  ['5 tabs', calm],
  ['12 tabs', { ...calm, nodes: 12 }],
  ['5 tabs, 20 % loss', { ...calm, lossChance: 0.2 }],
  ['5 tabs, 2 of them hidden', { ...calm, hidden: 2 }],
  ['5 tabs, 2 of them throttled', { ...calm, throttled: 2 }],
  ['5 tabs, 2 of them throttled, 20 % loss', { ...calm, throttled: 2, lossChance: 0.2 }],
];

/** Few runs of it: a hundred tabs take a while. */
const crowd: Condition = { ...calm, nodes: 100 };
const crowdSeeds = 3;
const crowdHours = 0.02;

function fixed(timeoutMs: number): Contender {
  return { process: fixedTimeout, options: { heartbeatMs, timeoutMs: Math.max(1, Math.round(timeoutMs)) } };
}

/** All nodes' times over all seeds. */
function endings(contender: Contender, condition: Condition, ending: Ending, count = seeds): Times {
  const noticed = Array.from({ length: count }, (_, i) => measureEnding(contender, condition, ending, i + 1));
  return {
    suspectedMs: noticed.flatMap(({ suspectedMs }) => suspectedMs),
    trustedMs: noticed.flatMap(({ trustedMs }) => trustedMs),
    accusations: noticed.reduce((sum, { accusations }) => sum + accusations, 0) / count,
  };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** The timeout with which the fixed detector notices a killed tab, in the mean, when the other does: tried twice, and moved. */
function sameTimeout(condition: Condition, wantedMs: number): number {
  let timeoutMs = wantedMs + heartbeatMs / 2;
  for (let i = 0; i < 2; i++) {
    timeoutMs += wantedMs - mean(endings(fixed(timeoutMs), condition, 'killed').suspectedMs);
  }
  return timeoutMs;
}

function quiet(
  contender: Contender,
  condition: Condition,
): Pick<DetectorFigures, 'falsePerHour' | 'framesPerSecond'> {
  // Everybody watches everybody: the work grows with the square.
  const runs = Math.max(1, Math.round(hours * (calm.nodes / condition.nodes) ** 2));
  const all = Array.from({ length: runs }, (_, i) => measureQuiet(contender, condition, 1, i + 1));
  return {
    falsePerHour: mean(all.map(({ falseSuspicions }) => falseSuspicions)),
    framesPerSecond: mean(all.map(({ framesPerSecond }) => framesPerSecond)),
  };
}

function figures(condition: Condition, contender: Contender, count = seeds): Omit<DetectorFigures, Named> {
  return {
    closed: endings(contender, condition, 'closed', count),
    killed: endings(contender, condition, 'killed', count),
    frozen: endings(contender, condition, 'frozen', count),
    ...(condition === crowd ? quietCrowd(contender) : quiet(contender, condition)),
  };
}

/** Too short a time to say how often it is wrong. */
function quietCrowd(contender: Contender): Pick<DetectorFigures, 'falsePerHour' | 'framesPerSecond'> {
  const { framesPerSecond } = measureQuiet(contender, crowd, crowdHours, 1);
  return { falsePerHour: null, framesPerSecond };
}

type Named = 'condition' | 'detector';
const rows: DetectorFigures[] = [];
for (const [name, condition] of conditions) {
  process.stderr.write(`${name}\n`);
  const phi = figures(condition, ours);
  const timeoutMs = sameTimeout(condition, mean(phi.killed.suspectedMs));
  rows.push({ condition: name, detector: 'phi and gossip', ...phi });
  const simple = figures(condition, fixed(timeoutMs));
  rows.push({ condition: name, detector: `fixed, ${Math.round(timeoutMs)} ms`, ...simple });
}
process.stderr.write('100 tabs\n');
rows.push({ condition: '100 tabs', detector: 'phi and gossip', ...figures(crowd, ours, crowdSeeds) });
console.log(json ? JSON.stringify(rows) : detectorTable(rows));
