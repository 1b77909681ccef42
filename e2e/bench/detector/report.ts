import { summarise } from '../statistics.js';
import type { EndingFigures, Noticed } from './endings.js';
import { falseSuspicions } from './fixed-timeout.js';
import type { Quiet } from './quiet.js';

/** What was measured under one condition: what ended, and what was seen while nothing did. */
export type Condition = {
  readonly name: string;
  readonly heartbeatMs: number;
  readonly closed: EndingFigures | null;
  readonly killed: EndingFigures;
  readonly frozen: EndingFigures | null;
  readonly quiet: Quiet;
};

const columns = [
  'condition',
  'detector',
  'closed, ms',
  'killed, ms',
  'killed, heartbeats',
  'frozen, ms',
  'trusted after a thaw, ms',
  'accusations by the thawed',
  'false suspicions',
  'watched, min',
  'an hour',
] as const;

/** A Markdown table, two rows a condition; times as median / worst. */
export function tableOf(conditions: readonly Condition[]): string {
  const lines = conditions.flatMap((condition) => [phiRow(condition), fixedRow(condition)]);
  return [columns, columns.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** The silence after which the fixed timeout notices a killed tab when the measured detector does, in the mean. */
export function equalTimeoutMs({ killed }: Condition): number {
  const silences = killed.noticed.map(({ suspectedMs, silentSinceMs }) => suspectedMs - silentSinceMs);
  return silences.reduce((sum, silence) => sum + silence, 0) / silences.length;
}

function phiRow(condition: Condition): readonly string[] {
  const { name, closed, killed, frozen, quiet } = condition;
  const suspected = ({ suspectedMs }: Noticed): number => suspectedMs;
  const wrong = quiet.seen.flat().filter(({ what }) => what === 'suspected').length;
  return [
    name,
    'phi and gossip',
    times(closed, suspected),
    times(killed, suspected),
    heartbeats(condition, suspected),
    times(frozen, suspected),
    times(frozen, ({ trustedMs }) => trustedMs ?? Number.NaN),
    frozen === null ? '-' : String(frozen.accusations),
    ...rates(wrong, quiet),
  ];
}

/** Over the same arrivals. What it would do after a thaw was not measured: the thawed node's own arrivals say nothing of it. */
function fixedRow(condition: Condition): readonly string[] {
  const { name, closed, killed, frozen, quiet } = condition;
  const timeoutMs = equalTimeoutMs(condition);
  const suspected = ({ silentSinceMs, linkEndedMs }: Noticed): number =>
    Math.min(silentSinceMs + timeoutMs, linkEndedMs ?? Number.POSITIVE_INFINITY);
  const wrong = quiet.seen.reduce((sum, seen) => sum + falseSuspicions(seen, timeoutMs), 0);
  return [
    name,
    `fixed, ${Math.round(timeoutMs)} ms`,
    times(closed, suspected),
    times(killed, suspected),
    heartbeats(condition, suspected),
    times(frozen, suspected),
    '-',
    '-',
    ...rates(wrong, quiet),
  ];
}

function times(figures: EndingFigures | null, of: (noticed: Noticed) => number): string {
  if (figures === null) return '-';
  const { p50, max } = summarise(figures.noticed.map(of));
  return `${p50.toFixed(0)} / ${max.toFixed(0)}`;
}

function heartbeats({ killed, heartbeatMs }: Condition, of: (noticed: Noticed) => number): string {
  return (summarise(killed.noticed.map(of)).p50 / heartbeatMs).toFixed(1);
}

function rates(wrong: number, { forMs }: Quiet): readonly string[] {
  return [String(wrong), (forMs / 60_000).toFixed(1), (wrong / (forMs / 3_600_000)).toFixed(0)];
}
