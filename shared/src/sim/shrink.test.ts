import { describe, expect, test } from 'vitest';
import type { AnyProtocol } from '../core/index.js';
import { findProtocol } from '../registry.js';
import { faultKinds } from './fault-kinds.js';
import { runSeed, type SeedOptions, type SeedReport } from './run-seed.js';
import { shrink } from './shrink.js';
import { withProcess } from './testing/index.js';

/** Raft whose server does not read its term and vote from its disk when it starts. */
function forgetful(): AnyProtocol {
  const raft = findProtocol('raft');
  if (raft === null) throw new Error('there is no raft');
  return withProcess(raft, 'server', (server) => ({
    step: (state, event) =>
      server.step(state, event.type === 'start' ? { ...event, disk: { ...event.disk, values: {} } } : event),
  }));
}

function fallen(): { options: SeedOptions; report: SeedReport } {
  const protocol = forgetful();
  for (let seed = 1; seed <= 60; seed++) {
    const options = { protocol, nodes: 3, seed, steps: 1_500, faults: new Set(faultKinds) };
    const report = runSeed(options);
    if (report.rule === 'term-never-back' && report.schedule.length > 5) return { options, report };
  }
  throw new Error('no seed found a server that forgets');
}

describe('a violated seed', () => {
  const { options, report } = fallen();
  const shrunk = shrink(options, report);
  const { faults, steps, untilMs } = shrunk;
  const rerun = { ...options, faults, steps, untilMs };

  test('is shrunk to what makes a server forget: a crash, and what is needed to bring it about', () => {
    const types = shrunk.actions.map(({ deed }) => deed.type);
    expect(types.some((type) => type === 'crash' || type === 'fail-write')).toBe(true);
    expect(shrunk.actions.length).toBeLessThan(4);
    for (const { id } of shrunk.actions) {
      const others = new Set(shrunk.actions.map((action) => action.id).filter((other) => other !== id));
      expect(runSeed({ ...rerun, actions: others }).rule).not.toBe('term-never-back');
    }
  });

  test('is shrunk to few kinds of fault', () => {
    expect(shrunk.faults.size).toBeLessThan(options.faults.size / 2);
  });

  test('breaks the same rule again when it is run with what it was shrunk to', () => {
    const actions = new Set(shrunk.actions.map(({ id }) => id));
    const again = runSeed({ ...rerun, actions });
    expect(again).toEqual(shrunk.report);
    expect(again).toMatchObject({ verdict: 'violated', rule: 'term-never-back' });
  });

  test('ends its faults by time, right after the fall: fewer faults leave nodes more steps to take before', () => {
    expect(shrunk.untilMs).toBe(Math.ceil((report.fall?.atMs ?? 0) + 1));
    expect(shrunk.steps).toBeGreaterThan(options.steps);
  });

  test('is run no more often than allowed, and what remains then still breaks the rule', () => {
    const hasty = shrink(options, report, 1);
    expect(hasty.runs).toBe(1);
    expect(hasty.actions.length).toBeGreaterThan(shrunk.actions.length);
    expect(hasty.report.rule).toBe('term-never-back');
  });

  test('is not run with an action that it does not draw', () => {
    expect(() => runSeed({ ...options, actions: new Set(['crashes-9999']) })).toThrow(/crashes-9999/);
  });
});
