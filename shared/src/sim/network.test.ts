import { describe, expect, test } from 'vitest';
import { seedRandom } from '../core/index.js';
import { type NetworkConditions, perfectNetwork, VirtualNetwork } from './network.js';
import { Scheduler } from './scheduler.js';

/** A network of three, what arrived, and what was lost. A frame is one number. */
function world(conditions: Partial<NetworkConditions> = {}) {
  const scheduler = new Scheduler();
  const arrived: { from: string; to: string; frame: number; atMs: number }[] = [];
  const lost: string[] = [];
  const down = new Set<string>();
  const network = new VirtualNetwork({
    scheduler,
    random: seedRandom(5, 'network'),
    nodes: ['a', 'b', 'c'],
    deliver: (from, to, frame) => {
      if (down.has(to)) return false;
      arrived.push({ from, to, frame: frame[0] ?? -1, atMs: scheduler.nowMs });
      return true;
    },
    onCutsChange: () => undefined,
    onLoss: (from, to, frame, why) => void lost.push(`${from}>${to} ${frame[0]}: ${why}`),
  });
  network.conditions = { ...perfectNetwork, ...conditions };
  const at = (atMs: number, act: () => void): void => void scheduler.schedule(atMs, act);
  const send = (frame: number, from = 'a', to = 'b'): void => network.send(from, to, Uint8Array.of(frame));
  const run = (): number[] => {
    while (scheduler.runNext(Number.POSITIVE_INFINITY));
    return arrived.map(({ frame }) => frame);
  };
  return { network, arrived, lost, down, at, send, run };
}

const many = 200;

describe('the virtual network', () => {
  test('delivers each frame once, after a while', () => {
    const { send, arrived, run } = world();
    send(1);
    expect(run()).toEqual([1]);
    expect(arrived[0]?.atMs).toBeGreaterThan(0);
  });

  test('loses and doubles frames as often as it is told, and tells of each loss', () => {
    const { send, run, lost } = world({ lossChance: 0.25, duplicateChance: 0.25 });
    for (let frame = 0; frame < many; frame++) send(frame);
    const arrived = run();
    const once = new Set(arrived);
    expect(once.size + lost.length).toBe(many);
    expect(lost.length).toBeGreaterThan(0);
    expect(arrived.length).toBeGreaterThan(once.size);
  });

  test('lets frames that straggle be overtaken', () => {
    const { send, run } = world({ straggleChance: 0.2 });
    for (let frame = 0; frame < many; frame++) send(frame);
    const arrived = run();
    expect(arrived.toSorted((a, b) => a - b)).not.toEqual(arrived);
  });

  test('has links that are worse than others', () => {
    const { send, lost, run } = world({ lossChance: 0.3 });
    for (const from of ['a', 'b', 'c']) {
      for (const to of ['a', 'b', 'c']) for (let i = 0; i < many; i++) if (from !== to) send(1, from, to);
    }
    run();
    const counts = ['a>b', 'a>c', 'b>a', 'b>c', 'c>a', 'c>b'].map(
      (link) => lost.filter((line) => line.startsWith(link)).length,
    );
    expect(Math.max(...counts)).toBeGreaterThan(2 * Math.min(...counts));
  });

  test('takes what is under way on a link that is cut, in that direction alone', () => {
    const { network, send, run, lost } = world();
    send(1);
    send(2, 'b', 'a');
    network.cut('a', 'b');
    expect(run()).toEqual([2]);
    expect(lost).toEqual(['a>b 1: cut']);
  });

  test('mends a link when the last of its cuts is taken back', () => {
    const { network, send, run } = world();
    network.cut('a', 'b');
    network.cut('a', 'b');
    network.mend('a', 'b');
    expect(network.isCut('a', 'b')).toBe(true);
    network.mend('a', 'b');
    expect(network.isCut('a', 'b')).toBe(false);
    send(1);
    expect(run()).toEqual([1]);
  });

  test('delivers nothing over a clogged link, and then everything in its order at once', () => {
    const { network, send, arrived, at, run } = world();
    network.clog('a', 'b');
    at(0, () => send(1));
    at(10, () => send(2));
    at(10, () => send(3, 'b', 'a'));
    at(20, () => send(4));
    at(500, () => network.unclog('a', 'b'));
    expect(run()).toEqual([3, 1, 2, 4]);
    expect(arrived.filter(({ to }) => to === 'b').map(({ atMs }) => atMs)).toEqual([500, 500, 500]);
  });

  test('keeps only so much on a clogged link', () => {
    const { network, send, at, run, lost } = world();
    network.clog('a', 'b');
    for (let i = 0; i < 10_005; i++) send(1);
    at(500, () => network.unclog('a', 'b'));
    expect(run()).toHaveLength(10_000);
    expect(lost).toEqual(Array<string>(5).fill('a>b 1: overflow'));
  });

  test('says of a frame that met nobody that it is lost', () => {
    const { down, send, run, lost } = world();
    down.add('b');
    send(1);
    expect(run()).toEqual([]);
    expect(lost).toEqual(['a>b 1: no-link']);
  });

  test('is perfect once it is healed, and what was clogged arrives', () => {
    const { network, send, at, run, lost } = world({ lossChance: 1 });
    network.cut('b', 'c');
    send(1);
    network.conditions = perfectNetwork;
    network.clog('a', 'b');
    send(2);
    at(5, () => network.heal());
    at(6, () => send(3, 'b', 'c'));
    expect(run()).toEqual([2, 3]);
    expect(lost).toEqual(['a>b 1: drop']);
  });
});
