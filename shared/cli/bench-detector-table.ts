export type Times = {
  readonly suspectedMs: readonly number[];
  readonly trustedMs: readonly number[];
  /** Of others, by a tab that has thawed; in the mean. */
  readonly accusations: number;
};

export type DetectorFigures = {
  readonly condition: string;
  readonly detector: string;
  readonly closed: Times;
  readonly killed: Times;
  readonly frozen: Times;
  /** Null where it was not watched for long enough. */
  readonly falsePerHour: number | null;
  readonly framesPerSecond: number;
};

const columns = [
  'condition',
  'detector',
  'closed, ms',
  'killed, ms',
  'trusted after a thaw, ms',
  'accusations by the thawed',
  'false suspicions an hour',
  'messages a second and tab',
] as const;

/** A Markdown table; times as mean / 95th percentile. */
export function detectorTable(rows: readonly DetectorFigures[]): string {
  const lines = rows.map((row) => [
    row.condition,
    row.detector,
    meanAndP95(row.closed.suspectedMs),
    meanAndP95(row.killed.suspectedMs),
    meanAndP95(row.frozen.trustedMs),
    row.frozen.accusations.toFixed(1),
    row.falsePerHour?.toFixed(1) ?? '-',
    row.framesPerSecond.toFixed(1),
  ]);
  return [columns, columns.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function meanAndP95(times: readonly number[]): string {
  const seen = times.filter(Number.isFinite);
  if (seen.length === 0) return 'never';
  const sorted = seen.toSorted((a, b) => a - b);
  const mean = seen.reduce((sum, time) => sum + time, 0) / seen.length;
  const p95 = sorted[Math.ceil(sorted.length * 0.95) - 1] ?? mean;
  const missed = times.length - seen.length;
  return `${mean.toFixed(0)} / ${p95.toFixed(0)}${missed === 0 ? '' : `, ${missed} of ${times.length} never`}`;
}
