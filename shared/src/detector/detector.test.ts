import { describe, expect, it } from 'vitest';
import { reserved } from './incarnation.js';
import { ack, ping, pingReq, response, TestDetector } from './testing/index.js';

const steady = { heartbeatMs: 500, acceptablePauseMs: 500, deviationMinMs: 100, confirmAfterMs: 5_000 };

/** All others have answered long enough that their rhythm is known. */
function settled(others: readonly string[], options = {}): TestDetector {
  const node = TestDetector.begun(others, { ...steady, windowSize: 20, ...options });
  node.pass(20_000);
  node.forget();
  return node;
}

describe('incarnations', () => {
  it('are said only once the disk has reserved them', () => {
    const node = new TestDetector(['b']);
    node.hear('b', ping(1));
    expect(node.sent('ping')).toEqual([]);
    expect(node.sent('ack')).toEqual([]);
    node.persisted();
    expect(node.sent('ping')[0]?.message.incarnation).toBe(1);
  });

  it('begin each life above all that the last one may have used', () => {
    const node = new TestDetector(['b'], {}, 130);
    node.persisted();
    expect(node.sent('ping')[0]?.message.incarnation).toBe(131);
  });

  it('rise when the node is accused in the present one, or a later one, and not for an older accusation', () => {
    const node = TestDetector.begun(['b'], steady);
    const { incarnation } = node.state;
    node.hear('b', ping(1, { accuses: { status: 'suspect', incarnation: 1 } }));
    expect(node.sent('ack').at(-1)?.message.incarnation).toBe(2);
    node.hear('b', ping(2, { accuses: { status: 'confirmed', incarnation: 1 } }));
    expect(incarnation.current).toBe(2);
    node.hear('b', ping(3, { updates: [{ node: 'a', status: 'confirmed', incarnation: 7 }] }));
    expect(incarnation.current).toBe(8);
  });

  it('beyond what is reserved wait for the disk', () => {
    const node = TestDetector.begun(['b'], steady);
    const claimed = 10 * reserved;
    node.hear('b', ping(1, { accuses: { status: 'suspect', incarnation: claimed } }));
    expect(node.state.incarnation.current).toBe(1);
    node.persisted();
    expect(node.state.incarnation.current).toBe(claimed + 1);
  });
});

describe('a silent node', () => {
  it('is asked for by helpers first, and suspected when they had their time and φ says so', () => {
    const node = settled(['b', 'c', 'd', 'e']);
    node.answering.delete('b');
    node.pass(900);
    expect(node.sent('pingReq').map(({ message }) => message.target)).toContain('b');
    expect(node.indicated()).toEqual([]);
    node.pass(1_200);
    expect(node.indicated()).toEqual(['suspect b']);
    expect(node.verdict('b')).toBe('suspect 1');
  });

  it('that a helper reaches is not suspected', () => {
    const node = settled(['b', 'c', 'd', 'e']);
    node.answering.delete('b');
    for (let i = 0; i < 100; i++) {
      node.forget();
      node.pass(100);
      const request = node.sent('pingReq').at(-1);
      if (request !== undefined) node.hear(request.to, response(request.message.sequence, 'b', true));
      expect(node.indicated()).toEqual([]);
    }
  });

  it('is not saved by a good word about an earlier silence', () => {
    const node = settled(['b', 'c', 'd', 'e']);
    node.answering.delete('b');
    node.pass(900);
    const early = node.sent('pingReq')[0];
    if (early === undefined) throw new Error('helpers are asked');
    node.hear('b', ack(0));
    for (let i = 0; i < 30; i++) {
      node.pass(100);
      node.hear(early.to, response(early.message.sequence, 'b', true));
    }
    expect(node.indicated()).toEqual(['suspect b']);
  });

  it('is suspected the later the less regular it was', () => {
    const noticedAfter = (everyMs: number): number => {
      const node = settled(['b', 'c', 'd'], { windowSize: 10 });
      for (let i = 0; i < 12; i++) {
        node.answering.delete('b');
        node.pass(everyMs);
        node.answering.add('b');
        node.pass(500);
      }
      node.answering.delete('b');
      node.forget();
      const from = node.now;
      while (!node.indicated().includes('suspect b')) node.pass(10);
      return node.now - from;
    };
    expect(noticedAfter(1_000)).toBeGreaterThan(noticedAfter(0) + 500);
  });

  it('is confirmed when nobody has refuted in time, and tried again now and then', () => {
    const node = settled(['b', 'c', 'd']);
    node.answering.delete('b');
    node.pass(2_500);
    expect(node.verdict('b')).toBe('suspect 1');
    node.pass(5_000);
    expect(node.verdict('b')).toBe('confirmed 1');
    node.forget();
    node.pass(10_000);
    const tries = node.sent('ping').filter(({ to }) => to === 'b');
    expect(tries).toHaveLength(5);
    expect(tries[0]?.message.accuses).toEqual({ status: 'confirmed', incarnation: 1 });
  });

  it('is trusted again when it refutes with a higher incarnation, and only then', () => {
    const node = settled(['b', 'c', 'd']);
    node.answering.delete('b');
    node.pass(2_500);
    node.forget();
    node.hear('b', ping(9));
    expect(node.indicated()).toEqual([]);
    expect(node.sent('ack').at(-1)?.message.accuses).toEqual({ status: 'suspect', incarnation: 1 });
    node.hear('b', ping(10, { incarnation: 2 }));
    expect(node.indicated()).toEqual(['trust b']);
  });
});

describe('the end of a link', () => {
  it('is a suspicion at once where there is nobody else to ask', () => {
    const node = settled(['b']);
    node.answering.delete('b');
    node.event({ type: 'peerDown', peer: 'b' });
    expect(node.indicated()).toEqual(['suspect b']);
  });

  it('is one as soon as all helpers say that they have no link either', () => {
    const node = settled(['b', 'c', 'd']);
    node.answering.delete('b');
    node.event({ type: 'peerDown', peer: 'b' });
    const requests = node.sent('pingReq');
    expect(requests.map(({ to }) => to).sort()).toEqual(['c', 'd']);
    const [first, second] = requests;
    if (first === undefined || second === undefined) throw new Error('two helpers are asked');
    node.hear(first.to, response(first.message.sequence, 'b', false));
    expect(node.indicated()).toEqual([]);
    node.pass(100);
    // Asked again meanwhile: what the first has said still counts.
    node.hear(second.to, response(second.message.sequence, 'b', false));
    expect(node.indicated()).toEqual(['suspect b']);
  });

  it('is none while a helper reaches the node', () => {
    const node = settled(['b', 'c', 'd']);
    node.answering.delete('b');
    node.event({ type: 'peerDown', peer: 'b' });
    const [request] = node.sent('pingReq');
    if (request === undefined) throw new Error('a helper is asked');
    node.hear(request.to, response(request.message.sequence, 'b', true));
    node.pass(500);
    expect(node.indicated()).toEqual([]);
  });

  it('is told to who asks for help', () => {
    const node = settled(['b', 'c']);
    node.answering.delete('b');
    node.event({ type: 'peerDown', peer: 'b' });
    node.forget();
    node.hear('c', pingReq(3, 'b'));
    expect(node.sent('pingReqResponse')[0]?.message).toMatchObject({
      sequence: 3,
      target: 'b',
      reached: false,
    });
  });
});

describe('a helper', () => {
  it('asks on behalf of another, and keeps nothing of it', () => {
    const node = settled(['b', 'c']);
    node.answering.clear();
    const before = structuredClone(node.state);
    node.hear('c', pingReq(7, 'b'));
    expect(node.sent('ping').at(-1)).toMatchObject({ to: 'b', message: { sequence: 7, onBehalfOf: 'c' } });
    expect(node.state).toEqual(before);
    node.hear('b', ack(7, {}, 'c'));
    expect(node.sent('pingReqResponse')[0]).toMatchObject({
      to: 'c',
      message: { sequence: 7, target: 'b', reached: true },
    });
  });

  it('serves members alone', () => {
    const node = settled(['b', 'c']);
    node.hear('b', ack(7, {}, 'stranger'));
    expect(node.sent('pingReqResponse')).toEqual([]);
  });
});

describe('hearsay', () => {
  const suspect = { updates: [{ node: 'b', status: 'suspect', incarnation: 1 }] } as const;

  it('about a node that one hears oneself is no suspicion, and is told to that node', () => {
    const node = settled(['b', 'c', 'd']);
    node.answering.delete('b');
    node.hear('c', ping(1, suspect));
    expect(node.indicated()).toEqual([]);
    node.pass(550);
    expect(node.sent('ping').find(({ to }) => to === 'b')?.message.accuses).toEqual({
      status: 'suspect',
      incarnation: 1,
    });
    node.pass(500);
    expect(node.indicated()).toEqual(['suspect b']);
  });

  it('is one once it is confirmed', () => {
    const node = settled(['b', 'c', 'd']);
    node.hear('c', ping(1, { updates: [{ node: 'b', status: 'confirmed', incarnation: 1 }] }));
    expect(node.indicated()).toEqual(['suspect b']);
  });

  it('is believed of a node that one does not watch', () => {
    const node = settled(['b', 'c', 'd'], { watchedMax: 1 });
    const [other] = ['b', 'c', 'd'].filter((one) => node.state.watches[one] === undefined);
    node.hear('c', ping(1, { updates: [{ node: other ?? '', status: 'suspect', incarnation: 1 }] }));
    expect(node.indicated()).toEqual([`suspect ${other}`]);
  });
});

describe('gossip', () => {
  it('carries each update on λ ln(n + 1) messages and no more, those sent least first', () => {
    const node = settled(['b', 'c', 'd', 'e', 'f'], { updatesMax: 1, lambda: 2 });
    node.hear('c', ping(1, { updates: [{ node: 'b', status: 'alive', incarnation: 5 }] }));
    node.hear('c', ping(2, { updates: [{ node: 'd', status: 'alive', incarnation: 5 }] }));
    for (let i = 0; i < 30; i++) node.hear('e', ping(3 + i));
    const carried = node.sent('ack').flatMap(({ message }) => message.updates.map((update) => update.node));
    const each = Math.ceil(2 * Math.log(7));
    expect(carried.filter((about) => about === 'b')).toHaveLength(each);
    expect(carried.filter((about) => about === 'd')).toHaveLength(each);
    expect(new Set(carried.slice(-2))).toEqual(new Set(['b', 'd']));
  });
});

describe('a node that slept', () => {
  it('accuses nobody of the time that it slept', () => {
    const node = settled(['b', 'c', 'd']);
    node.answering.clear();
    node.sleep(60_000);
    node.event({ type: 'clockJumped', byMs: 60_000 });
    node.pass(600);
    expect(node.indicated()).toEqual([]);
  });

  it('notices by its own timer, too, where nobody tells it', () => {
    const node = settled(['b', 'c', 'd']);
    node.answering.clear();
    node.sleep(60_000);
    node.pass(600);
    expect(node.indicated()).toEqual([]);
    node.pass(2_000);
    expect(node.indicated()).toHaveLength(3);
  });

  it('counts from the moment of a change of pace anew', () => {
    const node = settled(['b', 'c', 'd']);
    node.answering.clear();
    node.pass(1_000);
    node.event({ type: 'clockJumped', byMs: 0 });
    node.pass(900);
    expect(node.indicated()).toEqual([]);
  });

  it('still suspects the dead when it sleeps at every turn', () => {
    const node = settled(['b', 'c', 'd']);
    node.answering.delete('b');
    for (let i = 0; i < 30; i++) {
      node.sleep(2_000);
      node.event({ type: 'clockJumped', byMs: 2_000 });
      node.pass(1);
    }
    expect(node.indicated()).toContain('suspect b');
    expect(node.indicated()).not.toContain('suspect c');
  });
});

describe('where there are many', () => {
  const others = Array.from({ length: 40 }, (_, i) => `n${i + 1}`);

  it('a bounded part is watched, with links that are wished for', () => {
    const node = TestDetector.begun(others);
    const wished = node.effects.flatMap((effect) => (effect.type === 'connect' ? [effect.peer] : []));
    expect(wished.sort()).toEqual(Object.keys(node.state.watches).sort());
    expect(wished).toHaveLength(11);
    node.forget();
    node.pass(5_000);
    expect(node.sent('ping')).toHaveLength(110);
  });

  it('everyone gets its turn to be watched', () => {
    const node = TestDetector.begun(others, { rotateMs: 1_000 });
    const seen = new Set<string>();
    for (let i = 0; i < 400; i++) {
      node.pass(500);
      for (const other of Object.keys(node.state.watches)) seen.add(other);
    }
    expect([...seen].sort()).toEqual([...others].sort());
  });

  it('who does not answer keeps its place until that is decided, however fast the turns are', () => {
    const node = TestDetector.begun(others, { ...steady, rotateMs: 10 });
    node.answering.delete('n1');
    node.pass(120_000);
    expect(node.verdict('n1')).toMatch(/confirmed/);
  });
});

it('a state is plain data: a copy of it goes on alike', () => {
  const node = settled(['b', 'c', 'd']);
  node.answering.delete('b');
  node.pass(1_000);
  expect(JSON.parse(JSON.stringify(node.state))).toEqual(node.state);
});
