import { everything, Recorder, type TraceEvent } from '@quorate/shared/trace';
import { encodeValue } from '@quorate/shared/wire';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Lane, Mesh, MeshListener } from '../mesh/index.js';
import { systemVersion } from './messages.js';
import { ProofExchange, planeOfProofs } from './proof-exchange.js';
import { Telemetry } from './telemetry.js';

const id = (i: number): string => `tab${i}`.padEnd(26, 'a');
const run = 'raft-1-x';

type Frame = { readonly from: string; readonly to: string; readonly lane: Lane; readonly frame: Uint8Array };

/** Tabs on links whose frames go when a test says so. */
class World {
  nowMs = 0;
  readonly tabs = new Map<string, TestTab>();
  frames: Frame[] = [];
  /** Frames handed over, of each lane. */
  readonly carried = { control: 0, protocol: 0, bulk: 0 };

  open(i: number): TestTab {
    const tab = new TestTab(this, id(i));
    this.tabs.set(tab.self, tab);
    return tab;
  }

  link(a: TestTab, b: TestTab): void {
    a.listener.onUp?.(b.self);
    b.listener.onUp?.(a.self);
  }

  close(gone: TestTab): void {
    this.tabs.delete(gone.self);
    for (const tab of this.tabs.values()) tab.listener.onDown?.(gone.self, 'crashed');
  }

  /** So many rounds of a quarter of a second; frames that wait to be deflated or inflated have their turns. */
  async rounds(count: number): Promise<void> {
    for (let i = 0; i < count; i++) {
      this.nowMs += 250;
      for (const tab of this.tabs.values()) tab.exchange.look();
      await this.settle();
    }
  }

  /** Carries frames until none is left: in these tests, nothing takes time. */
  async settle(): Promise<void> {
    do {
      for (const { from, to, lane, frame } of this.frames.splice(0)) {
        this.carried[lane] += 1;
        this.tabs.get(to)?.listener.onFrame?.(from, lane, new Uint8Array(frame));
      }
      await new Promise((resolve) => setImmediate(resolve));
    } while (this.frames.length > 0);
  }
}

class TestTab {
  readonly self: string;
  readonly telemetry: Telemetry;
  readonly exchange: ProofExchange;
  readonly recorder: Recorder;
  readonly told: TraceEvent[] = [];
  readonly bad: string[] = [];
  listener: MeshListener = {};

  constructor(world: World, self: string) {
    this.self = self;
    const mesh: Pick<Mesh, 'send' | 'on'> = {
      send: (to, lane, frame) => {
        world.frames.push({ from: self, to, lane, frame });
        return 'sent';
      },
      on: (listener) => {
        this.listener = listener;
        return () => undefined;
      },
    };
    this.telemetry = new Telemetry(() => world.nowMs);
    this.telemetry.on((events) => this.told.push(...events));
    this.exchange = new ProofExchange({
      mesh,
      proofs: this.telemetry.proofs,
      run: () => run,
      isKnown: (node) => node.startsWith('tab'),
      onProofs: (events) => this.telemetry.brought(events),
      onBad: (_peer, why) => this.bad.push(why),
      nowMs: () => world.nowMs,
      compression: {
        deflate: (bytes) => Promise.resolve(bytes),
        inflate: (bytes) => Promise.resolve(bytes),
      },
    });
    this.recorder = new Recorder({
      node: self,
      life: 1,
      wallMs: () => world.nowMs,
      nowMs: () => world.nowMs,
      limits: { ...everything, eventsPerSecond: 240, eventsBurst: 240 },
    });
    this.recorder.open(run);
  }

  applies(index: number): void {
    this.recorder.record(run, 'server', index, {
      type: 'applied',
      first: index,
      last: index,
      digest: `d${index}`,
    });
  }

  /** What has been recorded, in batches: to itself, and to those tabs to which it is not lost. */
  flush(to: readonly TestTab[] = []): void {
    do {
      const events = this.recorder.flush(0);
      this.telemetry.own(events);
      for (const tab of to) tab.telemetry.heard(this.self, structuredClone(events));
    } while (this.recorder.waits);
  }

  /** The indexes that `node` applied, as this tab was told of them. */
  applied(node: TestTab): number[] {
    return this.told.flatMap((event) =>
      event.type === 'applied' && event.node === node.self ? [event.last] : [],
    );
  }
}

const counted = (last: number): number[] => Array.from({ length: last }, (_, i) => i + 1);

describe('what can prove a broken rule', () => {
  test('all arrives, in order, under a flood of 100,000 other events in a second, with every third batch lost', async () => {
    const world = new World();
    const [voter, viewer] = [world.open(0), world.open(1)];
    world.link(voter, viewer);
    let proofs = 0;
    for (let i = 1; i <= 100_000; i++) {
      world.nowMs = i / 100;
      voter.recorder.record(run, 'server', i, { type: 'timerFired', timer: 'heartbeat' });
      if (i % 40 === 0) voter.applies(++proofs);
      if (i % 5_000 === 0) voter.flush(i % 15_000 === 0 ? [] : [viewer]);
    }
    await world.rounds(12);
    expect(proofs).toBe(2_500);
    expect(viewer.applied(voter)).toEqual(counted(2_500));
    const noise = viewer.told.filter(({ type }) => type === 'timerFired').length;
    expect(noise).toBeGreaterThan(0);
    expect(noise).toBeLessThanOrEqual(480);
  });

  test('reaches who comes late, and after its node has gone, from others that have it', async () => {
    const world = new World();
    const [voter, other] = [world.open(0), world.open(1)];
    world.link(voter, other);
    for (const index of counted(1_500)) voter.applies(index);
    voter.flush([other]);
    world.close(voter);
    const late = world.open(2);
    world.link(other, late);
    await world.rounds(4);
    expect(late.applied(voter)).toEqual(counted(1_500));
  });

  test('is asked for even when the last of it was lost, and nothing came after that could show it', async () => {
    const world = new World();
    const [voter, viewer] = [world.open(0), world.open(1)];
    world.link(voter, viewer);
    await world.rounds(2);
    voter.applies(1);
    voter.flush([]);
    await world.rounds(24);
    expect(viewer.applied(voter)).toEqual([1]);
  });

  test('reaches everybody over any links, whatever batches are lost', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(fc.nat(4), { maxLength: 4 }), { minLength: 1, maxLength: 8 }),
        fc.array(fc.tuple(fc.nat(4), fc.nat(4)), { maxLength: 3 }),
        async (batches, shortcuts) => {
          const world = new World();
          const tabs = counted(5).map((i) => world.open(i));
          const [voter] = tabs;
          if (voter === undefined) throw new Error('there are five tabs');
          // A line, so that everybody can be reached, and some links more.
          for (const [i, tab] of tabs.slice(1).entries()) world.link(tabs[i] ?? voter, tab);
          for (const [a, b] of shortcuts) {
            const [one, two] = [tabs[a], tabs[b]];
            if (one !== undefined && two !== undefined && one !== two) world.link(one, two);
          }
          let index = 0;
          for (const reached of batches) {
            voter.applies(++index);
            voter.applies(++index);
            voter.flush([...new Set(reached)].flatMap((i) => (i === 0 ? [] : (tabs[i] ?? []))));
            await world.rounds(1);
          }
          await world.rounds(260);
          for (const tab of tabs) expect(tab.applied(voter)).toEqual(counted(index));
        },
      ),
      { numRuns: 20 },
    );
  });

  test('goes in bulk alone, in answers of bounded size, and a tab that is asked too often answers with none', async () => {
    const world = new World();
    const [voter, viewer] = [world.open(0), world.open(1)];
    world.link(voter, viewer);
    for (const index of counted(1_200)) voter.applies(index);
    voter.flush([]);
    await world.rounds(3);
    expect(world.carried).toMatchObject({ control: 0, protocol: 0 });
    // Five pairs for 1,200 events, and the voter's own question with its answer.
    expect(world.carried.bulk).toBe(2 * 5 + 2);
    const body = encodeValue([systemVersion, { type: 'want', run, have: [] }]);
    world.frames = Array.from({ length: 100 }, () => ({
      from: viewer.self,
      to: voter.self,
      lane: 'bulk' as const,
      frame: Uint8Array.of(planeOfProofs, ...body),
    }));
    const sizes: number[] = [];
    const { onFrame } = viewer.listener;
    viewer.listener = {
      ...viewer.listener,
      onFrame: (peer, lane, frame) => {
        sizes.push(frame.length);
        onFrame?.(peer, lane, frame);
      },
    };
    await world.rounds(1);
    expect(sizes.length).toBeGreaterThan(0);
    expect(sizes.filter((size) => size > 1_000).length).toBeLessThanOrEqual(8);
  });

  test('of what a neighbour tells unasked nothing is taken, and garbage in an answer is told of and dropped alone', async () => {
    const world = new World();
    const [liar, viewer] = [world.open(0), world.open(1)];
    world.link(liar, viewer);
    liar.applies(1);
    const [good] = liar.recorder.flush(0);
    const say = async (message: unknown): Promise<void> => {
      const body = encodeValue([systemVersion, message]);
      viewer.listener.onFrame?.(liar.self, 'bulk', Uint8Array.of(planeOfProofs, ...body));
      await world.settle();
    };
    await say({ type: 'have', run, events: [good], more: false });
    expect(viewer.applied(liar)).toEqual([]);
    // Now it has asked, and what answers is garbage but for one.
    world.nowMs += 10_000;
    world.tabs.delete(liar.self);
    await world.rounds(1);
    const { proof: _number, ...noProof } = good ?? { proof: 1 };
    const stranger = { ...good, node: 'stranger' };
    await say({
      type: 'have',
      run,
      events: [null, noProof, { ...good, run: 's' }, stranger, good],
      more: false,
    });
    expect(viewer.applied(liar)).toEqual([1]);
    expect(viewer.bad).toEqual([`4 of 5 events are no proofs of ${run}`]);
    await say({ type: 'gossip' });
    expect(viewer.bad).toHaveLength(2);
  });

  test('that a busy neighbour brings late is taken, once: else it would be asked for the same again and again', async () => {
    const world = new World();
    const [slow, viewer] = [world.open(0), world.open(1)];
    world.link(slow, viewer);
    slow.applies(1);
    const events = slow.recorder.flush(0);
    world.tabs.delete(slow.self);
    await world.rounds(1);
    world.nowMs += 60_000;
    const answer = encodeValue([systemVersion, { type: 'have', run, events, more: false }]);
    for (let times = 0; times < 2; times++)
      viewer.listener.onFrame?.(slow.self, 'bulk', Uint8Array.of(planeOfProofs, ...answer));
    await world.settle();
    expect(viewer.applied(slow)).toEqual([1]);
  });

  test('that nobody keeps any more is given up, without the same being sent again and again', async () => {
    const world = new World();
    const [voter, other] = [world.open(0), world.open(1)];
    world.link(voter, other);
    for (const index of counted(6_000)) voter.applies(index);
    voter.flush([other]);
    await world.rounds(4);
    const late = world.open(2);
    for (const tab of [voter, other]) world.link(tab, late);
    world.carried.bulk = 0;
    await world.rounds(80);
    const kept = late.applied(voter);
    expect(kept.length).toBeGreaterThanOrEqual(4_096);
    expect(kept).toEqual(kept.map((_, i) => 6_000 - kept.length + 1 + i));
    // Twenty answers with news, and as many questions; a few in vain; and what is asked every five seconds.
    expect(world.carried.bulk).toBeLessThan(200);
  });
});
