import { formatStep } from './format.js';
import { parseStep } from './parse-step.js';
import type { Played } from './play.js';
import { plain, type Step } from './steps.js';
import { ScenarioError, splitWords } from './words.js';

/** A command of a scenario's file, with the transcript that is written below it. */
export type ScriptStep = { readonly line: number; readonly step: Step; readonly expected: readonly string[] };

/** What a file may hold: a story, not a program. */
export const scriptLinesMax = 2_000;
const mark = '|';

/** Reads a scenario's file. Throws `ScenarioError`. */
export function parseScript(source: string): readonly ScriptStep[] {
  const lines = source.split('\n');
  if (lines.length > scriptLinesMax) {
    throw new ScenarioError(
      scriptLinesMax + 1,
      1,
      `a scenario has at most ${scriptLinesMax} lines: tell two stories`,
    );
  }
  const steps: { line: number; step: Step; expected: string[] }[] = [];
  for (const [at, text] of lines.entries()) {
    const line = at + 1;
    if (text.startsWith(mark)) {
      const last = steps.at(-1);
      if (last === undefined) {
        throw new ScenarioError(
          line,
          1,
          `a line of transcript belongs below a command: take out what begins with ${mark}`,
        );
      }
      last.expected.push(text.slice(mark.length).trim());
    } else if (splitWords(text, line).length > 0) {
      steps.push({ line, step: parseStep(text, line), expected: [] });
    }
  }
  if (steps[0] === undefined || plain(steps[0].step).type !== 'cluster') {
    throw new ScenarioError(steps[0]?.line ?? 1, 1, 'begin with a cluster: a line such as cluster 3 raft');
  }
  return steps;
}

/** The file with the transcript of this play below its commands; all else as it was. */
export function rewriteScript(source: string, { transcripts }: Played): string {
  const linesOf = new Map(parseScript(source).map(({ line }, at) => [line, transcripts[at] ?? []]));
  const lines = source.split('\n').flatMap((text, at) => {
    if (text.startsWith(mark)) return [];
    return [text, ...(linesOf.get(at + 1) ?? []).map((line) => `${mark} ${line}`)];
  });
  return lines.join('\n');
}

/** A file for steps that were made in TypeScript, without a transcript. */
export function formatScript(steps: readonly Step[]): string {
  return steps.map((step) => `${formatStep(step)}\n`).join('');
}

/** Where the play differs from the transcript in the file, and why it failed; null when all is as written. */
export function describeDifference(
  script: readonly ScriptStep[],
  { transcripts, failure }: Played,
): string | null {
  const parts = script.slice(0, transcripts.length).flatMap(({ line, step, expected }, at) => {
    const actual = transcripts[at] ?? [];
    if (actual.join('\n') === expected.join('\n')) return [];
    return [`line ${line}: ${formatStep(step)}`, ...compareLines(expected, actual)];
  });
  const failed = failure === null ? undefined : script[failure.step];
  if (failed !== undefined && failure !== null) {
    parts.push(`line ${failed.line}: ${formatStep(failed.step)}`, `  failed: ${failure.why}`);
  }
  return parts.length === 0 ? null : parts.join('\n');
}

/** `-` for what was expected and did not come, `+` for what came instead; equal lines at both ends stand as they are. */
function compareLines(expected: readonly string[], actual: readonly string[]): readonly string[] {
  let begin = 0;
  while (begin < Math.min(expected.length, actual.length) && expected[begin] === actual[begin]) begin += 1;
  let same = 0;
  const samesMax = Math.min(expected.length, actual.length) - begin;
  while (same < samesMax && expected.at(-1 - same) === actual.at(-1 - same)) same += 1;
  return [
    ...actual.slice(0, begin).map((line) => `  | ${line}`),
    ...expected.slice(begin, expected.length - same).map((line) => `- | ${line}`),
    ...actual.slice(begin, actual.length - same).map((line) => `+ | ${line}`),
    ...actual.slice(actual.length - same).map((line) => `  | ${line}`),
  ];
}
