import { describe, expect, test } from 'vitest';
import {
  type AnyProtocol,
  broadcastName,
  type Effect,
  type InvariantChecker,
  isDelivery,
  isRecovery,
  type NodeId,
  type Violation,
} from '../core/index.js';
import { findProtocol } from '../registry.js';
import { type FaultKind, faultKinds } from './fault-kinds.js';
import { runSeed, type SeedReport } from './run-seed.js';
import { shrink } from './shrink.js';
import { withProcess } from './testing/index.js';
import { TranscriptLog } from './transcript-log.js';

const swarm: ReadonlySet<FaultKind> = new Set(faultKinds);
const steps = 800;

function known(name: string): AnyProtocol {
  const protocol = findProtocol(name);
  if (protocol === null) throw new Error(`there is no ${name}`);
  return protocol;
}

/** Asks for one thing alone: what a node that remains has delivered, all that remain deliver. */
class Agreement implements InvariantChecker<unknown, unknown> {
  readonly rules = [{ name: 'agreement', sentence: 'All that remain deliver the same.' }];
  readonly #delivered = new Map<NodeId, Set<string>>();

  afterStep(node: NodeId, _state: unknown, _event: unknown, effects: readonly Effect<unknown>[]): null {
    const delivered = this.#delivered.get(node) ?? new Set();
    this.#delivered.set(node, delivered);
    for (const effect of effects) {
      if (effect.type !== 'indicate') continue;
      if (isDelivery(effect.output)) delivered.add(broadcastName(effect.output));
      if (isRecovery(effect.output))
        for (const each of effect.output.deliveries) delivered.add(broadcastName(each));
    }
    return null;
  }

  afterCrash(): void {
    // What was delivered stays delivered.
  }

  atQuiescence(remaining: readonly NodeId[]): Violation | null {
    const all = new Set(remaining.flatMap((node) => [...(this.#delivered.get(node) ?? [])]));
    for (const node of remaining) {
      const lacked = [...all].find((name) => !this.#delivered.get(node)?.has(name));
      if (lacked !== undefined) return { rule: 'agreement', node, why: `it never delivered ${lacked}` };
    }
    return null;
  }
}

/**
 * With links that send again and stores that nothing is dropped from, judged by agreement alone. All three vote: to who has
 * no vote nobody owes what was said before it was known.
 */
function judged(name: string): AnyProtocol {
  const protocol = known(name);
  return {
    ...protocol,
    votersMin: 3,
    drawOptions: () => protocol.parseOptions({}),
    createChecker: () => new Agreement(),
  };
}

function firstFall(protocol: AnyProtocol, seeds: number, faults = swarm): SeedReport | null {
  for (let seed = 1; seed <= seeds; seed++) {
    const report = runSeed({ protocol, nodes: 3, seed, steps, faults });
    if (report.verdict === 'violated') return report;
  }
  return null;
}

describe('where senders crash half way', () => {
  const crashes: ReadonlySet<FaultKind> = new Set(['crashes', 'loss', 'delay']);

  test('best-effort broadcast leaves some nodes without what others have', () => {
    expect(firstFall(judged('best-effort'), 10, crashes)).toMatchObject({ rule: 'agreement' });
  });

  test('reliable broadcast does not', () => {
    expect(firstFall(judged('reliable'), 10, crashes)).toBeNull();
  });

  test('nor does best effort, where nobody crashes', () => {
    expect(firstFall(judged('best-effort'), 10, new Set(['loss', 'delay', 'duplication']))).toBeNull();
  });
});

describe.each(['best-effort', 'reliable'])('a seed of %s broadcast', (name) => {
  const protocol = known(name);

  test('keeps its rules under the whole swarm', () => {
    const verdicts = new Set<string>();
    for (let seed = 1; seed <= 12; seed++) {
      const { verdict, acknowledged, why } = runSeed({ protocol, nodes: 5, seed, steps, faults: swarm });
      expect(why).toBe('');
      expect(acknowledged).toBeGreaterThan(0);
      verdicts.add(verdict);
    }
    expect(verdicts).toContain('clean');
  });

  test('gives the same run twice, and when its transcript is kept', () => {
    const options = { protocol, nodes: 3, seed: 5, steps, faults: swarm };
    const report = runSeed(options);
    const transcript = new TranscriptLog();
    expect(runSeed({ ...options, transcript })).toEqual(report);
    expect(transcript.lines().join('\n')).toMatch(/node\d +delivers node\d\/\d+\/\d+, \d+ bytes: m\d+/);
  });

  test('that never hears of a write makes no progress, and says so', () => {
    const deaf = withProcess(protocol, 'server', (server) => ({
      step: (state, event) => (event.type === 'persisted' ? [] : server.step(state, event)),
    }));
    const report = runSeed({ protocol: deaf, nodes: 3, seed: 1, steps: 200, faults: new Set() });
    expect(report).toMatchObject({ verdict: 'violated', rule: 'progress' });
  });
});

test('a seed that breaks agreement is shrunk to the crash that did it', () => {
  const protocol = judged('best-effort');
  const faults: ReadonlySet<FaultKind> = new Set(['crashes', 'loss', 'delay', 'clock-jumps', 'pauses']);
  const report = firstFall(protocol, 10, faults);
  if (report === null) throw new Error('no seed broke agreement');
  const options = { protocol, nodes: 3, seed: report.seed, steps, faults };
  const shrunk = shrink(options, report);
  expect(shrunk.report.rule).toBe('agreement');
  expect(shrunk.actions.length).toBeLessThanOrEqual(3);
  expect([...shrunk.faults]).toContain('crashes');
});
