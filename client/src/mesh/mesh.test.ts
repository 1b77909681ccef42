import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SendOutcome } from './types.js';
import type { RelayedSignal } from './virtual-network.js';
import { createPair, createWorld, infoOf, stateOf } from './virtual-pages.js';

describe('the mesh: wishes', () => {
  it('links two tabs that want each other, once', () => {
    const { a, b, network } = createPair();
    expect([a.log, b.log]).toEqual([['up b'], ['up a']]);
    expect(network.connections.length).toBe(2);
    expect(infoOf(a, 'b')).toMatchObject({ state: 'direct', initiator: true, generation: 1 });
    expect(infoOf(b, 'a')).toMatchObject({ state: 'direct', initiator: false, generation: 1 });
  });

  it.each([
    ['a', 'b'],
    ['b', 'a'],
  ])('links two tabs when only %s wants it', (wanting, wanted) => {
    const { clock, open } = createWorld();
    const pages = { [wanting]: open(wanting), [wanted]: open(wanted) };
    pages[wanting]?.mesh.want(wanted, 'test');
    clock.run();
    expect(pages[wanting]?.log).toEqual([`up ${wanted}`]);
    expect(pages[wanted]?.log).toEqual([`up ${wanting}`]);
  });

  it('keeps a link until its last owner on either side has released it', () => {
    const { a, b, clock } = createPair();
    a.mesh.want('b', 'second');
    a.mesh.release('b', 'test');
    b.mesh.release('a', 'test');
    clock.run();
    expect([stateOf(a, 'b'), stateOf(b, 'a')]).toEqual(['direct', 'direct']);
    a.mesh.release('b', 'second');
    clock.run();
    expect([a.log.at(-1), b.log.at(-1)]).toEqual(['down b released', 'down a released']);
    clock.advance(60_000);
    expect([stateOf(a, 'b'), stateOf(b, 'a')]).toEqual(['none', 'none']);
  });

  it('ignores a release by somebody who is no owner', () => {
    const { a, b, clock } = createPair();
    b.mesh.release('a', 'test');
    a.mesh.release('b', 'stranger');
    clock.run();
    expect(stateOf(a, 'b')).toBe('direct');
  });
});

describe('the mesh: generations and sessions', () => {
  it('is not disturbed by signals that arrive three times, nor by old ones that arrive again', () => {
    const { clock, relay, network, open } = createWorld();
    relay.copies = () => 3;
    const a = open('a');
    const b = open('b');
    a.mesh.want('b', 'test');
    b.mesh.want('a', 'test');
    clock.run();
    network.failAll('ice-failed');
    clock.advance(5_000);
    expect([a.log, b.log]).toEqual([
      ['up b', 'down b lost', 'up b'],
      ['up a', 'down a lost', 'up a'],
    ]);
    for (const signal of relay.sent.filter(({ generation }) => generation === 1)) relay.deliver(signal);
    clock.run();
    expect([stateOf(a, 'b'), stateOf(b, 'a'), a.log.length]).toEqual(['direct', 'direct', 3]);
  });

  it('replaces the link by a newer generation when one side has lost it unnoticed by the other', () => {
    const { a, b, clock, network } = createPair();
    clock.advance(20_000);
    network.connections[1]?.fail('ice-failed');
    clock.advance(2_000);
    expect(b.log).toEqual(['up a', 'down a lost', 'up a']);
    expect(a.log).toEqual(['up b', 'down b replaced', 'up b']);
    expect(infoOf(a, 'b')?.generation).toBe(2);
  });

  it.each(['a', 'b'])('links a page that comes back as %s at once, and calls the old one crashed', (id) => {
    const { clock, relay, open, a, b } = createPair();
    clock.advance(20_000);
    const other = id === 'a' ? b : a;
    const otherId = id === 'a' ? 'b' : 'a';
    const old = relay.sent.filter(({ from }) => from === id);
    const again = open(id);
    again.mesh.want(otherId, 'test');
    clock.run();
    expect(other.log).toEqual([`up ${id}`, `down ${id} crashed`, `up ${id}`]);
    expect(again.log).toEqual([`up ${otherId}`]);
    for (const signal of old) relay.deliver(signal);
    clock.run();
    expect(stateOf(again, otherId)).toBe('direct');
    expect(other.log.length).toBe(3);
  });

  it.each([
    ['of an older generation', (old: RelayedSignal, _last: RelayedSignal) => old],
    [
      'to another page of this name',
      (old: RelayedSignal, last: RelayedSignal) => ({
        ...old,
        generation: last.generation,
        data: Object.assign(structuredClone(old.data) ?? {}, { initiatorSession: 'another page' }),
      }),
    ],
  ])('ignores an answer %s', (_what, wrong) => {
    const { clock, relay, open } = createWorld();
    const answers: RelayedSignal[] = [];
    relay.copies = (signal) => {
      const isAnswer = JSON.stringify(signal.data).includes('"answer"');
      if (isAnswer) answers.push(signal);
      return isAnswer ? 0 : 1;
    };
    const a = open('a');
    const b = open('b');
    a.mesh.want('b', 'test');
    b.mesh.want('a', 'test');
    clock.advance(18_000);
    const [old, last] = answers;
    if (old === undefined || last === undefined) throw new Error('two answers');
    expect(last.generation).toBeGreaterThan(old.generation);
    relay.deliver(wrong(old, last));
    relay.deliver(last);
    clock.run();
    expect([stateOf(a, 'b'), stateOf(b, 'a')]).toEqual(['direct', 'direct']);
  });

  it('keeps candidates that overtake their offer, those of an offer to come alone, and not without end', () => {
    const { clock, relay, network, open } = createWorld();
    relay.copies = () => 0;
    const a = open('a');
    open('b');
    a.mesh.want('b', 'test');
    clock.run();
    const [offer] = relay.sent;
    if (offer === undefined) throw new Error('no offer');
    const session = String(Reflect.get(Object(offer.data), 'session'));
    const candidate = (name: string, generation: number) =>
      relay.deliver({
        ...offer,
        generation,
        data: { kind: 'candidate', session, initiatorSession: session, candidate: { candidate: name } },
      });
    candidate('of another', offer.generation + 1);
    for (let count = 0; count < 100; count += 1) candidate(`early ${count}`, offer.generation);
    relay.deliver(offer);
    candidate('late', offer.generation);
    clock.run();
    const taken = network.connections[1]?.candidates.map((each) => Reflect.get(Object(each), 'candidate'));
    expect(taken).toEqual([...Array.from({ length: 32 }, (_, count) => `early ${count}`), 'late']);
  });

  it('repeats an offer to a page that was not there when it was made', () => {
    const { clock, network, open } = createWorld();
    const a = open('a');
    a.mesh.want('b', 'test');
    clock.advance(5_000);
    const b = open('b');
    b.mesh.want('a', 'test');
    clock.run();
    expect([stateOf(a, 'b'), stateOf(b, 'a')]).toEqual(['direct', 'direct']);
    expect(network.connections.length).toBe(2);
  });
});

describe('the mesh: failures', () => {
  it('makes a lost link again', () => {
    const { a, b, clock, network } = createPair();
    network.failAll('ice-failed');
    clock.run();
    expect([stateOf(a, 'b'), infoOf(a, 'b')?.problem]).toEqual(['backoff', 'ice-failed']);
    clock.advance(5_000);
    expect([stateOf(a, 'b'), stateOf(b, 'a')]).toEqual(['direct', 'direct']);
  });

  it('gives a set-up that is stuck up after 15 seconds, and tries again', () => {
    const { clock, network, open } = createWorld();
    network.stuck = true;
    const a = open('a');
    const b = open('b');
    a.mesh.want('b', 'test');
    b.mesh.want('a', 'test');
    clock.advance(14_000);
    expect([stateOf(a, 'b'), stateOf(b, 'a')]).toEqual(['connecting', 'connecting']);
    clock.advance(1_100);
    expect(infoOf(a, 'b')).toMatchObject({ state: 'backoff', problem: 'set-up-timeout' });
    network.stuck = false;
    clock.advance(30_000);
    expect([a.log, b.log]).toEqual([['up b'], ['up a']]);
  });

  it('knocks at the door of an absent peer for ever, without a connection for each knock', () => {
    const { clock, relay, network, open } = createWorld();
    const a = open('a');
    a.mesh.want('b', 'test');
    clock.advance(3_600_000);
    expect(network.connections.length).toBe(1);
    const knocks = relay.sent.length - 1;
    expect(knocks).toBeGreaterThan(240);
    expect(knocks).toBeLessThan(400);
    const b = open('b');
    clock.advance(16_000);
    expect([stateOf(a, 'b'), stateOf(b, 'a')]).toEqual(['direct', 'direct']);
  });

  it('makes a connection for whoever asks, but no more than one a second after failures', () => {
    const { clock, relay, network, open } = createWorld();
    network.exhausted = true;
    const a = open('a');
    const please = { kind: 'please', session: 's', initiatorSession: null };
    for (let count = 0; count < 100; count += 1) {
      relay.deliver({ from: 'b', to: 'a', generation: 0, data: please });
      clock.advance(100);
    }
    expect(network.connections.length).toBeGreaterThan(5);
    expect(network.connections.length).toBeLessThanOrEqual(11);
    expect(stateOf(a, 'b')).not.toBe('direct');
  });

  it('says when the browser has no connection left, and backs off', () => {
    const { clock, network, open } = createWorld();
    network.exhausted = true;
    const a = open('a');
    const b = open('b');
    a.mesh.want('b', 'test');
    b.mesh.want('a', 'test');
    clock.run();
    expect(infoOf(a, 'b')).toMatchObject({ state: 'backoff', problem: 'too-many-connections' });
    clock.advance(60_000);
    expect(network.connections.length).toBeLessThan(120);
    network.exhausted = false;
    clock.advance(30_000);
    expect([stateOf(a, 'b'), stateOf(b, 'a')]).toEqual(['direct', 'direct']);
  });

  it('goes on after any run of lost and repeated signals, failures, reloads, wishes and goodbyes', () => {
    const step = fc.tuple(
      fc.constantFrom('want', 'release', 'fail', 'reload', 'leave', 'close', 'stuck', 'gone', 'wait'),
      fc.constantFrom('a', 'b', 'c'),
      fc.constantFrom('a', 'b', 'c'),
      fc.nat(20_000),
    );
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 25 }),
        fc.array(fc.nat(3), { minLength: 1 }),
        fc.array(fc.constantFrom(0, 0, 5, 700, 3_000), { minLength: 1 }),
        (steps, copies, delaysMs) => {
          const { clock, relay, network, open } = createWorld();
          const pages = new Map(['a', 'b', 'c'].map((id) => [id, open(id)]));
          relay.copies = () => copies[relay.sent.length % copies.length] ?? 1;
          let drawn = 0;
          relay.delayMs = () => delaysMs[drawn++ % delaysMs.length] ?? 0;
          for (const [what, id, peer, ms] of steps) {
            const page = pages.get(id);
            if (what === 'want') page?.mesh.want(peer, 'test');
            if (what === 'release') page?.mesh.release(peer, 'test');
            if (what === 'fail') network.live[ms % 7]?.fail('ice-failed');
            if (what === 'leave') page?.mesh.goodbye('leave');
            if (what === 'stuck') network.stuck = !network.stuck;
            if (what === 'gone') relay.gone = !relay.gone;
            if (what === 'close' || what === 'reload') {
              if (what === 'close') page?.mesh.close();
              else page?.events.dispatchEvent(new Event('pagehide'));
              pages.set(id, open(id));
            }
            clock.advance(ms % 3 === 0 ? 0 : ms);
          }
          relay.copies = () => 1;
          relay.delayMs = () => 0;
          relay.gone = false;
          network.stuck = false;
          for (const page of pages.values()) for (const id of pages.keys()) page.mesh.want(id, 'test');
          clock.advance(120_000);
          for (const [id, page] of pages) {
            for (const peer of [...pages.keys()].filter((other) => other !== id)) {
              expect(`${id} ${peer} ${stateOf(page, peer)}`).toBe(`${id} ${peer} direct`);
              expect(page.mesh.send(peer, 'control', new TextEncoder().encode(id))).toBe('sent');
            }
          }
          clock.run();
          for (const page of pages.values()) {
            const heard = page.frames.map(({ peer, frame }) => [peer, new TextDecoder().decode(frame)]);
            expect(heard.length).toBe(2);
            expect(heard.every(([peer, text]) => peer === text)).toBe(true);
          }
        },
      ),
      { numRuns: 150 },
    );
  });
});

describe('the mesh: goodbyes', () => {
  it('tells peers that the tab has left, and stays away until it wants a link again', () => {
    const { a, b, clock } = createPair();
    b.mesh.goodbye('leave');
    clock.advance(120_000);
    expect([a.log, b.log]).toEqual([
      ['up b', 'down b left'],
      ['up a', 'down a released'],
    ]);
    b.mesh.want('a', 'test');
    clock.advance(2_000);
    expect(stateOf(a, 'b')).toBe('direct');
  });

  it('calls a page that is hidden for good crashed, and links it again when it is shown from the cache', () => {
    const { a, b, clock } = createPair();
    b.events.dispatchEvent(new Event('pagehide'));
    clock.advance(60_000);
    expect(a.log).toEqual(['up b', 'down b crashed']);
    b.events.dispatchEvent(new Event('pageshow'));
    clock.advance(16_000);
    expect(stateOf(a, 'b')).toBe('backoff');
    b.events.dispatchEvent(Object.assign(new Event('pageshow'), { persisted: true }));
    clock.advance(2_000);
    expect([stateOf(a, 'b'), stateOf(b, 'a')]).toEqual(['direct', 'direct']);
  });

  it('does not start anew because a listener wants a link that went down with the page', () => {
    const { a, b, clock } = createPair();
    b.mesh.on({ onDown: (peer) => b.mesh.want(peer, 'again') });
    b.events.dispatchEvent(new Event('pagehide'));
    clock.advance(60_000);
    expect([a.log, b.log]).toEqual([
      ['up b', 'down b crashed'],
      ['up a', 'down a released'],
    ]);
    b.events.dispatchEvent(Object.assign(new Event('pageshow'), { persisted: true }));
    clock.advance(2_000);
    b.mesh.release('a', 'test');
    clock.run();
    expect(stateOf(a, 'b')).toBe('direct');
  });

  it('calls a page that closes its connection without a word crashed', () => {
    const { a, network, clock } = createPair();
    network.connections[1]?.destroy();
    clock.run();
    expect(a.log).toEqual(['up b', 'down b crashed']);
  });

  it('reports nothing and keeps no timer after close', () => {
    const { a, b, clock } = createPair();
    b.mesh.close();
    clock.advance(60_000);
    expect(b.log).toEqual(['up a']);
    expect(b.mesh.links().size).toBe(0);
    b.mesh.want('a', 'test');
    expect(b.mesh.links().size).toBe(0);
    expect(a.mesh.send('b', 'control', Uint8Array.of(1))).toBe('no-link');
  });
});

describe('the mesh: silence and round trips', () => {
  it('measures the round trip by pings, and says that a link is silent when nothing is heard', () => {
    const { a, b, clock, network } = createPair();
    expect(infoOf(a, 'b')?.roundTripMs).toBe(0);
    clock.advance(30_000);
    expect(stateOf(a, 'b')).toBe('direct');
    network.held = true;
    clock.advance(4_000);
    expect(stateOf(a, 'b')).toBe('direct');
    clock.advance(2_000);
    expect([stateOf(a, 'b'), stateOf(b, 'a')]).toEqual(['silent', 'silent']);
    network.release();
    clock.run();
    expect([stateOf(a, 'b'), stateOf(b, 'a')]).toEqual(['direct', 'direct']);
    expect(infoOf(a, 'b')?.roundTripMs).toBeGreaterThan(2_000);
    expect(a.log).toEqual(['up b']);
  });

  it('is silent at once when ICE has lost sight of the peer, until it is heard again', () => {
    const { a, b, clock, network } = createPair();
    clock.advance(10_000);
    network.connections[0]?.events.onIce(false);
    expect(stateOf(a, 'b')).toBe('silent');
    b.mesh.send('a', 'protocol', Uint8Array.of(1));
    clock.run();
    expect(stateOf(a, 'b')).toBe('direct');
  });

  it('does not blame its peers for the time it was frozen itself', () => {
    const { a, clock } = createPair();
    clock.advance(10_000);
    const states: string[] = [];
    a.mesh.on({ onChange: (peer) => states.push(stateOf(a, peer)) });
    clock.advance(60_000, true);
    expect(states).not.toContain('silent');
  });

  it('says when a link goes by way of TURN', async () => {
    const { a, clock, network } = createPair();
    for (const connection of network.connections) connection.relayed = true;
    clock.advance(12_000);
    await Promise.resolve();
    expect(stateOf(a, 'b')).toBe('relayed');
  });
});

describe('the mesh: frames', () => {
  it('sends the frames of one turn in one message', () => {
    const { a, b, clock, network } = createPair();
    const before = network.connections[0]?.messagesSent ?? 0;
    for (let byte = 0; byte < 50; byte += 1) a.mesh.send('b', 'protocol', Uint8Array.of(byte));
    clock.run();
    expect((network.connections[0]?.messagesSent ?? 0) - before).toBe(1);
    expect(b.frames.map(({ frame }) => frame[0])).toEqual(Array.from({ length: 50 }, (_, byte) => byte));
  });

  it('queues behind a full channel, then overflows, and delivers in order what it had taken', () => {
    const { a, b, clock, network } = createPair();
    network.held = true;
    const outcomes: SendOutcome[] = [];
    for (let name = 0; name < 12; name += 1) {
      const frame = new Uint8Array(1024 * 1024);
      frame[0] = name;
      outcomes.push(a.mesh.send('b', 'protocol', frame));
      clock.run();
    }
    expect(outcomes.slice(0, 8)).toEqual(Array.from({ length: 8 }, () => 'queued'));
    expect(outcomes.at(-1)).toBe('overflow');
    expect(a.mesh.send('b', 'control', Uint8Array.of(1))).toBe('queued');
    expect(a.mesh.send('b', 'bulk', Uint8Array.of(1))).toBe('queued');
    expect(infoOf(a, 'b')?.bufferedBytes).toBeGreaterThan(8 * 1024 * 1024);
    clock.run();
    network.release();
    clock.run();
    const taken = outcomes.flatMap((outcome, name) => (outcome === 'overflow' ? [] : [name]));
    expect(b.frames.filter(({ lane }) => lane === 'protocol').map(({ frame }) => frame[0])).toEqual(taken);
    expect(infoOf(a, 'b')).toMatchObject({ bufferedBytes: 0, overflows: 12 - taken.length });
  });

  it('gives the channel no more than its high-water mark', () => {
    const { a, clock, network } = createPair();
    network.held = true;
    a.mesh.send('b', 'protocol', new Uint8Array(4 * 1024 * 1024));
    clock.run();
    expect(network.connections[0]?.bufferedBytes('main')).toBeLessThanOrEqual(256 * 1024 + 16 * 1024);
  });

  it('answers a frame that is too large and a peer without a link with an outcome', () => {
    const { a } = createPair();
    expect(a.mesh.send('b', 'bulk', new Uint8Array(4 * 1024 * 1024 + 1))).toBe('too-large');
    expect(a.mesh.send('c', 'bulk', Uint8Array.of(1))).toBe('no-link');
  });

  it('reports a listener that throws, and goes on with the others', () => {
    const { a, b, clock } = createPair();
    const later: number[] = [];
    b.mesh.on({
      onFrame: (_peer, _lane, frame) => {
        if (frame[0] === 1) throw new Error('a bug of the listener');
      },
    });
    b.mesh.on({ onFrame: (_peer, _lane, frame) => later.push(frame[0] ?? 0) });
    a.mesh.send('b', 'control', Uint8Array.of(1));
    a.mesh.send('b', 'control', Uint8Array.of(2));
    expect(() => clock.run()).toThrow('a bug of the listener');
    clock.run();
    expect(later).toEqual([1, 2]);
    expect(stateOf(b, 'a')).toBe('direct');
  });
});
