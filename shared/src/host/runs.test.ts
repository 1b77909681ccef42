import { describe, expect, it } from 'vitest';
import { Lab, labRun, messageFrame, type ToyEffect } from '../sim/testing/index.js';
import { decodeResult, encodeEnvelope, encodeOpenSession, encodeOperation } from '../store/index.js';
import { encodeFrame, frameBytesMax } from '../wire/index.js';
import { requestsMax } from './limits.js';

const say = (text: string): unknown => ({ type: 'say', text });
const get = (path: string): Uint8Array => encodeOperation({ op: 'get', path });

describe('the start of a run', () => {
  it('waits for the disk, and says when all instances have started', () => {
    const lab = new Lab({ nodes: 1 });
    const node = lab.node(1);
    node.boot();
    let isReady = false;
    lab.startRun(node, {}, () => {
      isReady = true;
    });
    expect(node.steps).toEqual([]);
    lab.run(10);
    expect(isReady).toBe(true);
    expect(node.seen('start')).toHaveLength(1);
    expect(node.seen('start', 'client')).toHaveLength(1);
  });

  it('hands the Process what its disk held, and tells who is up', () => {
    const lab = new Lab({ nodes: 2 }).start();
    const ops = [
      { kind: 'set', key: 'term', value: { reign: 3 } },
      { kind: 'append', index: 1, value: 'one' },
      { kind: 'append', index: 2, value: 'two' },
    ] as const;
    lab.node(1).do([{ type: 'persist', write: 1, ops }]);
    lab.run(20);
    lab.node(1).crash();
    lab.node(1).steps = [];
    lab.node(1).boot();
    lab.startRun(lab.node(1));
    lab.run(20);
    expect(lab.node(1).seen('start')[0]?.disk).toEqual({
      values: { term: { reign: 3 } },
      log: [
        { index: 1, value: 'one' },
        { index: 2, value: 'two' },
      ],
      snapshot: null,
    });
    expect(
      lab
        .node(1)
        .seen('peerUp')
        .map(({ peer }) => peer),
    ).toEqual(['n2']);
    expect(lab.node(1).steps[0]?.event.type).toBe('start');
  });

  it('restores the store from the snapshot on disk', () => {
    const lab = new Lab({ nodes: 1 }).start();
    const node = lab.node(1);
    node.do([
      { type: 'commit', entries: [{ index: 1, reign: 1, command: encodeOpenSession('a client') }] },
      { type: 'takeSnapshot', index: 1, meta: { reign: 1 }, ops: [] },
    ]);
    lab.run(20);
    expect(node.seen('snapshotTaken')).toHaveLength(1);
    const digest = node.host.run(labRun)?.instance('server')?.digest;
    node.crash();
    node.boot();
    lab.startRun(node);
    lab.run(20);
    expect(node.seen('start')[1]?.disk.snapshot).toEqual({ index: 1, meta: { reign: 1 } });
    expect(node.host.run(labRun)?.instance('server')?.digest).toBe(digest);
    node.do([{ type: 'query', query: 1, operation: get('/a'), atIndex: 1 }]);
    expect(node.seen('queried')).toHaveLength(1);
  });
});

describe('several instances in one host', () => {
  it('talk to each other without the network', () => {
    const lab = new Lab({ nodes: 1, passes: () => false }).start();
    const hello: ToyEffect = {
      type: 'send',
      to: 'n1',
      instance: 'client',
      message: { type: 'say', text: 'hello' },
    };
    lab.node(1).do([hello]);
    expect(lab.node(1).seen('deliver', 'client')).toMatchObject([{ from: 'n1', message: { text: 'hello' } }]);
  });

  it('keep apart what they write and what is sent to them', () => {
    const lab = new Lab({ nodes: 2 }).start();
    lab.node(1).do([{ type: 'persist', write: 1, ops: [{ kind: 'set', key: 'k', value: 'server' }] }]);
    lab
      .node(1)
      .do([{ type: 'persist', write: 1, ops: [{ kind: 'set', key: 'k', value: 'client' }] }], 'client');
    lab.run(20);
    lab.node(1).crash();
    lab.node(1).steps = [];
    lab.node(1).boot();
    lab.startRun(lab.node(1));
    lab.run(20);
    expect(lab.node(1).seen('start')[0]?.disk.values).toEqual({ k: 'server' });
    expect(lab.node(1).seen('start', 'client')[0]?.disk.values).toEqual({ k: 'client' });
  });
});

describe('what belongs to no run here', () => {
  it('is dropped: frames of another run, and of a run that was stopped', () => {
    const lab = new Lab({ nodes: 2, transitMs: 20 }).start();
    lab.node(2).say(lab.node(1), 'of the old run');
    lab.node(1).host.stopRun(labRun);
    lab.startRun(lab.node(1), { run: 'run2' });
    lab.run(15);
    lab.node(1).hear('n2', say('of no run'), 'server', 'run3');
    lab.node(1).hear('n2', say('of the new run'), 'server', 'run2');
    lab.run(50);
    expect(lab.node(1).texts()).toEqual(['of the new run']);
    expect(lab.node(1).violations).toEqual([]);
    expect(
      lab
        .node(1)
        .traced('lost')
        .map(({ reason, run }) => `${run} ${reason}`),
    ).toEqual(['run3 stale-run', 'run1 stale-run']);
  });

  it('is dropped when no instance of that name runs', () => {
    const lab = new Lab({ nodes: 2 }).start();
    lab.node(1).hear('n2', say('x'), 'detector');
    lab.run(20);
    expect(lab.node(1).traced('lost')).toMatchObject([{ reason: 'no-instance', from: 'n2' }]);
    expect(lab.node(1).violations).toEqual([]);
  });

  it('never leaves a stopped run, though its writes complete later', () => {
    const lab = new Lab({ nodes: 2, flushMs: 50 }).start();
    lab.node(1).do([
      { type: 'persist', write: 1, ops: [] },
      { type: 'send', to: 'n2', message: { type: 'say', text: 'promise' }, after: 1 },
    ]);
    lab.node(1).host.stopRun(labRun);
    lab.run(200);
    expect(lab.node(2).texts()).toEqual([]);
  });
});

describe('a bad frame', () => {
  const wrongVersion = messageFrame(say('x'));
  wrongVersion[0] = 99;
  const chunk = {
    kind: 'snapshotChunk',
    run: labRun,
    to: 'server',
    transfer: 1,
    offset: 0,
    total: 1,
  } as const;
  it.each([
    ['is malformed', Uint8Array.of(1, 255, 255)],
    ['is empty', new Uint8Array()],
    ['is of another version', wrongVersion],
    ['is oversized', new Uint8Array(frameBytesMax + 1).fill(1)],
    ['is no message of its protocol', messageFrame({ type: 'nonsense' })],
    [
      'announces a snapshot with nonsense',
      encodeFrame({ ...chunk, data: Uint8Array.of(1), announcement: 'nonsense' }),
    ],
  ])('that %s is reported with its sender, and disturbs nothing else', (_why, frame) => {
    const lab = new Lab({ nodes: 2 }).start();
    lab.node(1).receive('n2', frame);
    lab.node(2).say(lab.node(1), 'good');
    lab.run(20);
    expect(lab.node(1).violations).toEqual([expect.stringMatching(/^n2: ./)]);
    expect(lab.node(1).failures).toEqual([]);
    expect(lab.node(1).texts()).toEqual(['good']);
  });
});

describe('a request', () => {
  const openSession = encodeOpenSession('a client');
  const put = (session: number): Uint8Array =>
    encodeEnvelope({
      session,
      sequence: 1,
      firstUnanswered: 1,
      operation: encodeOperation({ op: 'put', path: '/a', value: 5 }),
    });

  it('goes through the store and is answered once, and a read sees it', () => {
    const lab = new Lab({ nodes: 1 }).start();
    const opened = lab.node(1).request('propose', openSession);
    const written = lab.node(1).request('propose', put(1));
    const read = lab.node(1).request('read', get('/a'));
    lab.run(50);
    expect([opened.length, written.length]).toEqual([1, 1]);
    expect(read.map((answer) => (answer.ok ? decodeResult(answer.result) : answer))).toMatchObject([
      { ok: true, value: 5, version: 1 },
    ]);
  });

  it('is answered with the first of two answers', () => {
    const on = {
      propose: [
        { type: 'refuse', request: 1, error: 'timeout' },
        { type: 'reply', request: 1, result: new Uint8Array() },
      ],
    } as const;
    const lab = new Lab({ nodes: 1, toy: { on } }).start();
    expect(lab.node(1).request('propose', openSession)).toEqual([{ ok: false, error: 'timeout' }]);
  });

  it('made before the disk is open waits for it', () => {
    const lab = new Lab({ nodes: 1 }).start();
    const node = lab.node(1);
    lab.startRun(node, {});
    const opened = node.request('propose', openSession);
    expect(opened).toEqual([]);
    lab.run(50);
    expect(opened).toMatchObject([{ ok: true }]);
  });

  const waits = (lab: Lab): ReturnType<Lab['node']> => {
    const node = lab.start().node(1);
    // Without a server nobody answers the client.
    lab.startRun(node, { instances: ['client'] });
    lab.run(10);
    return node;
  };

  it.each(['stopRun', 'close'] as const)('that is open at %s is answered with stopped', (how) => {
    const node = waits(new Lab({ nodes: 1 }));
    const answers = node.request('propose', openSession);
    expect(answers).toEqual([]);
    if (how === 'close') node.host.close();
    else node.host.stopRun(labRun);
    expect(answers).toEqual([{ ok: false, error: 'stopped' }]);
    expect(node.request('read', openSession)).toEqual([{ ok: false, error: 'stopped' }]);
  });

  it('that is open when the node fails is answered with stopped', () => {
    const node = waits(new Lab({ nodes: 1 }));
    const answers = node.request('propose', openSession);
    node.hear('n2', { type: 'break', rule: 'x' }, 'client');
    expect(answers).toEqual([{ ok: false, error: 'stopped' }]);
  });

  it('beyond the bound is answered with busy at once', () => {
    const node = waits(new Lab({ nodes: 1 }));
    const open = Array.from({ length: requestsMax }, () => node.request('read', openSession));
    expect(node.request('read', openSession)).toEqual([{ ok: false, error: 'busy' }]);
    expect(open.flat()).toEqual([]);
  });
});

describe('the store', () => {
  const commit = (...indexes: number[]): ToyEffect => ({
    type: 'commit',
    entries: indexes.map((index) => ({ index, reign: 1, command: null })),
  });

  it('answers a commit with one outcome an entry and the digest after the last', () => {
    const lab = new Lab({ nodes: 2 }).start();
    for (const node of lab.nodes) node.do([commit(1, 2), commit(3)]);
    const [first, second] = lab.node(1).seen('executed');
    expect(first?.outcomes.map(({ index }) => index)).toEqual([1, 2]);
    expect(second?.outcomes.map(({ index }) => index)).toEqual([3]);
    expect(first?.digest).not.toBe(second?.digest);
    expect(lab.node(2).seen('executed')[1]?.digest).toBe(second?.digest);
  });

  it('is read only once it has applied the index that the query waits for', () => {
    const lab = new Lab({ nodes: 1 }).start();
    lab.node(1).do([{ type: 'query', query: 1, operation: get('/a'), atIndex: 2 }, commit(1)]);
    expect(lab.node(1).seen('queried')).toEqual([]);
    lab.node(1).do([commit(2)]);
    expect(lab.node(1).seen('queried')).toMatchObject([{ query: 1, index: 2 }]);
    expect(
      lab
        .node(1)
        .steps.filter(({ event }) => event.type !== 'deliver')
        .map(({ event }) => event.type),
    ).toEqual([...['start', 'start', 'executed', 'executed', 'queried']]);
  });
});
