import { describe, expect, it } from 'vitest';
import { batchDigest } from './digests.js';
import { phaseOf } from './slots.js';
import { prePrepare, prepare, proposal, request, TestGroup } from './testing/index.js';

const all = ['r0', 'r1', 'r2', 'r3'];
const digestAt = (group: TestGroup, id: string, sequence = 1): string | undefined =>
  group.state(id).slots[sequence]?.accepted?.body.digest;

describe('the normal case (4.2)', () => {
  it('orders a request in three phases, and every replica executes and answers it', () => {
    const group = new TestGroup();
    const asked = group.ask('client', 'r0');
    group.settle();
    expect(group.executed()).toEqual([1, 1, 1, 1]);
    expect(group.replies.map(({ from, to }) => [from, to])).toEqual(
      expect.arrayContaining(all.map((id) => [id, 'client'])),
    );
    expect(group.replies.every(({ message }) => message.number === asked.body.number)).toBe(true);
    expect(new Set(all.map((id) => group.store(id).digest())).size).toBe(1);
  });

  it('a pre-prepare is durable before it is sent, so that a primary that restarts does not contradict itself', () => {
    const group = new TestGroup();
    const first = group.ask('a', 'r0');
    expect(group.underWay('prePrepare')).toEqual([]);
    group.flush('r0');
    expect(group.underWay('prePrepare')).toHaveLength(3);
    group.crash('r0');
    group.restart('r0');
    group.ask('b', 'r0');
    group.settle();
    expect(digestAt(group, 'r1', 1)).toBe(batchDigest([first]));
    group.pass(500);
    expect(group.executed()).toEqual([2, 2, 2, 2]);
  });

  it('what a primary had not written when it crashed it has not said, and may replace', () => {
    const group = new TestGroup();
    group.ask('a', 'r0');
    group.crash('r0');
    group.restart('r0');
    const other = group.ask('b', 'r0');
    group.settle();
    expect(digestAt(group, 'r3')).toBe(batchDigest([other]));
    expect(group.executed()).toEqual([1, 1, 1, 1]);
  });

  it('a backup prepares once its disk has what it accepted, and commits once its disk has the certificate', () => {
    const group = new TestGroup();
    group.lie('r0');
    group.say('r0', prePrepare('r0', 0, 1, [request('a', 1)]), 'r1', 'r2', 'r3');
    expect(group.underWay('prepare')).toEqual([]);
    group.flush('r1');
    expect(group.underWay('prepare').map(({ from }) => from)).toEqual(['r1', 'r1', 'r1']);
    group.flush('r2');
    for (const flight of group.underWay('prepare')) if (flight.to === 'r1') group.deliver(flight);
    expect(group.underWay('commit')).toEqual([]);
    group.flush('r1');
    expect(group.underWay('commit').map(({ from }) => from)).toEqual(['r1', 'r1', 'r1']);
  });

  it('prepares and commits may come in any order, before their pre-prepare too', () => {
    const group = new TestGroup();
    group.ask('a', 'r0');
    group.flush();
    const late = group.underWay('prePrepare').filter(({ to }) => to === 'r3');
    group.flights.splice(
      0,
      group.flights.length,
      ...group.flights.filter(({ to, message }) => to !== 'r3' || message.type !== 'prePrepare'),
    );
    group.settle();
    expect(group.executed()).toEqual([1, 1, 1, 0]);
    const [flight] = late;
    if (flight !== undefined) group.deliver(flight);
    group.flush();
    expect(group.executed()).toEqual([1, 1, 1, 1]);
  });

  it('executes in the order of sequence numbers, whatever commits first', () => {
    const group = new TestGroup();
    group.ask('a', 'r0');
    group.ask('b', 'r0');
    const isFirst = (body: { sequence: number }): boolean => body.sequence === 1;
    group.settle(({ to, message }) => !(to === 'r2' && message.type === 'commit' && isFirst(message)));
    expect(phaseOf(group.state('r2'), group.state('r2').slots[2])).toBe(3);
    expect(group.state('r2').executed).toBe(0);
    group.pass(400);
    expect(group.state('r2').executed).toBe(2);
  });

  it('gathers what waits into batches, and keeps to its pipeline', () => {
    const group = new TestGroup(4, { requestsPerBatchMax: 3, pipelineMax: 1 });
    for (const client of ['a', 'b', 'c', 'd', 'e']) group.ask(client, 'r0');
    group.settle();
    expect(group.state('r1').slots[1]?.batch).toHaveLength(1);
    expect(group.state('r1').slots[2]?.batch).toHaveLength(3);
    expect(group.state('r1').slots[3]?.batch).toHaveLength(1);
    expect(group.executed()).toEqual([3, 3, 3, 3]);
  });

  it.each([5, 6, 7, 10])('works with %i replicas and so many crashed as leave a quorum', (count) => {
    const group = new TestGroup(count);
    const { quorum } = group.state('r0').group;
    for (const id of group.ids.slice(quorum)) group.crash(id);
    group.order(2, 'r0');
    expect(group.executed().slice(0, quorum)).toEqual(Array.from({ length: quorum }, () => 2));
    group.crash(`r${quorum - 1}`);
    group.order(1, 'r0');
    expect(group.state('r0').executed).toBe(2);
  });
});

describe('a liar', () => {
  const batch = [request('a', 1)];
  const setUp = (): TestGroup => {
    const group = new TestGroup();
    group.lie('r0');
    return group;
  };

  it('as the primary can’t have two batches prepare at one sequence number', () => {
    const group = setUp();
    group.say('r0', prePrepare('r0', 0, 1, batch), 'r1');
    group.say('r0', prePrepare('r0', 0, 1, [request('b', 1)]), 'r2', 'r3');
    group.say('r0', prePrepare('r0', 0, 1, batch), 'r2', 'r3');
    group.settle();
    expect(group.noted('conflicting-pre-prepare')).toEqual(['r2', 'r3']);
    expect(group.state('r1').slots[1]?.prepared).toBeNull();
    expect(group.state('r2').slots[1]?.prepared).not.toBeNull();
  });

  it.each([
    ['as another node', prePrepare('r2', 0, 1, batch)],
    ['for another view', prePrepare('r1', 1, 1, batch)],
    [
      'below the low watermark',
      {
        ...prePrepare('r0', 0, 1, batch),
        prePrepare: {
          ...prePrepare('r0', 0, 1, batch).prePrepare,
          body: { ...proposal(0, 1, batch), sequence: 0 },
        },
      },
    ],
    ['above the high watermark', prePrepare('r0', 0, 9, batch)],
    [
      'with another batch than its digest says',
      { ...prePrepare('r0', 0, 1, batch), batch: [request('b', 1)] },
    ],
  ])('pre-prepares %s, and nobody accepts it', (_what, message) => {
    const group = setUp();
    group.say('r0', message, 'r1', 'r2', 'r3');
    group.settle();
    for (const id of ['r1', 'r2', 'r3'])
      expect(Object.values(group.state(id).slots).map(({ accepted }) => accepted)).toEqual([]);
  });

  it.each([
    ['of the primary, whose pre-prepare counts already', prepare('r0', proposal(0, 1, batch))],
    ['of no replica', prepare('x', proposal(0, 1, batch))],
    ['for another batch', prepare('r3', proposal(0, 1, [request('b', 1)]))],
    ['for another view', prepare('r3', proposal(1, 1, batch))],
    ['for another sequence number', prepare('r3', proposal(0, 2, batch))],
  ])('a prepare %s does not count', (_what, lie) => {
    const group = setUp();
    group.lie('r3');
    group.say('r0', prePrepare('r0', 0, 1, batch), 'r1', 'r2');
    group.say('r3', { type: 'prepare', prepare: lie }, 'r1');
    group.say('r0', { type: 'prepare', prepare: lie }, 'r1');
    group.settle(({ from, to }) => !(from === 'r2' && to === 'r1'));
    expect(group.state('r1').slots[1]?.prepared).toBeNull();
    group.say('r2', { type: 'prepare', prepare: prepare('r2', proposal(0, 1, batch)) }, 'r1');
    expect(group.state('r1').slots[1]?.prepared).not.toBeNull();
  });

  it('commits as itself alone: a quorum is needed, and one says it once', () => {
    const group = setUp();
    group.say('r0', prePrepare('r0', 0, 1, batch), 'r1', 'r2', 'r3');
    group.settle(({ to, message }) => !(to === 'r1' && message.type === 'commit'));
    const commit = { type: 'commit', ...proposal(0, 1, batch) } as const;
    for (let i = 0; i < 3; i++) group.say('r0', commit, 'r1');
    group.say('x', commit, 'r1');
    group.say('r2', { ...commit, digest: batchDigest([request('b', 1)]) }, 'r1');
    expect(group.state('r1').executed).toBe(0);
    group.say('r2', commit, 'r1');
    expect(group.state('r1').executed).toBe(1);
  });
});

describe('requests', () => {
  it('are answered again when they come again, and executed once', () => {
    const group = new TestGroup();
    const asked = group.ask('client', 'r0');
    group.settle();
    group.say('client', { type: 'request', request: asked }, ...all);
    group.settle();
    expect(group.executed()).toEqual([1, 1, 1, 1]);
    expect(group.replies).toHaveLength(8);
  });

  it('that a backup has lost the answer of are ordered once more, once in a view', () => {
    const group = new TestGroup();
    const asked = group.ask('client', 'r0');
    group.settle();
    for (let i = 0; i < 3; i++) {
      group.say('r3', { type: 'request', request: asked }, 'r0');
      group.settle();
    }
    expect(group.executed()).toEqual([2, 2, 2, 2]);
    expect(group.replies).toHaveLength(8);
  });

  it('that are long answered are not ordered again, whoever repeats them', () => {
    const group = new TestGroup(4, { checkpointInterval: 128, window: 256 });
    const first = group.ask('client', 'r0');
    group.settle();
    group.order(16, 'r0');
    group.say('r3', { type: 'request', request: first }, 'r0');
    group.settle();
    expect(group.executed()).toEqual([17, 17, 17, 17]);
  });

  it('of one client fill no more than its share of what waits', () => {
    const group = new TestGroup(4, { pipelineMax: 1 });
    for (let i = 0; i < 100; i++) group.ask('flooder', 'r1');
    expect(group.state('r1').waiting).toHaveLength(8);
    group.ask('client', 'r1');
    expect(group.state('r1').waiting.at(-1)?.request.signer).toBe('client');
  });

  it('of many clients are refused beyond a bound', () => {
    const group = new TestGroup(4, { pendingRequestsMax: 10 });
    for (let i = 0; i < 30; i++) group.ask(`c${i}`, 'r2');
    expect(group.state('r2').waiting).toHaveLength(10);
    expect(group.noted('request-refused')).toHaveLength(20);
  });

  it('are taken from their client, or from a replica that passes them on', () => {
    const group = new TestGroup();
    group.say('stranger', { type: 'request', request: request('client', 1) }, 'r0');
    expect(group.state('r0').waiting).toEqual([]);
    group.say('r2', { type: 'request', request: request('client', 1) }, 'r0');
    group.settle();
    expect(group.executed()).toEqual([1, 1, 1, 1]);
  });
});

describe('statuses', () => {
  it('are answered with what the other one lacks, and not more often than they are due', () => {
    const group = new TestGroup();
    group.order(2, 'r0', ({ to }) => to !== 'r3');
    const status = {
      type: 'status',
      view: 0,
      isActive: true,
      stable: 0,
      executed: 0,
      open: 1,
      phases: [],
      missing: [],
      viewChanges: [],
    } as const;
    for (let i = 0; i < 10; i++) group.say('r3', status, 'r1');
    const answers = group.underWay('commit').filter(({ to }) => to === 'r3');
    expect(answers.map(({ message }) => message)).toMatchObject([{ sequence: 1 }, { sequence: 2 }]);
    group.nowMs += group.options.statusMs;
    group.say('r3', status, 'r1');
    expect(group.underWay('commit').filter(({ to }) => to === 'r3')).toHaveLength(4);
  });
});
