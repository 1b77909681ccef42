import { describe, expect, it } from 'vitest';
import type { ProcessEvent } from '../../core/index.js';
import { detector, parseDetectorOptions } from '../../detector/index.js';
import { faultKinds } from '../fault-kinds.js';
import { runSeed } from '../run-seed.js';
import { detectorAlone } from './alone.js';
import { fixedTimeout } from './fixed-timeout.js';
import { type Condition, type Contender, measureEnding, measureQuiet } from './measure.js';
import { runDetectorSeed } from './run-seed.js';

const faults = new Set(faultKinds);
const calm: Condition = { nodes: 5, lossChance: 0, hidden: 0, throttled: 0 };
const ours: Contender = { process: detector, options: parseDetectorOptions({}) };

describe('the detector in a world of faults', () => {
  it.each([
    [1, 3],
    [2, 8],
    [3, 15],
    [5, 15],
    [9, 2],
  ])('of %i nodes keeps its rules, and is complete and accurate in the end', (nodes, seeds) => {
    for (let seed = 1; seed <= seeds; seed++) {
      const { verdict, why } = runSeed({ protocol: detectorAlone, nodes, seed, steps: 2_000, faults });
      expect(`${verdict} ${why}`, `seed ${seed}`).toBe('clean ');
    }
  });

  it('runs a seed the same way again', () => {
    const run = () => runSeed({ protocol: detectorAlone, nodes: 5, seed: 3, steps: 2_000, faults }).hash;
    expect(run()).toBe(run());
  });

  it('that never looks at its timers is found incomplete, where somebody has gone', () => {
    const { server } = detectorAlone.instances;
    const deaf = {
      ...server.process,
      step: (state: unknown, event: ProcessEvent<unknown>) =>
        event.type === 'timeout' || event.type === 'peerDown' ? [] : server.process.step(state, event),
    };
    const instances = { ...detectorAlone.instances, server: { ...server, process: deaf } };
    const protocol = { ...detectorAlone, instances };
    const rules = Array.from({ length: 10 }, (_, i) => {
      const given = { protocol, nodes: 5, seed: i + 1, steps: 500, faults: new Set(['left-down'] as const) };
      return runDetectorSeed(given).rule;
    });
    expect(rules).toContain('completeness');
  });
});

describe('a tab that ends', () => {
  it('with a goodbye is noticed at once, and a killed one long before WebRTC would', () => {
    for (const [ending, withinMs] of [
      ['closed', 500],
      ['killed', 3_000],
    ] as const) {
      const { suspectedMs } = measureEnding(ours, calm, ending, 1);
      expect(suspectedMs).toHaveLength(4);
      for (const ms of suspectedMs) expect(ms).toBeLessThan(withinMs);
    }
  });

  it('and thaws is trusted again, and has accused nobody, where a fixed timeout accuses everybody', () => {
    const { trustedMs, accusations } = measureEnding(ours, calm, 'frozen', 1);
    expect(accusations).toBe(0);
    for (const ms of trustedMs) expect(ms).toBeLessThan(1_000);
    const simple: Contender = { process: fixedTimeout, options: { heartbeatMs: 500, timeoutMs: 1_500 } };
    expect(measureEnding(simple, calm, 'frozen', 1).accusations).toBe(4);
  });

  it('among thirty is noticed by all, at no more messages for each than among twelve', () => {
    const crowd: Condition = { ...calm, nodes: 30 };
    const { suspectedMs } = measureEnding(ours, crowd, 'killed', 1);
    expect(suspectedMs).toHaveLength(29);
    for (const ms of suspectedMs) expect(ms).toBeLessThan(10_000);
    const { framesPerSecond } = measureQuiet(ours, crowd, 0.002, 1);
    expect(framesPerSecond).toBeLessThan(50);
  });
});
