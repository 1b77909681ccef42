import type { Machine } from './browser.js';
import type { BenchOptions } from './options.js';
import type { Summary } from './statistics.js';

export type Origin = 'opfs' | 'indexeddb';

export type OriginFigures = {
  readonly origin: Origin;
  readonly meshMs: readonly number[];
  /** ms of one put at a time, from the leader's tab and from another's. */
  readonly leader: Summary & { readonly elections: number };
  readonly follower: Summary & { readonly elections: number };
  readonly leaderPerSecond: number;
  readonly followerPerSecond: number;
};

export type Figures = {
  readonly machine: Machine;
  readonly tabs: number;
  readonly size: string;
  readonly raw: {
    readonly roundTripMs: Summary;
    readonly workerRoundTripMs: Summary;
    readonly quorumMs: Summary;
    readonly flushMs: Summary;
    readonly valuesPerSecond: number;
  };
  readonly origins: readonly OriginFigures[];
  readonly failoverMs: { readonly closed: Summary; readonly killed: Summary };
};

/** What is aimed for, from the project's requirements. */
export const targets = {
  commitRatio: { opfs: 1.7, indexeddb: 3.5 },
  commitsPerSecond: 8_000,
  failoverMs: 500,
} as const;

/** One figure of the table. `met` is null where nothing is aimed for. */
export type Line = {
  readonly name: string;
  readonly figure: string;
  readonly more: string;
  readonly ratio: string;
  readonly target: string;
  readonly met: boolean | null;
};

const originNames = { opfs: 'http://localhost, OPFS', indexeddb: 'plain http, IndexedDB' } as const;

/** The table's lines: each figure beside what is aimed for. */
export function linesOf({ raw, origins, failoverMs }: Figures): readonly Line[] {
  return [
    plain('raw round trip, page to page', raw.roundTripMs),
    plain('raw round trip, worker to worker', raw.workerRoundTripMs),
    plain('raw quorum round trip, no disk', raw.quorumMs),
    plain('raw write and flush, OPFS', raw.flushMs),
    { ...bare('raw values a second'), figure: perSecond(raw.valuesPerSecond) },
    ...origins.flatMap((figures) => linesOfOrigin(figures, raw.quorumMs.p50)),
    failoverLine('failover, leader closed', failoverMs.closed),
    failoverLine('failover, leader killed', failoverMs.killed),
  ];
}

function linesOfOrigin(figures: OriginFigures, quorumMs: number): readonly Line[] {
  const { origin, leader, follower } = figures;
  const target = targets.commitRatio[origin];
  const ratio = leader.p50 / quorumMs;
  const where = originNames[origin];
  return [
    {
      ...plain(`commit from the leader's tab, ${where}`, leader),
      ratio: `${ratio.toFixed(2)} x quorum`,
      target: `<= ${target} x (${milliseconds(target * quorumMs)})`,
      met: ratio <= target,
    },
    {
      ...plain(`commit from another tab, ${where}`, follower),
      ratio: `${(follower.p50 / quorumMs).toFixed(2)} x quorum`,
    },
    {
      ...bare(`commits a second, 256 in flight at the leader's tab, ${where}`),
      figure: perSecond(figures.leaderPerSecond),
      target: `>= ${perSecond(targets.commitsPerSecond)}`,
      met: figures.leaderPerSecond >= targets.commitsPerSecond,
    },
    {
      ...bare(`commits a second, 256 in flight at another tab, ${where}`),
      figure: perSecond(figures.followerPerSecond),
    },
    {
      ...bare(`mesh, from the first tab opened to all links up, ${where}`),
      figure: figures.meshMs.map((ms) => `${(ms / 1_000).toFixed(1)} s`).join(', '),
    },
  ];
}

function failoverLine(name: string, summary: Summary): Line {
  return {
    ...bare(name),
    figure: milliseconds(summary.p50),
    more: `worst ${milliseconds(summary.max)} of ${summary.count}`,
    target: `< ${milliseconds(targets.failoverMs)}`,
    met: summary.p50 < targets.failoverMs,
  };
}

function plain(name: string, summary: Summary): Line {
  const { p50, p95, p99, count } = summary;
  const more = `p95 ${milliseconds(p95)}, p99 ${milliseconds(p99)}, n ${count}`;
  return { ...bare(name), figure: milliseconds(p50), more };
}

function bare(name: string): Line {
  return { name, figure: '', more: '', ratio: '', target: '', met: null };
}

const milliseconds = (ms: number): string => `${ms < 100 ? ms.toFixed(1) : Math.round(ms)} ms`;
const perSecond = (count: number): string => `${Math.round(count).toLocaleString('en-US')}/s`;

/** The whole report as plain text. Durations are medians. */
export function textOf(figures: Figures): string {
  const { machine, tabs, size, origins } = figures;
  const elections = origins.reduce(
    (sum, { leader, follower }) => sum + leader.elections + follower.elections,
    0,
  );
  const head = [
    `Raft on ${tabs} tabs, ${size} run, ${machine.date}`,
    `${machine.browser} on ${machine.cores} cores (${machine.cpu}), ${machine.memoryGiB} GiB, ${machine.system}, ` +
      `Node ${machine.node}; load before ${machine.loadBefore.toFixed(2)}`,
    'Every tab is visible and draws the Stage; disks are real; Raft has its default options. Durations are medians.',
    ...(elections > 0 ? [`Leaders changed ${elections} times while commits were measured.`] : []),
  ];
  return [...head, '', ...table(linesOf(figures))].join('\n');
}

function table(lines: readonly Line[]): readonly string[] {
  const header = ['', 'figure', '', 'ratio', 'target', ''];
  const verdict = { true: 'met', false: 'MISSED', null: '' };
  const rows = lines.map(({ name, figure, more, ratio, target, met }) => [
    name,
    figure,
    more,
    ratio,
    target,
    verdict[`${met}`],
  ]);
  const widths = header.map((_, column) =>
    Math.max(...[header, ...rows].map((row) => row[column]?.length ?? 0)),
  );
  return [header, ...rows].map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

export function jsonOf(figures: Figures, { json: _json, ...options }: BenchOptions): string {
  const lines = linesOf(figures).map(({ name, met, target }) => ({ name, target, met }));
  return JSON.stringify(
    { options, targets, ...figures, verdicts: lines.filter(({ met }) => met !== null) },
    null,
    2,
  );
}
