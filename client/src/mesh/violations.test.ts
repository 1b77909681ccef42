import { describe, expect, it } from 'vitest';
import { createPair, createWorld, infoOf, stateOf } from './virtual-pages.js';

describe('the mesh: violations', () => {
  it('drops a malformed message, tells both sides, and goes on', () => {
    const { a, b, clock, network } = createPair();
    network.connections[1]?.receive('main', Uint8Array.of(77, 1, 2, 3, 4));
    clock.run();
    expect([a.log, b.log]).toEqual([
      ['up b', 'accused b wrong-version'],
      ['up a', 'violation a wrong-version'],
    ]);
    a.mesh.send('b', 'control', Uint8Array.of(1));
    clock.run();
    expect(b.frames.length).toBe(1);
    expect(infoOf(b, 'a')?.violations).toBe(1);
  });

  it('closes the link at the tenth violation within ten seconds, and not at ten in a minute', () => {
    const { b, clock, network } = createPair();
    for (let count = 0; count < 10; count += 1) {
      network.connections[1]?.receive('main', 'text');
      clock.advance(6_000);
    }
    expect(stateOf(b, 'a')).toBe('direct');
    for (let count = 0; count < 10; count += 1) network.connections[1]?.receive('bulk', 'text');
    clock.run();
    expect(b.log.at(-1)).toBe('down a lost');
    expect(infoOf(b, 'a')?.problem).toBe('too-many-violations');
  });

  it('tells both sides of bad signals and of those from the wrong side, and nothing else happens', () => {
    const { a, b, clock, relay } = createPair();
    const bad = (from: string, to: string, data: unknown) => relay.deliver({ from, to, generation: 9, data });
    bad('a', 'b', 'nonsense');
    bad('b', 'a', { kind: 'offer', session: 's', sdp: 'v=0' });
    bad('a', 'b', { kind: 'please', session: 's', initiatorSession: null });
    clock.run();
    expect(a.log).toEqual(['up b', 'violation b bad-signal', 'accused b bad-signal']);
    expect(b.log).toEqual([
      'up a',
      'violation a bad-signal',
      'violation a bad-signal',
      'accused a bad-signal',
    ]);
    expect([stateOf(a, 'b'), stateOf(b, 'a')]).toEqual(['direct', 'direct']);
  });

  it.each([
    ['malformed', 'nonsense', 1],
    ['oversized', { kind: 'offer', session: 's', sdp: 'v'.repeat(40_000) }, 1],
    ['of a version to come', { kind: 'restart-ice', session: 's' }, 1],
    ['of an impossible generation', { kind: 'knock', session: 's' }, -1],
  ])('refuses a signal that is %s over the relay where there is no link', (_, data, generation) => {
    const { clock, relay, open } = createWorld();
    const [a, b] = [open('a'), open('b')];
    relay.deliver({ from: 'a', to: 'b', generation, data });
    clock.run();
    expect([a.log, b.log]).toEqual([['accused b bad-signal'], ['violation a bad-signal']]);
  });

  it('refuses garbage once a second, and a refusal never', () => {
    const { clock, relay, open } = createWorld();
    const [a, b] = [open('a'), open('b')];
    for (let count = 0; count < 100; count += 1)
      relay.deliver({ from: 'a', to: 'b', generation: 1, data: 7 });
    clock.run();
    expect(a.log).toEqual(['accused b bad-signal']);
    clock.advance(1_000);
    relay.deliver({ from: 'a', to: 'b', generation: 1, data: 7 });
    relay.deliver({ from: 'a', to: 'b', generation: -1, data: { kind: 'refused', of: 'what is to come' } });
    clock.run();
    expect(a.log).toEqual(['accused b bad-signal', 'accused b bad-signal']);
    expect(b.log.at(-1)).toBe('accused a bad-signal');
    expect(b.log.filter((line) => line.startsWith('violation'))).toHaveLength(101);
  });

  it('lets in no more strangers than it has room for', () => {
    const { a, clock, relay } = createPair();
    for (let count = 0; count < 400; count += 1) {
      const please = { kind: 'please', session: `${count}`, initiatorSession: null };
      relay.deliver({ from: `stranger ${count}`, to: 'a', generation: 0, data: please });
    }
    clock.run();
    expect(a.mesh.links().size).toBe(256);
    expect(a.log.at(-1)).toBe('violation stranger 399 bad-signal');
  });
});
