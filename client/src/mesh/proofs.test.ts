import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { IdentityPort } from './identity.js';
import { encodeLinkMessage, LINK_VERSION, type LinkMessage } from './link-messages.js';
import type { LinkStatement } from './link-proof.js';
import { decodeRelay, encodeRelay } from './relay-messages.js';
import { MeshViolation, proofProblems } from './types.js';
import { virtualIdentity, virtualKeyOf } from './virtual-identity.js';
import { interpose, Puppet } from './virtual-liars.js';
import { createPair, createWorld, infoOf, stateOf } from './virtual-pages.js';

/** Page a, and a puppet that answers as b; `checked` and `signed` count what a has had to work out. */
function createPuppet(onReady?: (puppet: Puppet) => void) {
  const world = createWorld();
  const honest = virtualIdentity('a', (run) => world.clock.soon(run));
  const worked = { checked: 0, signed: 0 };
  const counting: IdentityPort = {
    ...honest,
    sign: (...given) => {
      worked.signed += 1;
      honest.sign(...given);
    },
    verify: (...given) => {
      worked.checked += 1;
      honest.verify(...given);
    },
  };
  const a = world.open('a', counting);
  const puppet = new Puppet(world.network, 'b', onReady);
  puppet.join(world.relay);
  a.mesh.want('b', 'test');
  world.clock.run();
  return { ...world, a, puppet, worked };
}

/** After both have said who they are. */
function createMet() {
  const met = createPuppet((puppet) => puppet.sayIdentity());
  return { ...met, statement: met.puppet.statement('a') };
}

const other32 = new Uint8Array(32).fill(0x55);

describe('two pages', () => {
  it('are linked once each has proved who it is, and no frame is handed on before', () => {
    const { clock, puppet, a, statement } = createMet();
    expect(stateOf(a, 'b')).toBe('connecting');
    expect(a.mesh.send('b', 'control', Uint8Array.of(1))).toBe('no-link');
    puppet.send('control', Uint8Array.of(7));
    puppet.send('protocol', Uint8Array.of(7));
    clock.run();
    expect(a.frames).toEqual([]);
    puppet.sayProof(statement);
    clock.run();
    // What a says now is that it takes b for b; b has not said so yet.
    expect(puppet.heard.at(-1)).toEqual({ type: 'hello', wanted: true });
    expect(stateOf(a, 'b')).toBe('connecting');
    puppet.say({ type: 'hello', wanted: true });
    puppet.send('control', Uint8Array.of(8));
    clock.run();
    expect(stateOf(a, 'b')).toBe('direct');
    expect(a.frames).toEqual([{ peer: 'b', lane: 'control', frame: Uint8Array.of(8) }]);
  });

  it('are not linked by a hello alone, nor by frames, pings or wishes', () => {
    const { clock, puppet, a } = createMet();
    puppet.say({ type: 'hello', wanted: true }, { type: 'ping', token: 1 }, { type: 'wanted', wanted: true });
    puppet.send('bulk', Uint8Array.of(1));
    puppet.send('control', Uint8Array.of(1));
    clock.run();
    expect(a.log.filter((line) => line.startsWith('up'))).toEqual([]);
    expect(a.frames).toEqual([]);
    expect(puppet.heard.filter(({ type }) => type === 'pong')).toEqual([]);
  });

  it('that come with their proofs in any order of turns are linked', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(0, 1, 5, 40), { minLength: 1 }), (delaysMs) => {
        const { clock, network, open } = createWorld();
        let drawn = 0;
        const late = (run: () => void): void => {
          clock.after(delaysMs[drawn++ % delaysMs.length] ?? 0, run);
        };
        network.latencyMs = () => delaysMs[drawn++ % delaysMs.length] ?? 0;
        const a = open('a', virtualIdentity('a', late));
        const b = open('b', virtualIdentity('b', late));
        a.mesh.want('b', 'test');
        clock.advance(1_000);
        expect([a.log, b.log]).toEqual([['up b'], ['up a']]);
      }),
    );
  });
});

describe('a proof', () => {
  const change = {
    signer: (part: Partial<LinkStatement['signer']>) => (said: LinkStatement) => ({
      ...said,
      signer: { ...said.signer, ...part },
    }),
    verifier: (part: Partial<LinkStatement['verifier']>) => (said: LinkStatement) => ({
      ...said,
      verifier: { ...said.verifier, ...part },
    }),
  };

  it.each([
    ['of another room', 'proof-replayed', (said: LinkStatement) => ({ ...said, room: 'another' })],
    ['for another link of the two', 'proof-replayed', change.verifier({ nonce: other32 })],
    ['of another link of the two', 'proof-replayed', change.signer({ nonce: other32 })],
    ['for another tab', 'proof-replayed', change.verifier({ id: 'c', key: virtualKeyOf('c') })],
    [
      'in the other direction',
      'proof-replayed',
      ({ room, signer, verifier }: LinkStatement) => ({ room, signer: verifier, verifier: signer }),
    ],
    ['over other encryption at its maker', 'fingerprint-swapped', change.signer({ fingerprint: other32 })],
    ['over other encryption here', 'fingerprint-swapped', change.verifier({ fingerprint: other32 })],
  ] as const)('%s is %s, and the link is none', (_, problem, changed) => {
    const { clock, puppet, a, statement } = createMet();
    puppet.sayProof(changed(statement));
    puppet.say({ type: 'hello', wanted: true });
    clock.run();
    expect(a.log).toEqual([`unproven b ${problem} by server`]);
    expect(a.frames).toEqual([]);
    expect(puppet.heard.at(-1)).toEqual({ type: 'unproven', problem });
    expect(infoOf(a, 'b')).toMatchObject({ state: 'backoff', problem });
  });

  it('signed by another key than that of the id, or with a bit changed, proves nothing', () => {
    for (const spoil of [
      (puppet: Puppet, said: LinkStatement) => puppet.sayProof(said, virtualKeyOf('eve')),
      (puppet: Puppet) => puppet.sayProof(Uint8Array.of(1, 2, 3)),
      (puppet: Puppet) =>
        puppet.say({ type: 'proof', signature: new Uint8Array(64), statement: new Uint8Array(300) }),
    ]) {
      const { clock, puppet, a, statement } = createMet();
      spoil(puppet, statement);
      clock.run();
      expect(a.log).toEqual(['unproven b proof-invalid by server']);
    }
  });

  it('of an earlier link of the same two holds for no later one', () => {
    const { clock, puppet, a, statement } = createMet();
    puppet.sayProof(statement);
    clock.run();
    puppet.say({ type: 'hello', wanted: true });
    clock.run();
    expect(a.log).toEqual(['up b']);
    puppet.say({ type: 'goodbye', reason: 'lost' });
    clock.advance(5_000);
    expect(puppet.links).toBe(2);
    puppet.sayProof(statement);
    clock.run();
    expect(a.log).toEqual(['up b', 'down b lost', 'unproven b proof-replayed by server']);
  });

  it('of one’s own, thrown back, is a replay that costs no check', () => {
    const { clock, puppet, a, worked } = createMet();
    const own = puppet.heard.find(({ type }) => type === 'proof');
    if (own === undefined) throw new Error('a has not proved itself');
    puppet.say(own);
    clock.run();
    expect(a.log).toEqual(['unproven b proof-replayed by server']);
    expect(worked).toEqual({ checked: 0, signed: 1 });
  });

  it('is not even asked of a key that is not that of the id: one’s own, or a stranger’s', () => {
    for (const key of [virtualKeyOf('a'), virtualKeyOf('eve')]) {
      const { clock, puppet, a, worked } = createPuppet();
      puppet.sayIdentity(key);
      clock.run();
      expect(a.log).toEqual(['unproven b identity-mismatch by server']);
      expect(puppet.heard.map(({ type }) => type)).toEqual(['identity', 'unproven']);
      expect(worked).toEqual({ checked: 0, signed: 0 });
    }
  });

  it('that does not come within ten seconds of the channels is not waited for', () => {
    const { clock, puppet, a } = createMet();
    clock.advance(9_900);
    expect(stateOf(a, 'b')).toBe('connecting');
    clock.advance(200);
    expect(infoOf(a, 'b')).toMatchObject({ state: 'backoff', problem: 'proof-timeout' });
    expect(puppet.heard.at(-1)).toEqual({ type: 'goodbye', reason: 'lost' });
    expect(a.log).toEqual([]);
  });

  it('has its ten seconds even where the connection took long', () => {
    const { clock, network, relay, open } = createWorld();
    relay.delayMs = () => 7_000;
    const slow = (run: () => void): void => {
      clock.after(4_000, run);
    };
    const a = open('a', virtualIdentity('a', slow));
    const b = open('b', virtualIdentity('b', slow));
    a.mesh.want('b', 'test');
    clock.advance(23_000);
    expect([a.log, b.log]).toEqual([['up b'], ['up a']]);
    expect(network.connections.length).toBe(2);
  });

  it('can be followed by no other: what is sent after is neither signed nor checked', () => {
    const { clock, puppet, a, statement, worked } = createMet();
    puppet.sayProof(statement);
    for (let count = 0; count < 1_000; count += 1) {
      puppet.sayIdentity();
      puppet.sayProof({ ...statement, room: `${count}` });
    }
    clock.run();
    expect(worked).toEqual({ checked: 1, signed: 1 });
    expect(infoOf(a, 'b')?.problem).toBe('too-many-violations');
    expect(a.log.filter((line) => line === 'violation b out-of-sequence')).toHaveLength(10);
  });

  it('that was refused there is said to be that alone, whatever reason is given', () => {
    for (const problem of proofProblems) {
      const { clock, puppet, a, statement } = createMet();
      puppet.sayProof(statement);
      puppet.say({ type: 'unproven', problem });
      clock.run();
      expect(a.log).toEqual(['unproven b proof-refused by server']);
    }
  });

  it('that was refused there after it was taken here leaves no link either', () => {
    const { clock, puppet, a, statement } = createMet();
    puppet.sayProof(statement);
    clock.run();
    puppet.say({ type: 'unproven', problem: 'proof-invalid' });
    clock.run();
    expect(a.log).toEqual(['unproven b proof-refused by server']);
  });

  it('is in vain on a link that is up', () => {
    const { a, clock, network } = createPair();
    const [mine] = network.connections;
    const frame = encodeLinkMessage({ type: 'unproven', problem: 'proof-invalid' });
    mine?.receive('main', Uint8Array.of(1, 0b1100, 0, frame.length, ...frame));
    clock.run();
    expect(a.log).toEqual(['up b', 'violation b out-of-sequence']);
    expect(stateOf(a, 'b')).toBe('direct');
  });

  it('is not made by anything that one without the key can say', () => {
    const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
    const message: fc.Arbitrary<LinkMessage> = fc.oneof(
      fc.record({
        type: fc.constant('identity'),
        publicKey: fc.constant(virtualKeyOf('b')),
        nonce: bytes(32),
      }),
      fc.record({ type: fc.constant('identity'), publicKey: bytes(32), nonce: bytes(32) }),
      fc.record({
        type: fc.constant('proof'),
        signature: bytes(64),
        statement: fc.uint8Array({ minLength: 1 }),
      }),
      fc.record({ type: fc.constant('hello'), wanted: fc.boolean() }),
      fc.record({ type: fc.constant('wanted'), wanted: fc.boolean() }),
      fc.record({ type: fc.constant('ping'), token: fc.nat() }),
    );
    const said = fc.oneof(
      message.map((each) => ({ lane: 'link' as const, frame: encodeLinkMessage(each) })),
      fc.record({ lane: fc.constantFrom('link', 'control', 'protocol'), frame: fc.uint8Array() }),
    );
    fc.assert(
      fc.property(fc.array(said, { maxLength: 20 }), (all) => {
        const { clock, puppet, a } = createPuppet();
        for (const { lane, frame } of all) puppet.send(lane, frame);
        clock.advance(1_000);
        expect(a.frames).toEqual([]);
        expect(a.log.filter((line) => line.startsWith('up'))).toEqual([]);
      }),
    );
  });
});

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

  it('who drops the proofs keeps them apart, and is not taken for either', () => {
    const world = createWorld();
    const { clock, open } = world;
    const [a, b] = [open('a'), open('b')];
    interpose(world, ['a', 'b'], (message) =>
      message instanceof Uint8Array && message[4] === 7 ? null : message,
    );
    a.mesh.want('b', 'test');
    clock.advance(11_000);
    expect([infoOf(a, 'b')?.problem, infoOf(b, 'a')?.problem]).toContain('proof-timeout');
    expect([...a.log, ...b.log].filter((line) => line.startsWith('up'))).toEqual([]);
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
    const { clock, network, relay, open } = createWorld();
    const a = open('a');
    // It is c, and says so; but it also answers what it is to pass on to b.
    const c = new Puppet(network, 'c', (puppet) => puppet.sayIdentity());
    c.join(relay);
    a.mesh.want('c', 'test');
    clock.run();
    c.sayProof(c.statement('a'));
    c.say({ type: 'hello', wanted: true });
    clock.run();
    expect(a.log).toEqual(['up c']);
    const asB = new Puppet(network, 'b', (puppet) => puppet.sayIdentity(virtualKeyOf('c')));
    const pass = (generation: number, data: unknown): void =>
      c.send(
        'control',
        encodeRelay({
          kind: 'pass',
          id: `${generation} ${c.other.length}`,
          from: 'b',
          to: 'a',
          hops: 1,
          generation,
          data,
        }),
      );
    pass(0, { kind: 'please', session: 'made up', initiatorSession: null });
    clock.run();
    for (const { lane, frame } of c.other) {
      const passed = lane === 'control' ? decodeRelay(frame) : null;
      if (passed === null || passed instanceof MeshViolation || passed.kind !== 'pass') continue;
      asB.answer(passed.generation, passed.data, (answer) => pass(passed.generation, answer));
    }
    clock.run();
    expect(a.log).toEqual(['up c', 'unproven b identity-mismatch by c']);
    const sent = relay.sent.length;
    a.mesh.want('b', 'test');
    clock.advance(3_500);
    expect(relay.sent.slice(sent)).not.toEqual([]);
    expect(stateOf(a, 'c')).toBe('direct');
  });
});

describe('pages of other versions', () => {
  it.each([
    ['the first, which knew no proofs', Uint8Array.of(0, 1)],
    ['one to come', Uint8Array.of(6, LINK_VERSION + 1, 1, 2, 3)],
  ])('of %s are told so, and there is no link', (_, hello) => {
    const { clock, puppet, a } = createPuppet((made) => made.send('link', hello));
    expect(puppet.heard).toContainEqual({ type: 'violation', code: 'wrong-version' });
    expect(a.log).toEqual(['violation b wrong-version']);
    expect(infoOf(a, 'b')).toMatchObject({ state: 'backoff', problem: 'other-version' });
    clock.advance(60_000);
    expect(puppet.links).toBeLessThan(12);
  });

  it('are told so even where they are heard before the own channels are open', () => {
    const { clock, network, open, relay } = createWorld();
    const a = open('a');
    const puppet = new Puppet(network, 'b');
    puppet.join(relay);
    network.stuck = true;
    a.mesh.want('b', 'test');
    clock.run();
    const [mine] = network.connections;
    mine?.receive('main', Uint8Array.of(1, 0b1100, 0, 2, 0, 1));
    clock.run();
    mine?.events.onReady();
    clock.run();
    expect(puppet.heard).toContainEqual({ type: 'violation', code: 'wrong-version' });
    expect(infoOf(a, 'b')?.problem).toBe('other-version');
  });
});
