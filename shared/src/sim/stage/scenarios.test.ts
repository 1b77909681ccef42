import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { describe, expect, test } from 'vitest';
import {
  describeDifference,
  formatStep,
  parseScript,
  parseStep,
  play,
  rewriteScript,
  ScenarioError,
} from '../../scenario/index.js';
import { VirtualStage } from './virtual-stage.js';

const root = path.join(import.meta.dirname, '../..');
/** `QUORATE_REWRITE=1` writes what happens into the files; scenarios that fail stay as they are, and fail. */
const rewrites = process.env['QUORATE_REWRITE'] === '1';

const files = readdirSync(root, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.scenario'))
  .sort();

async function playSource(source: string) {
  const script = parseScript(source);
  const steps = script.map(({ step }) => step);
  return { script, played: await play(steps, new VirtualStage()) };
}

describe('every scenario', () => {
  test.each(files)('%s happens as it is written', async (file) => {
    const source = readFileSync(path.join(root, file), 'utf8');
    const { script, played } = await playSource(source);
    if (rewrites && played.failure === null) {
      writeFileSync(path.join(root, file), rewriteScript(source, played));
    } else {
      expect(describeDifference(script, played) ?? 'as it is written').toBe('as it is written');
    }
  });

  test.each(files)('%s happens the same way twice, to the byte', async (file) => {
    const source = readFileSync(path.join(root, file), 'utf8');
    const [first, second] = [await playSource(source), await playSource(source)];
    expect(rewriteScript(source, second.played)).toBe(rewriteScript(source, first.played));
  });

  test('is found: there are some', () => {
    expect(files.length).toBeGreaterThan(0);
  });
});

describe('the page about scenarios', () => {
  const page = readFileSync(path.join(root, '../../docs/scenarios.md'), 'utf8');
  const story = /```scenario\n([^`]*)```/.exec(page)?.[1] ?? '';
  const rows = page.split('\n').filter((row) => row.startsWith('| `'));
  const examples = rows.map((row) => /`([^`]+)` \|$/.exec(row)?.[1]?.replace('\\|', '|') ?? row);

  test('tells a story that happens as it is written', async () => {
    const { script, played } = await playSource(story);
    expect(describeDifference(script, played) ?? 'as it is written').toBe('as it is written');
  });

  test.each(examples)('gives an example that is understood: %s', (example) => {
    expect(formatStep(parseStep(example))).toBeTypeOf('string');
  });

  test('has a row for every command', () => {
    const named = rows.flatMap((row) =>
      [...(row.split('|')[1] ?? '').matchAll(/`(\w+)/g)].map((match) => match[1]),
    );
    const known = /write (.*), quietly and/.exec(refusalOf('explode'))?.[1]?.split(', ') ?? [];
    expect(known.length).toBeGreaterThan(20);
    expect(named).toEqual(expect.arrayContaining(known));
  });
});

function refusalOf(command: string): string {
  try {
    parseStep(command);
  } catch (error) {
    if (error instanceof ScenarioError) return error.why;
    throw error;
  }
  throw new Error(`${command} is understood`);
}
