import { describe, expect, test } from 'vitest';
import type { ProcessEvent } from '../core/index.js';
import { findProtocol } from '../registry.js';
import { encodeOperation } from '../store/index.js';
import type { FaultDeed } from './actions.js';
import { Nemesis } from './nemesis.js';
import { perfectNetwork } from './network.js';
import { withProcess } from './testing/index.js';
import { TranscriptLog } from './transcript-log.js';
import { nodeIds, simulatedRun, World } from './world.js';

type Seen = { readonly node: string; readonly atMs: number; readonly event: ProcessEvent<unknown> };

/** Three nodes of Raft, what their servers saw and when, and a nemesis that does these things at these times. */
function world(deeds: readonly (readonly [atMs: number, deed: FaultDeed])[]) {
  const raft = findProtocol('raft');
  if (raft === null) throw new Error('there is no raft');
  const seen: Seen[] = [];
  const transcript = new TranscriptLog();
  let nodeOf = new WeakMap<object, string>();
  const watched = withProcess(raft, 'server', (server) => ({
    create: (init) => {
      const state = server.create(init) as object;
      nodeOf = nodeOf.set(state, init.self);
      return state;
    },
    step: (state, event) => {
      seen.push({ node: nodeOf.get(state as object) ?? '', atMs: it.scheduler.nowMs, event });
      return server.step(state, event);
    },
  }));
  const it: World = new World({
    protocol: watched,
    nodes: nodeIds(3),
    voters: nodeIds(3),
    seed: 1,
    network: perfectNetwork,
    diskLatencyMaxMs: 1,
    protocolOptions: raft.parseOptions({}),
    transcript,
  });
  for (const node of it.nodes) node.start();
  const nemesis = new Nemesis(
    it,
    deeds.map(([atMs, deed], i) => ({ id: `deed-${i + 1}`, atMs, deed })),
  );
  const run = (untilMs: number): void => void it.run(untilMs, Number.POSITIVE_INFINITY);
  const of = (node: string, fromMs: number, untilMs: number): Seen[] =>
    seen.filter((one) => one.node === node && one.atMs >= fromMs && one.atMs < untilMs);
  const types = (node: string, fromMs: number, untilMs: number): string[] =>
    of(node, fromMs, untilMs).map(({ event }) => event.type);
  return { it, nemesis, run, of, types, transcript };
}

const node = 'node2';

describe('the nemesis', () => {
  test('crashes a node, and starts it again when its time is over', () => {
    const { it, run, types } = world([[1_000, { type: 'crash', node, survivingWrites: 0, downMs: 400 }]]);
    run(1_399);
    expect(it.node(node).up).toBe(false);
    expect(types(node, 1_000, 1_399)).toEqual([]);
    run(3_000);
    expect(it.node(node).up).toBe(true);
    expect(types(node, 1_399, 1_500)[0]).toBe('start');
  });

  test('cuts off whoever leads, until its time is over: another is elected, and the old leader steps down', () => {
    const { it, run } = world([[2_000, { type: 'cut-leader', forMs: 1_500 }]]);
    run(1_999);
    const { leader } = it;
    run(2_001);
    const others = it.nodes.filter((each) => each !== leader);
    for (const { id } of others) {
      expect(it.network.isCut(leader?.id ?? '', id)).toBe(true);
      expect(it.network.isCut(id, leader?.id ?? '')).toBe(true);
    }
    run(3_499);
    expect(others).toContain(it.leader);
    run(3_501);
    for (const { id } of others) expect(it.network.isCut(leader?.id ?? '', id)).toBe(false);
  });

  test('cuts nothing while nobody leads', () => {
    const { it, run } = world([[1, { type: 'cut-leader', forMs: 1_000 }]]);
    run(2);
    for (const { id: from } of it.nodes)
      for (const { id: to } of it.nodes) expect(it.network.isCut(from, to)).toBe(false);
  });

  test('lets a leader hand over, and cuts it off as soon as its heir has begun a term', () => {
    const { it, run } = world([[2_000, { type: 'hand-over', to: 'node1', forMs: 1_000 }]]);
    run(1_999);
    const { leader } = it;
    run(2_100);
    const heir = it.leader;
    expect(heir?.id).toBe(leader?.id === 'node1' ? 'node2' : 'node1');
    // The old one has not heard of it.
    expect(it.leaders).toEqual([leader, heir]);
    run(4_000);
    expect(it.leaders).toEqual([heir]);
  });

  test('fails a write: its host ends, and the node comes back as after a crash', () => {
    const { it, run, types, transcript } = world([
      [500, { type: 'fail-write', node, survivingWrites: 0, downMs: 400 }],
    ]);
    run(600);
    const command = encodeOperation({ op: 'put', path: '/a', value: 1 });
    it.node('node1').request('propose', command, simulatedRun, () => undefined);
    run(5_000);
    expect(it.fall).toBeNull();
    expect(types(node, 500, 5_000).filter((type) => type === 'start')).toHaveLength(1);
    expect(transcript.lines().some((line) => line.includes('its disk could not write'))).toBe(true);
  });

  test('never lets a node come back whose disk is lost', () => {
    const { it, nemesis, run, types } = world([
      [1_000, { type: 'lose-disk', node }],
      [1_200, { type: 'crash', node, survivingWrites: 0, downMs: 10 }],
    ]);
    run(2_000);
    nemesis.stop();
    run(9_000);
    expect(it.node(node)).toMatchObject({ up: false, gone: true });
    expect(types(node, 1_000, 9_000)).toEqual([]);
    expect(it.remaining.map(({ id }) => id)).toEqual(['node1', 'node3']);
  });

  test('leaves a node down for good', () => {
    const { it, nemesis, run } = world([[1_000, { type: 'leave-down', node }]]);
    run(2_000);
    nemesis.stop();
    run(9_000);
    expect(it.node(node)).toMatchObject({ up: false, gone: true });
  });

  test('freezes a node: nothing happens to it, then it hears first that its clock has jumped', () => {
    const { run, of, types } = world([[2_000, { type: 'freeze', node, forMs: 3_000 }]]);
    run(6_000);
    expect(types(node, 2_000, 5_000)).toEqual([]);
    const [first, ...later] = of(node, 5_000, 5_000.001);
    expect(first?.event).toMatchObject({ type: 'clockJumped' });
    expect(later.length).toBeGreaterThan(10);
  });

  test('throttles a node: what happens to it comes in batches', () => {
    const { run, of } = world([[2_000, { type: 'throttle', node, everyMs: 250, forMs: 2_000 }]]);
    run(4_000);
    const moments = new Set(of(node, 2_000, 4_000).map(({ atMs }) => atMs));
    expect([...moments].every((atMs) => atMs % 250 === 0)).toBe(true);
    expect(moments.size).toBeGreaterThan(3);
  });

  test('pauses a node as the lab does: its clock stands still', () => {
    const { run, of } = world([[2_000, { type: 'pause', node, forMs: 3_000 }]]);
    run(6_000);
    const before = of(node, 0, 2_000).at(-1)?.event.now ?? Number.NaN;
    const after = of(node, 5_000, 6_000)[0]?.event.now ?? Number.NaN;
    expect(after - before).toBeLessThan(100);
  });

  test('lets a clock drift, and makes it true again', () => {
    const deed: FaultDeed = { type: 'drift-clock', node, rate: 2, offsetMs: 0, forMs: 1_000 };
    const { it, run } = world([[1_000, deed]]);
    const ahead = (): number => (it.node(node).host?.clock.nowMs() ?? 0) - it.scheduler.nowMs;
    run(2_500);
    expect(ahead()).toBeCloseTo(1_000, 3);
    run(4_000);
    expect(ahead()).toBeCloseTo(1_000, 3);
  });

  test('starts a life ahead of time while the clock drifts', () => {
    const { it, run } = world([
      [1_000, { type: 'drift-clock', node, rate: 1, offsetMs: 7_000, forMs: 5_000 }],
      [1_500, { type: 'crash', node, survivingWrites: 0, downMs: 10 }],
    ]);
    run(2_000);
    expect((it.node(node).host?.clock.nowMs() ?? 0) - it.scheduler.nowMs).toBeGreaterThan(5_000);
  });

  test('moves a clock forward, so that its timers fire', () => {
    const { run, types } = world([[2_000, { type: 'jump-clock', node, byMs: 10_000 }]]);
    run(2_010);
    expect(types(node, 2_000, 2_001)).toContain('timeout');
  });

  test('stalls a disk: no write completes', () => {
    const { run, types } = world([[1, { type: 'stall-disk', node, forMs: 2_000 }]]);
    run(5_000);
    expect(types(node, 2, 2_001)).not.toContain('persisted');
    expect(types(node, 2_001, 5_000)).toContain('persisted');
  });

  test('clogs a link: nothing crosses it, and then all at once', () => {
    const { run, of } = world(
      ['node1', 'node3'].map((from) => [1_000, { type: 'clog', from, to: node, forMs: 1_000 }]),
    );
    run(3_000);
    const delivered = (fromMs: number, untilMs: number): Seen[] =>
      of(node, fromMs, untilMs).filter(({ event }) => event.type === 'deliver');
    expect(delivered(1_000, 2_000)).toEqual([]);
    expect(delivered(2_000, 2_000.001).length).toBeGreaterThan(10);
  });

  test('cuts links for as long as it is told, and heals all when it is called off', () => {
    const links = [
      ['node1', node],
      [node, 'node1'],
    ] as const;
    const { it, nemesis, run } = world([
      [1_000, { type: 'cut', shape: 'single-links', links, forMs: 500 }],
      [2_000, { type: 'cut', shape: 'single-links', links, forMs: 9_000 }],
      [2_000, { type: 'freeze', node: 'node3', forMs: 9_000 }],
    ]);
    const isCut = (): boolean => it.network.isCut('node1', node);
    run(1_200);
    expect(isCut()).toBe(true);
    run(1_600);
    expect(isCut()).toBe(false);
    run(2_500);
    expect(isCut()).toBe(true);
    nemesis.stop();
    expect(isCut()).toBe(false);
    expect(nemesis.done.map(({ id }) => id)).toEqual(['deed-1', 'deed-2', 'deed-3']);
  });

  test('does nothing more once it is called off', () => {
    const { it, nemesis, run } = world([[2_000, { type: 'leave-down', node }]]);
    run(1_000);
    nemesis.stop();
    run(5_000);
    expect(it.node(node).up).toBe(true);
    expect(nemesis.done).toEqual([]);
  });
});
