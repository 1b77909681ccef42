import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeLinkMessage, LINK_VERSION, type LinkMessage } from './link-messages.js';
import type { LinkStatement } from './link-proof.js';
import { proofProblems } from './types.js';
import { virtualIdentity, virtualKeyOf } from './virtual-identity.js';
import { Puppet } from './virtual-liars.js';
import { createPair, createPuppet, createWorld, infoOf, stateOf } from './virtual-pages.js';

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

  it('are believed when one thinks better of its wish while its proof is still being looked at', () => {
    const { clock, puppet, a, statement } = createMet();
    puppet.sayProof(statement);
    puppet.say({ type: 'hello', wanted: true }, { type: 'wanted', wanted: false });
    clock.run();
    expect(stateOf(a, 'b')).toBe('direct');
    expect(a.log).toEqual(['up b']);
    a.mesh.release('b', 'test');
    clock.run();
    // Neither wants it any more.
    expect(a.log).toEqual(['up b', 'down b released']);
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
