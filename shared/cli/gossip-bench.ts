#!/usr/bin/env node
import { parseArgs } from 'node:util';
import {
  type Cell,
  conditions,
  measureCell,
  plan,
  type Row,
  rowsOf,
} from '../src/broadcast/gossip/bench/index.js';

const usage = `npm run bench -- gossip [--nodes LIST] [--failing LIST] [--seeds N] [--json]

Measures gossip broadcast in virtual time, without browsers: Plumtree over HyParView, flooding over the same overlay, and
fan-out gossip, before and after a part of the nodes fails at once. Exits with 1 when a target is missed.
  --nodes    how many nodes: 10,100,1000,10000 if not given
  --failing  per cent that fail: 30,50,80 if not given
  --seeds    seeds for each; 20 to 100 nodes, 5 for 1,000 and 2 for 10,000 if not given
  --json     the rows as JSON on stdout`;

/** What is aimed for, from the project's requirements. */
const targets = {
  redundancyBelow: 0.1,
  redundancyAtNodes: 10_000,
  healedFrom: 1_000,
  healed: 0.999,
} as const;

type BenchOptions = {
  readonly nodes: readonly number[];
  readonly failing: readonly number[];
  readonly seeds: number | null;
  readonly json: boolean;
};

class UsageError extends Error {
  override readonly name = 'UsageError';
}

function parse(args: readonly string[]): BenchOptions | null {
  const { values } = parseArgs({
    args: [...args],
    options: {
      nodes: { type: 'string', default: '10,100,1000,10000' },
      failing: { type: 'string', default: '30,50,80' },
      seeds: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return null;
  return {
    nodes: numbersOf('--nodes', values.nodes, 3, 20_000),
    failing: numbersOf('--failing', values.failing, 1, 95),
    seeds: values.seeds === undefined ? null : (numbersOf('--seeds', values.seeds, 1, 1_000)[0] ?? null),
    json: values.json,
  };
}

function numbersOf(name: string, text: string, min: number, max: number): readonly number[] {
  return text.split(',').map((word) => {
    const value = Number(word);
    if (!Number.isInteger(value) || value < min || value > max)
      throw new UsageError(`${name} ${text}: give whole numbers from ${min} to ${max}`);
    return value;
  });
}

function seedsFor(nodes: number): number {
  if (nodes <= 100) return 20;
  return nodes <= 1_000 ? 5 : 2;
}

function measureSize(nodes: number, options: BenchOptions): readonly Row[] {
  const seeds = Array.from({ length: options.seeds ?? seedsFor(nodes) }, (_, i) => i + 1);
  const cells: Cell[] = options.failing.map((percent) =>
    measureCell(nodes, percent / 100, seeds, (seed) =>
      console.error(`${nodes} nodes, ${percent} % fail, seed ${seed}: done`),
    ),
  );
  return rowsOf(cells);
}

function missesOf(rows: readonly Row[]): readonly string[] {
  return rows.flatMap(({ nodes, when, how, reliability, reliabilityMin, redundancy }) => {
    if (how !== 'plumtree') return [];
    const misses: string[] = [];
    if (when === 'stable' && reliabilityMin < 1)
      misses.push(`${nodes} nodes: a broadcast reached ${percent(reliabilityMin)} in a stable overlay`);
    if (when === 'stable' && nodes >= targets.redundancyAtNodes && redundancy >= targets.redundancyBelow)
      misses.push(`${nodes} nodes: redundancy ${redundancy.toFixed(3)} in a stable overlay`);
    if (when.endsWith('healed') && nodes >= targets.healedFrom && reliability < targets.healed)
      misses.push(`${nodes} nodes, ${when}: reached ${percent(reliability)}`);
    return misses;
  });
}

const percent = (part: number): string => `${(100 * part).toFixed(2)} %`;

const headings = [
  'nodes',
  'when',
  'how',
  'broadcasts',
  'reached',
  'worst',
  'redundancy',
  'last hop',
  'control',
];

function cellsOf({ nodes, when, how, ...row }: Row): readonly string[] {
  return [
    nodes.toLocaleString('en-US'),
    when,
    how,
    `${row.broadcasts}`,
    percent(row.reliability),
    percent(row.reliabilityMin),
    row.redundancy.toFixed(3),
    row.lastHop.toFixed(1),
    how === 'plumtree' ? row.control.toFixed(2) : '',
  ];
}

/** A table in Markdown, so that it can go into the docs as it is. */
function tableOf(rows: readonly Row[]): string {
  const lines = [headings, headings.map(() => '---'), ...rows.map(cellsOf)];
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function main(args: readonly string[]): number {
  const options = parse(args);
  if (options === null) {
    console.log(usage);
    return 0;
  }
  const startedMs = performance.now();
  const rows = options.nodes.flatMap((nodes) => measureSize(nodes, options));
  const misses = missesOf(rows);
  if (options.json) console.log(JSON.stringify({ conditions, plan, targets, rows, misses }, null, 2));
  else console.log(tableOf(rows));
  console.error(`in ${((performance.now() - startedMs) / 1_000).toFixed(0)} s`);
  for (const miss of misses) console.error(`MISSED: ${miss}`);
  return misses.length === 0 ? 0 : 1;
}

try {
  process.exitCode = main(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
