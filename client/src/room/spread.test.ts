import type { NodeId } from '@quorate/shared/core';
import { encodeValue } from '@quorate/shared/wire';
import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import type { Mesh, MeshListener } from '../mesh/index.js';
import { encodeSystem, type Refusal, type SystemMessage, systemVersion } from './messages.js';
import { RingOverlay } from './overlay-links.js';
import { spreadHopsMax } from './spread.js';
import { MeshSystemPlane } from './system-plane.js';

const id = (name: string | number): NodeId => `tab${name}`.padEnd(26, 'a');
const flash = (node: NodeId, serial = 1) => ({ type: 'flash', node, serial }) as const;

type Links = Map<NodeId, Set<NodeId>>;

/** Planes of tabs that are linked as `links` says. Frames arrive one after the other, when `run` is called. */
function room(
  links: Links,
  told: (node: NodeId) => readonly NodeId[] = (node) => [...(links.get(node) ?? [])],
) {
  const queue: (() => void)[] = [];
  const heard: { at: NodeId; from: NodeId; message: SystemMessage }[] = [];
  const bad: { at: NodeId; by: NodeId; refusal: Refusal }[] = [];
  const listeners = new Map<NodeId, MeshListener>();
  const planes = new Map<NodeId, MeshSystemPlane>();
  let frames = 0;
  const send = (from: NodeId, to: NodeId, lane: 'control' | 'bulk', frame: Uint8Array): void => {
    frames += 1;
    queue.push(() => listeners.get(to)?.onFrame?.(from, lane, new Uint8Array(frame)));
  };
  for (const [self, peers] of links) {
    const mesh: Pick<Mesh, 'send' | 'on'> = {
      send: (to, lane, frame) => {
        if (links.get(self)?.has(to) && lane !== 'protocol') send(self, to, lane, frame);
        return 'sent';
      },
      on: (listener) => {
        listeners.set(self, listener);
        return () => undefined;
      },
    };
    const plane = new MeshSystemPlane(
      mesh as Mesh,
      {
        onMessage: (from, message) => heard.push({ at: self, from, message }),
        onLabFrame: () => undefined,
        onPeer: () => undefined,
        onBadMessage: (by, refusal) => bad.push({ at: self, by, refusal }),
        onRefused: () => undefined,
      },
      { self, linksOf: told, wantsTrace: () => true, nowMs: () => 0 },
    );
    planes.set(self, plane);
    for (const peer of peers) listeners.get(self)?.onUp?.(peer);
  }
  const run = (): void => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) next();
  };
  return { planes, heard, bad, send, run, framesSent: () => frames };
}

function linked(pairs: readonly (readonly [NodeId, NodeId])[]): Links {
  const links: Links = new Map();
  for (const [a, b] of pairs) {
    links.set(a, (links.get(a) ?? new Set()).add(b));
    links.set(b, (links.get(b) ?? new Set()).add(a));
  }
  return links;
}

function overlay(count: number, seed = 'room'): Links {
  const tabs = Array.from({ length: count }, (_, i) => id(i));
  return new Map(tabs.map((tab) => [tab, new Set(new RingOverlay(tab, seed).neighbours(tabs))]));
}

describe('what is spread', () => {
  test('goes straight to everybody in a full mesh, and nobody passes it on', () => {
    const { planes, heard, run, framesSent } = room(overlay(12));
    planes.get(id(3))?.spread(flash(id(3)));
    run();
    expect(heard).toHaveLength(11);
    expect(framesSent()).toBe(11);
  });

  test('reaches every tab of any overlay, once, as its origin said it', () => {
    fc.assert(
      fc.property(fc.integer({ min: 13, max: 60 }), fc.string(), fc.nat(), (count, seed, chosen) => {
        const { planes, heard, bad, run, framesSent } = room(overlay(count, seed));
        const origin = id(chosen % count);
        planes.get(origin)?.spread(flash(origin));
        run();
        const expected = [...planes.keys()].filter((tab) => tab !== origin);
        expect(heard.map(({ at }) => at).sort()).toEqual(expected.sort());
        for (const { from, message } of heard) expect([from, message]).toEqual([origin, flash(origin)]);
        expect(bad).toEqual([]);
        // Each passes it on once at most.
        expect(framesSent()).toBeLessThanOrEqual(6 * count);
      }),
      { numRuns: 40 },
    );
  });

  test('reaches a tab to which one link of a full mesh is missing', () => {
    const tabs = [0, 1, 2, 3].map(id);
    const pairs = tabs.flatMap((a, i) => tabs.slice(i + 1).map((b) => [a, b] as const));
    const { planes, heard, run } = room(linked(pairs.slice(1)));
    planes.get(id(0))?.spread(flash(id(0)));
    run();
    expect(heard.map(({ at }) => at).sort()).toEqual([id(1), id(2), id(3)]);
  });

  test('brings batches of trace over tabs that only pass them on', async () => {
    const { planes, heard, run } = room(
      linked([
        [id(0), id(1)],
        [id(1), id(2)],
      ]),
    );
    planes.get(id(0))?.spread({ type: 'trace', events: [{ node: id(0), seq: 1 }], touched: {} });
    await vi.waitFor(() => {
      run();
      expect(heard.map(({ at, from }) => [at, from])).toEqual([
        [id(1), id(0)],
        [id(2), id(0)],
      ]);
    });
  });

  test('is not kept from others by a tab that claims to be linked to all of them', () => {
    // The liar has it first, and passes on nothing.
    const links = linked([
      [id(0), id('liar')],
      [id(0), id(1)],
      [id('liar'), id(1)],
      [id(1), id(2)],
    ]);
    const claimed = (node: NodeId) =>
      node === id('liar') ? [0, 1, 2].map(id) : [...(links.get(node) ?? [])];
    const { planes, heard, run } = room(links, claimed);
    planes.get(id('liar'))?.spread(flash(id('liar')));
    run();
    expect(heard.map(({ at }) => at).sort()).toEqual([id(0), id(1), id(2)].sort());
  });

  test('ends after so many links', () => {
    const count = spreadHopsMax + 5;
    const chain = Array.from({ length: count - 1 }, (_, i) => [id(i), id(i + 1)] as const);
    const { planes, heard, bad, run } = room(linked(chain));
    planes.get(id(0))?.spread(flash(id(0)));
    run();
    expect(heard).toHaveLength(spreadHopsMax);
    expect(bad).toEqual([]);
  });
});

describe('whoever passes on something bad', () => {
  const spread = (body: Uint8Array<ArrayBuffer>, serial = 1) =>
    encodeSystem({ type: 'spread', origin: id(9), page: 'p', serial, hops: 3, body });
  const chain = () =>
    room(
      linked([
        [id(0), id(1)],
        [id(1), id(2)],
      ]),
    );

  test.each([
    ['garbage', Uint8Array.of(0xc1), 'malformed'],
    ['another version', encodeValue([systemVersion + 1, flash(id(9))]), 'wrong-version'],
    ['what is for one tab alone', encodeSystem({ type: 'ordered', id: 1, error: null }), 'malformed'],
    ['a message within a message', spread(encodeSystem(flash(id(9)))), 'malformed'],
  ])('is told, and it goes no further: %s', (_, body, code) => {
    const { heard, bad, send, run } = chain();
    send(id(0), id(1), 'control', spread(body));
    run();
    expect(heard).toEqual([]);
    expect(bad).toMatchObject([{ at: id(1), by: id(0), refusal: { plane: 'system', code } }]);
  });

  test('is told when it is too much, and the rest is not passed on', () => {
    const { heard, bad, send, run } = chain();
    for (let serial = 1; serial <= 3_000; serial += 1)
      send(id(0), id(1), 'control', spread(encodeSystem(flash(id(9), serial)), serial));
    run();
    expect(heard.filter(({ at }) => at === id(2))).toHaveLength(2_000);
    expect(bad[0]).toMatchObject({ at: id(1), by: id(0), refusal: { code: 'too-often' } });
  });

  test('again and again is heard once', () => {
    const { heard, send, run, framesSent } = chain();
    for (let copy = 0; copy < 100; copy += 1)
      send(id(0), id(1), 'control', spread(encodeSystem(flash(id(9)))));
    run();
    expect(heard.map(({ at }) => at)).toEqual([id(1), id(2)]);
    expect(framesSent()).toBe(101);
  });
});
