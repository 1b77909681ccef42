import { describe, expect, it } from 'vitest';
import { encodeLinkMessage } from './link-messages.js';
import { virtualKeyOf } from './virtual-identity.js';
import { interpose, LyingNeighbour } from './virtual-liars.js';
import { createPuppet, createWorld, infoOf, stateOf } from './virtual-pages.js';

const other32 = new Uint8Array(32).fill(0x55);

describe('somebody between two pages', () => {
  it('is found by both, who are then brought together by another tab, and nobody else notices', () => {
    const world = createWorld();
    const { clock, open } = world;
    const [a, b, c] = [open('a'), open('b'), open('c')];
    const liar = interpose(world, ['a', 'b']);
    for (const page of [a, b, c]) for (const id of ['a', 'b', 'c']) page.mesh.want(id, 'test');
    clock.run();
    expect(liar.passed).toBeGreaterThan(4);
    expect(a.log).toEqual(['up c', 'unproven b fingerprint-swapped by server']);
    expect([...b.log].sort()).toEqual(['unproven a fingerprint-swapped by server', 'up c']);
    expect(c.log).toEqual(['up a', 'up b']);
    expect([...a.frames, ...b.frames]).toEqual([]);
    clock.advance(10_000);
    expect([a.log.at(-1), b.log.at(-1)]).toEqual(['up b', 'up a']);
    expect(c.log).toEqual(['up a', 'up b']);
  });

  it.each([
    ['an identity of its own', 'identity', 'identity-mismatch'],
    ['a proof of its own', 'proof', 'proof-invalid'],
  ] as const)('can not put %s in the place of theirs', (_, type, problem) => {
    const world = createWorld();
    const { clock, open } = world;
    const [a, b] = [open('a'), open('b')];
    interpose(world, ['a', 'b'], (message) => {
      if (!(message instanceof Uint8Array) || message[4] !== (type === 'identity' ? 6 : 7)) return message;
      const changed = message.slice();
      // The first bytes of the key, or of the signature.
      changed.fill(0x7a, type === 'identity' ? 6 : 5, 16);
      return changed;
    });
    a.mesh.want('b', 'test');
    clock.advance(1_000);
    expect([a.log[0], b.log[0]]).toEqual([
      `unproven b ${problem} by server`,
      `unproven a ${problem} by server`,
    ]);
  });

  it('who drops the proofs is not taken for either, and they too meet by way of another tab', () => {
    const world = createWorld();
    const { clock, open } = world;
    const [a, b] = [open('a'), open('b')];
    open('c');
    for (const page of [a, b]) page.mesh.want('c', 'test');
    interpose(world, ['a', 'b'], (message) =>
      message instanceof Uint8Array && message[4] === 7 ? null : message,
    );
    a.mesh.want('b', 'test');
    clock.advance(10_100);
    expect([infoOf(a, 'b')?.problem, infoOf(b, 'a')?.problem]).toContain('proof-timeout');
    expect([a.log, b.log]).toEqual([['up c'], ['up c']]);
    clock.advance(20_000);
    expect([a.log, b.log]).toEqual([
      ['up c', 'up b'],
      ['up c', 'up a'],
    ]);
  });

  it('is tried again ever more rarely, and not in a loop', () => {
    const world = createWorld();
    const { clock, network, open } = world;
    const [a, b] = [open('a'), open('b')];
    interpose(world, ['a', 'b']);
    for (const page of [a, b]) for (const id of ['a', 'b']) page.mesh.want(id, 'test');
    clock.advance(600_000);
    const found = a.log.filter((line) => line.startsWith('unproven')).length;
    expect(found).toBeGreaterThan(20);
    expect(found).toBeLessThan(100);
    expect(network.connections.length).toBeLessThan(400);
    world.relay.copies = () => 1;
    clock.advance(30_000);
    expect([stateOf(a, 'b'), stateOf(b, 'a')]).toEqual(['direct', 'direct']);
  });

  it('can not have connections made at will by offers', () => {
    const { clock, network, relay, open } = createWorld();
    const b = open('b');
    const before = network.connections.length;
    // Each leads to a connection whose other end says that it is eve.
    for (let count = 1; count <= 100; count += 1) {
      const eve = network.connect(
        { initiator: true, lowWaterBytes: { main: 0, bulk: 0 } },
        {
          onSignal: (signal) => {
            const data = { kind: 'offer', session: `page ${count}`, sdp: Reflect.get(signal, 'sdp') };
            if (signal.type === 'offer') relay.deliver({ from: 'a', to: 'b', generation: count, data });
          },
          onReady: () => {
            const frame = encodeLinkMessage({
              type: 'identity',
              publicKey: virtualKeyOf('eve'),
              nonce: other32,
            });
            eve.send('main', Uint8Array.of(1, 0b1100, 0, frame.length, ...frame));
          },
          onMessage: () => undefined,
          onWritable: () => undefined,
          onIce: () => undefined,
          onEnd: () => undefined,
        },
      );
      relay.copies = (signal) => {
        if (signal.from === 'b')
          eve.signal({ type: 'answer', sdp: String(Reflect.get(Object(signal.data), 'sdp')) });
        return 0;
      };
      clock.advance(100);
    }
    const made = network.connections.length - before - 100;
    expect(made).toBeGreaterThanOrEqual(9);
    expect(made).toBeLessThanOrEqual(11);
    expect(b.log.every((line) => line === 'unproven a identity-mismatch by server')).toBe(true);
  });

  it('that is a tab which passes on signals is named, and the server is asked next', () => {
    const world = createWorld();
    const { clock, relay, open } = world;
    const a = open('a');
    const liar = new LyingNeighbour(world, 'a');
    a.mesh.want('c', 'test');
    clock.run();
    liar.proveTo('a');
    clock.run();
    liar.askAsB('a');
    clock.run();
    expect(a.log).toEqual(['up c', 'unproven b identity-mismatch by c']);
    const sent = relay.sent.length;
    a.mesh.want('b', 'test');
    clock.advance(6_000);
    expect(relay.sent.slice(sent)).toContainEqual(expect.objectContaining({ from: 'a', to: 'b' }));
    expect(stateOf(a, 'c')).toBe('direct');
  });

  it('that is a tab which passes on signals is passed by, where another tab knows a way', () => {
    const world = createWorld();
    const { clock, relay, open } = world;
    const [a, b, d] = [open('a'), open('b'), open('d')];
    const liar = new LyingNeighbour(world, 'a');
    for (const id of ['c', 'd']) a.mesh.want(id, 'test');
    b.mesh.want('d', 'test');
    clock.run();
    liar.proveTo('a');
    clock.run();
    relay.gone = true;
    a.mesh.want('b', 'test');
    clock.run();
    expect(a.log).toContain('unproven b identity-mismatch by c');
    clock.advance(10_000);
    expect(a.log.filter((line) => line.startsWith('unproven'))).toHaveLength(1);
    expect([stateOf(a, 'b'), stateOf(b, 'a')]).toEqual(['direct', 'direct']);
    expect(d.log).toHaveLength(2);
  });

  it('for one time is asked again, since no tab may know a way', () => {
    const world = createWorld();
    const { clock, relay, open } = world;
    const [a, b] = [open('a'), open('b')];
    open('c');
    interpose(world, ['a', 'b']);
    a.mesh.want('c', 'test');
    a.mesh.want('b', 'test');
    clock.run();
    expect(a.log).toContain('unproven b fingerprint-swapped by server');
    relay.copies = () => 1;
    clock.advance(40_000);
    expect([stateOf(a, 'b'), stateOf(b, 'a')]).toEqual(['direct', 'direct']);
  });

  it('is not hurried by pages that it makes up', () => {
    const { clock, relay, a, puppet } = createPuppet((made) => made.sayIdentity(virtualKeyOf('eve')));
    expect(a.log).toEqual(['unproven b identity-mismatch by server']);
    const sent = relay.sent.length;
    clock.advance(1_900);
    expect(relay.sent.length).toBe(sent);
    for (let count = 0; count < 100; count += 1) {
      // A page that answers, and is gone for the next.
      puppet.session = `page ${count}`;
      const data = { kind: 'please', session: `page ${count}`, initiatorSession: null };
      relay.deliver({ from: 'b', to: 'a', generation: 0, data });
      clock.advance(100);
    }
    const tries = new Set(relay.sent.slice(sent).map(({ generation }) => generation));
    expect(tries.size).toBeGreaterThan(5);
    expect(tries.size).toBeLessThanOrEqual(11);
  });

  it('who has written another certificate beside the right one is not believed either of them', () => {
    const { clock, network, open } = createWorld();
    network.ambiguous = true;
    const [a, b] = [open('a'), open('b')];
    a.mesh.want('b', 'test');
    clock.advance(1_000);
    expect([a.log[0], b.log[0]].sort()).toEqual([
      'unproven a fingerprint-swapped by server',
      'unproven b fingerprint-swapped by server',
    ]);
  });
});
