import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SignalRelay } from './relay.js';
import { decodeRelay, encodeRelay, HOPS_MAX, type RelayMessage } from './relay-messages.js';
import { MeshViolation } from './types.js';
import { createWorld, type Page, stateOf } from './virtual-pages.js';

/** Pages linked as these pairs say, whose server then goes. */
function createLinked(ids: readonly string[], pairs: readonly (readonly [string, string])[]) {
  const world = createWorld();
  const pages = new Map(ids.map((id) => [id, world.open(id)]));
  const page = (id: string): Page => {
    const found = pages.get(id);
    if (found === undefined) throw new Error(`there is no ${id}`);
    return found;
  };
  for (const [a, b] of pairs) link(page, a, b);
  world.clock.run();
  world.relay.gone = true;
  return { ...world, pages, page };
}

function link(page: (id: string) => Page, a: string, b: string): void {
  page(a).mesh.want(b, 'test');
  page(b).mesh.want(a, 'test');
}

const allPairs = (ids: readonly string[]) =>
  ids.flatMap((a, i) => ids.slice(i + 1).map((b) => [a, b] as const));

const chain = (ids: readonly string[]) =>
  ids.slice(1).flatMap((id, i) => {
    const before = ids[i];
    return before === undefined ? [] : [[before, id] as const];
  });

const lettersTo = (last: string) =>
  Array.from({ length: last.charCodeAt(0) - 96 }, (_, i) => String.fromCharCode(97 + i));

describe('signals through peers', () => {
  it('make a lost link anew while the server is gone', () => {
    const ids = ['a', 'b', 'c', 'd'];
    const { clock, network, page } = createLinked(ids, allPairs(ids));
    clock.advance(20_000);
    // The first connections are those of a and b, who were linked first.
    network.connections[0]?.fail('ice-failed');
    clock.advance(8_000);
    expect(page('a').log).toEqual(['up b', 'up c', 'up d', 'down b lost', 'up b']);
    expect(stateOf(page('b'), 'a')).toBe('direct');
  });

  it('open a link between two that never had one, over two hops and over as many as there may be', () => {
    const ids = lettersTo('i');
    const { clock, page, relay } = createLinked(ids, chain(ids));
    relay.undelivered.length = 0;
    page('a').mesh.want('c', 'test');
    page('i').mesh.want('a', 'test');
    clock.advance(5_000);
    expect([stateOf(page('a'), 'c'), stateOf(page('a'), 'i')]).toEqual(['direct', 'direct']);
    expect(ids.length).toBe(HOPS_MAX + 1);
  });

  it.each(['j', 'l'])('go no further than that: not to %s, and nobody is told off for it', (far) => {
    const ids = lettersTo(far);
    const { clock, page, pages } = createLinked(ids, chain(ids));
    page('a').mesh.want(far, 'test');
    clock.advance(60_000);
    expect(stateOf(page('a'), far)).not.toBe('direct');
    for (const { log } of pages.values()) expect(log.filter((line) => !line.startsWith('up'))).toEqual([]);
  });

  it('bring one half of a mesh to the other by the one link that joins them', () => {
    const [left, right] = [
      ['a', 'b', 'c'],
      ['x', 'y', 'z'],
    ] as const;
    const ids = [...left, ...right];
    const { clock, pages, page } = createLinked(ids, [...allPairs(left), ...allPairs(right), ['c', 'x']]);
    for (const [a, b] of allPairs(ids)) link(page, a, b);
    clock.advance(30_000);
    for (const [id, { mesh }] of pages)
      expect([...mesh.links().values()].map(({ peer, state }) => `${id} ${peer} ${state}`)).toHaveLength(5);
    for (const [a, b] of allPairs(ids)) expect(stateOf(page(a), b)).toBe('direct');
  });

  it('are taken where the server does not know the peer, and the server where it does', () => {
    const { clock, page, relay } = createLinked(
      ['a', 'b', 'c'],
      [
        ['a', 'b'],
        ['b', 'c'],
      ],
    );
    relay.gone = false;
    relay.cutOff.add('c');
    relay.sent.length = 0;
    page('a').mesh.want('c', 'test');
    clock.advance(1_000);
    expect(stateOf(page('a'), 'c')).toBe('direct');
    expect(relay.sent).toEqual([]);
    relay.cutOff.clear();
    page('a').mesh.release('c', 'test');
    clock.advance(1_000);
    expect(stateOf(page('a'), 'c')).toBe('none');
    relay.undelivered.length = 0;
    page('c').mesh.want('a', 'test');
    clock.advance(1_000);
    expect(stateOf(page('a'), 'c')).toBe('direct');
    expect(relay.undelivered).toEqual([]);
  });

  it('are sent in vain where no tab is linked, and no page fails for it', () => {
    const { clock, page } = createLinked(['a', 'b'], []);
    page('a').mesh.want('b', 'test');
    clock.advance(120_000);
    expect(stateOf(page('a'), 'b')).toBe('backoff');
  });

  it('find another way when the one that they went is gone', () => {
    const pairs = [
      ['a', 'b'],
      ['b', 'z'],
      ['a', 'c'],
      ['c', 'd'],
      ['d', 'z'],
    ] as const;
    const { clock, page } = createLinked(['a', 'b', 'c', 'd', 'z'], pairs);
    page('a').mesh.want('z', 'test');
    clock.advance(1_000);
    page('b').events.dispatchEvent(new Event('pagehide'));
    for (const [from, to] of [
      ['a', 'z'],
      ['z', 'a'],
    ] as const)
      page(from).mesh.release(to, 'test');
    clock.advance(1_000);
    expect(stateOf(page('a'), 'z')).toBe('none');
    page('a').mesh.want('z', 'again');
    clock.advance(20_000);
    expect(stateOf(page('a'), 'z')).toBe('direct');
  });

  it('make all links again, however they overtake each other, after any run of failures', () => {
    const ids = ['a', 'b', 'c', 'd', 'e'];
    const failing = fc.array(fc.nat(30), { minLength: 1, maxLength: 12 });
    const delays = fc.array(fc.nat(1_500), { minLength: 1, maxLength: 9 });
    fc.assert(
      fc.property(failing, delays, (failures, delaysMs) => {
        const { clock, network, page } = createLinked(ids, allPairs(ids));
        // The links of a stay, so that all remain joined.
        const spared = network.connections.slice(0, 4).flatMap((end) => [end, end.far]);
        let drawn = 0;
        network.latencyMs = () => delaysMs[drawn++ % delaysMs.length] ?? 0;
        for (const failure of failures) {
          const connection = network.live[failure % network.live.length];
          if (connection !== undefined && !spared.includes(connection)) connection.fail('ice-failed');
          clock.advance(failure * 50);
        }
        clock.advance(120_000);
        for (const [a, b] of allPairs(ids)) {
          expect(`${a} ${b} ${stateOf(page(a), b)}`).toBe(`${a} ${b} direct`);
          expect(`${b} ${a} ${stateOf(page(b), a)}`).toBe(`${b} ${a} direct`);
        }
      }),
      { numRuns: 60 },
    );
  });
});

/** A page that relays as a test says, whatever its own mesh would do. */
function sendAs(page: Page, to: string, message: RelayMessage): void {
  page.mesh.send(to, 'control', encodeRelay(message));
}

describe('whoever relays', () => {
  const pass = (from: string, to: string, id: string, data: unknown, generation = 9): RelayMessage => ({
    kind: 'pass',
    id,
    from,
    to,
    hops: 1,
    generation,
    data,
  });

  it('passes nothing on twice', () => {
    const { clock, network, page } = createLinked(
      ['a', 'b', 'c'],
      [
        ['a', 'b'],
        ['b', 'c'],
      ],
    );
    const sentBy = () => network.connections.reduce((sum, { messagesSent }) => sum + messagesSent, 0);
    for (let i = 0; i < 5; i += 1) sendAs(page('a'), 'b', pass('x', 'c', 'same', { kind: 'nonsense' }));
    const before = sentBy();
    clock.run();
    expect(page('c').log.filter((line) => line.startsWith('violation'))).toEqual(['violation x bad-signal']);
    // From a to b; from b to c; c's refusal by b to a, and back that x is not there: once for all copies.
    expect(sentBy() - before).toBe(6);
  });

  it('can ask for so much, and is then told, and slowed down', () => {
    const { clock, page } = createLinked(
      ['a', 'b', 'c'],
      [
        ['a', 'b'],
        ['b', 'c'],
      ],
    );
    let carried = 0;
    page('c').mesh.on({
      onViolation: () => {
        carried += 1;
      },
    });
    for (let i = 0; i < 3_000; i += 1) sendAs(page('a'), 'b', pass('x', 'c', `id ${i}`, 'nonsense'));
    clock.run();
    expect(carried).toBe(500);
    expect(page('a').log).toContain('accused b too-often');
    expect(stateOf(page('a'), 'b')).toBe('direct');
    clock.advance(1_000);
    sendAs(page('a'), 'b', pass('x', 'c', 'one more', 'nonsense'));
    clock.run();
    expect(carried).toBe(501);
  });

  it.each<[string, Uint8Array]>([
    ['that is none', Uint8Array.of(0xc1, 0xc1)],
    [
      'of a kind to come',
      encodeRelay({ kind: 'lost', from: 'x', to: 'y' }).map((byte) => (byte === 0x6c ? 0x6d : byte)),
    ],
    ['of too many hops', encodeRelay({ kind: 'find', id: '1', from: 'x', to: 'y', hops: HOPS_MAX })],
    ['in the name of another', encodeRelay({ kind: 'find', id: '1', from: 'x', to: 'y', hops: 0 })],
    ['of no number', encodeRelay({ ...pass('x', 'c', '1', null), generation: -1 } as RelayMessage)],
  ])('is told of a message %s, and loses the link at the tenth', (_, frame) => {
    const { clock, page } = createLinked(['a', 'b'], [['a', 'b']]);
    page('a').mesh.send('b', 'control', new Uint8Array(frame));
    clock.run();
    expect(page('a').log).toEqual(['up b', 'accused b malformed']);
    expect(page('b').log).toEqual(['up a', 'violation a malformed']);
    expect(page('b').frames).toEqual([]);
    for (let i = 1; i < 10; i += 1) page('a').mesh.send('b', 'control', new Uint8Array(frame));
    clock.run();
    expect(page('b').log.at(-1)).toBe('down a lost');
  });

  it('tells who has signaled badly, the way that it came', () => {
    const { clock, page } = createLinked(
      ['a', 'b', 'c'],
      [
        ['a', 'b'],
        ['b', 'c'],
      ],
    );
    sendAs(page('a'), 'b', { ...pass('a', 'c', 'bad', { kind: 'offer' }), hops: 0 } as RelayMessage);
    clock.run();
    expect(page('c').log).toContain('violation a bad-signal');
    expect(page('a').log).toContain('accused c bad-signal');
  });

  it('can not end a link on which the peer itself speaks', () => {
    const { clock, page } = createLinked(['a', 'b', 'e'], allPairs(['a', 'b', 'e']));
    clock.advance(20_000);
    sendAs(page('e'), 'b', pass('a', 'b', '1', { kind: 'offer', session: 'forged', sdp: 'v=0' }));
    sendAs(page('e'), 'b', pass('a', 'b', '2', { kind: 'knock', session: 'forged' }, 99));
    clock.advance(1_000);
    expect(page('b').log).toEqual(['up a', 'up e']);
    expect(stateOf(page('a'), 'b')).toBe('direct');
  });

  it('can drop what it is given, and the next call goes another way', () => {
    const nodes = relays({ a: ['h', 'p'], p: ['a', 'z'], z: ['h', 'p'] });
    // Answers whoever looks for a way, and loses what is sent on it.
    nodes.hostile.set('h', (from, message) => {
      if (message.kind === 'find') nodes.send('h', from, { kind: 'found', id: message.id, to: message.to });
    });
    nodes.call('a', 'z', 'first');
    expect(nodes.heard).toEqual([]);
    nodes.call('a', 'z', 'second');
    expect(nodes.heard).toEqual(['z: second of a']);
  });

  it('is told where there is no way any more, and the sender looks for another', () => {
    const nodes = relays({ a: ['p'], p: ['a', 'z'], z: ['p', 'q'], q: ['z'] });
    nodes.call('a', 'z', 'first');
    nodes.links['p'] = ['a', 'q'];
    nodes.links['q'] = ['z', 'p'];
    nodes.call('a', 'z', 'lost', false);
    nodes.call('a', 'z', 'third', false);
    expect(nodes.heard).toEqual(['z: first of a', 'z: third of a']);
  });
});

/** Relays joined as `links` says; messages arrive at once, in order. */
function relays(links: Record<string, string[]>) {
  const heard: string[] = [];
  const queue: (() => void)[] = [];
  const hostile = new Map<string, (from: string, message: RelayMessage) => void>();
  const made = new Map<string, SignalRelay>();
  const nodes = { links, heard, hostile, nowMs: 0, send, call };
  function deliver(from: string, to: string, frame: Uint8Array): void {
    queue.push(() => {
      const message = decodeRelay(frame);
      if (message instanceof MeshViolation) throw message;
      const evil = hostile.get(to);
      if (evil === undefined) made.get(to)?.receive(from, frame);
      else evil(from, message);
    });
  }
  function run(): void {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) next();
  }
  function send(from: string, to: string, message: RelayMessage): void {
    const isRunning = queue.length > 0;
    deliver(from, to, encodeRelay(message));
    if (!isRunning) run();
  }
  function call(from: string, to: string, data: string, calls = true): void {
    made.get(from)?.send(to, 1, data, calls);
    run();
  }
  for (const self of Object.keys(links)) {
    const relay = new SignalRelay({
      self,
      session: self,
      now: () => nodes.nowMs,
      neighbours: () => links[self] ?? [],
      send: (neighbour, frame) => deliver(self, neighbour, frame),
      onSignal: (from, _generation, data) => heard.push(`${self}: ${String(data)} of ${from}`),
    });
    made.set(self, relay);
  }
  return nodes;
}
