import { describe, expect, test } from 'vitest';
import { type AnyProtocol, type Effect, nextInt, seedRandom } from '../core/index.js';
import { findProtocol } from '../registry.js';
import { type FaultKind, faultKinds } from './fault-kinds.js';
import { runSeed, type SeedReport } from './run-seed.js';

const swarm: ReadonlySet<FaultKind> = new Set(faultKinds);
const none: ReadonlySet<FaultKind> = new Set();
const steps = 1500;

function known(name: string): AnyProtocol {
  const protocol = findProtocol(name);
  if (protocol === null) throw new Error(`there is no ${name}`);
  return protocol;
}

const raft = known('raft');

/** The protocol with its server's effects changed on their way to the host: a rule broken without a switch in its code. */
function broken(change: (effects: readonly Effect<unknown>[]) => Effect<unknown>[]): AnyProtocol {
  const { server } = raft;
  return {
    ...raft,
    server: {
      create: (init) => server.create(init),
      observe: (state) => server.observe(state),
      step: (state, event) => change(server.step(state, event)),
    },
  };
}

/** Runs seeds from 1 until one is violated. */
function firstFall(protocol: AnyProtocol, seedsMax: number): SeedReport | null {
  for (let seed = 1; seed <= seedsMax; seed++) {
    const report = runSeed({ protocol, nodes: 3, seed, steps, faults: swarm });
    if (report.verdict === 'violated') return report;
  }
  return null;
}

describe('a seed', () => {
  test('gives the same run twice, to the last step', () => {
    const options = { protocol: raft, nodes: 5, seed: 7, steps, faults: swarm };
    expect(runSeed(options)).toEqual(runSeed(options));
  });

  test('differs from another', () => {
    const options = { protocol: raft, nodes: 3, steps, faults: swarm };
    expect(runSeed({ ...options, seed: 1 }).hash).not.toBe(runSeed({ ...options, seed: 2 }).hash);
  });

  test('commits in a world without faults', () => {
    const report = runSeed({ protocol: raft, nodes: 5, seed: 3, steps, faults: none });
    expect(report).toMatchObject({ verdict: 'clean', fall: null });
    expect(report.acknowledged).toBeGreaterThan(5);
  });

  test('tells leaders and followers of links that end and come back', () => {
    const seen = new Set<string>();
    const { server } = raft;
    const watched: AnyProtocol = {
      ...raft,
      server: {
        create: (init) => server.create(init),
        observe: (state) => server.observe(state),
        step: (state, event) => {
          if (event.type === 'peerUp' || event.type === 'peerDown')
            seen.add(`${server.observe(state).role} ${event.type}`);
          return server.step(state, event);
        },
      },
    };
    for (let seed = 1; seed <= 6; seed++) {
      runSeed({ protocol: watched, nodes: 3, seed, steps, faults: swarm });
    }
    for (const role of ['leader', 'follower']) {
      expect(seen).toContain(`${role} peerDown`);
      expect(seen).toContain(`${role} peerUp`);
    }
  });

  test('runs a cluster of one', () => {
    expect(runSeed({ protocol: raft, nodes: 1, seed: 1, steps, faults: swarm }).verdict).toBe('clean');
  });
});

describe('raft under a swarm of faults', () => {
  test.each([3, 5, 7])('keeps its rules over fixed seeds with %i nodes', (nodes) => {
    for (let seed = 1; seed <= 12; seed++) {
      expect(runSeed({ protocol: raft, nodes, seed, steps, faults: swarm })).toMatchObject({
        seed,
        verdict: 'clean',
      });
    }
  });

  test('keeps its rules over seeds of the day', () => {
    // Another slice each day finds over months what one slice never would; the day repeats it.
    const day = Math.floor(Date.now() / 86_400_000);
    const random = seedRandom(day, 'seeds of the day');
    for (let i = 0; i < 8; i++) {
      const seed = nextInt(random, 1, 1_000_000_000);
      expect(runSeed({ protocol: raft, nodes: 5, seed, steps, faults: swarm })).toMatchObject({
        seed,
        verdict: 'clean',
      });
    }
  });
});

describe('the checkers', () => {
  test('find a node that promises before its write is durable', () => {
    const eager = broken((effects) =>
      effects.map((effect) => {
        if (effect.type !== 'send') return effect;
        const { after: _, ...send } = effect;
        return send;
      }),
    );
    expect(firstFall(eager, 20)?.fall).not.toBeNull();
  });

  test('find a node that forgets its term and vote', () => {
    const forgetful = broken((effects) =>
      effects.map((effect) =>
        effect.type === 'persist' ? { ...effect, ops: effect.ops.filter((op) => op.kind !== 'set') } : effect,
      ),
    );
    expect(firstFall(forgetful, 60)?.verdict).toBe('violated');
  });

  test('find a cluster that never answers once all faults have ended', () => {
    const mute = broken((effects) => effects.filter((effect) => effect.type !== 'commit'));
    expect(firstFall(mute, 3)?.why).toMatch(/no progress/);
  });
});
