import type { Machine } from './browser.js';
import type { TelemetryFigures } from './telemetry.js';

/** The report as plain text: a line for each state of the room, held against the first. */
export function watchedTextOf({
  machine,
  tabs,
  watchers,
  size,
  states,
}: TelemetryFigures & { readonly machine: Machine }): string {
  const [first] = states;
  const header = [
    'commit at the leader',
    'p50',
    'ratio',
    'p95',
    'ratio',
    'n',
    'cores busy',
    'leader’s page',
    'its links',
    'telemetry a voter',
    'all else a voter',
  ];
  const rows = states.map(({ name, commits, busy, leaderBusy, bulk, other, links }) => [
    name,
    milliseconds(commits.p50),
    times(commits.p50, first?.commits.p50),
    milliseconds(commits.p95),
    times(commits.p95, first?.commits.p95),
    `${commits.count}${commits.elections > 0 ? `, ${commits.elections} elections` : ''}`,
    percent(busy),
    percent(leaderBusy),
    `${links}`,
    traffic(bulk),
    traffic(other),
  ]);
  const all = [header, ...rows];
  const widths = header.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  return [
    `Raft on ${tabs} tabs, ${watchers} watching, ${size} run, ${machine.date}`,
    `${machine.browser} on ${machine.cores} cores (${machine.cpu}), ${machine.memoryGiB} GiB, ${machine.system}, ` +
      `Node ${machine.node}; load before ${machine.loadBefore.toFixed(2)}`,
    '',
    ...all.map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    ),
  ].join('\n');
}

const milliseconds = (ms: number): string => `${ms < 100 ? ms.toFixed(1) : Math.round(ms)} ms`;
const percent = (share: number): string => `${Math.round(100 * share)} %`;

function times(value: number, reference: number | undefined): string {
  return reference === undefined ? '' : `${(value / reference).toFixed(2)} x`;
}

function traffic({ bytes, messages }: { readonly bytes: number; readonly messages: number }): string {
  return `${(bytes / 1_024).toFixed(1)} KiB/s, ${messages.toFixed(0)} messages/s`;
}
