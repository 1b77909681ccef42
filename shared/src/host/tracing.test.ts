import { describe, expect, it } from 'vitest';
import { Lab, labRun } from '../sim/testing/index.js';
import { everything } from '../trace/index.js';

/** Of what may be left out, ten and no more. */
const tenAtOnce = { ...everything, eventsBurst: 10, eventsPerSecond: 0 };

describe('what the host tells of itself', () => {
  it('is numbered without holes from the first event of its life, and in the order in which it happened', () => {
    const lab = new Lab({ nodes: 2 }).start();
    for (let i = 0; i < 20; i++) lab.node(1).say(lab.node(2), `${i}`);
    lab.run(100);
    const { trace } = lab.node(2);
    expect(trace.map(({ seq }) => seq)).toEqual(trace.map((_, i) => i + 1));
    expect(trace.map(({ atMs }) => atMs)).toEqual(trace.map(({ atMs }) => atMs).toSorted((a, b) => a - b));
    expect(new Set(trace.map(({ life }) => life))).toEqual(new Set([1]));
  });

  it('joins a message where it was sent with where it was delivered, and the second has the later clock', () => {
    const lab = new Lab({ nodes: 2 }).start();
    lab.node(1).say(lab.node(2), 'a');
    lab.run(50);
    const [sent] = lab.node(1).traced('sent');
    const [delivered] = lab.node(2).traced('delivered');
    expect(sent).toMatchObject({
      to: 'n2',
      info: { kind: 'say', summary: { text: 'a' } },
      run: labRun,
      instance: 'server',
    });
    expect(sent?.bytes).toBeGreaterThan(10);
    expect(delivered).toMatchObject({ message: sent?.message, from: 'n1', info: sent?.info });
    expect(delivered?.clock).toBeGreaterThan(sent?.clock ?? Number.POSITIVE_INFINITY);
  });

  it('never uses the id of a message twice, over instances, runs and lives', () => {
    const lab = new Lab({ nodes: 2 }).start();
    const node = lab.node(1);
    const send = { type: 'send', to: 'n2', message: { type: 'say', text: 'x' } } as const;
    node.do([send]);
    node.do([send], 'client');
    lab.startRun(node, { run: 'run2' });
    lab.run(20);
    node.hear('puppeteer', { type: 'do', effects: [send] }, 'server', 'run2');
    lab.run(20);
    node.crash();
    node.boot();
    lab.startRun(node);
    lab.run(20);
    node.do([send]);
    lab.run(20);
    const ids = node.traced('sent').map(({ message }) => message);
    expect(ids).toHaveLength(4);
    expect(new Set(ids).size).toBe(4);
  });

  it('says when an instance starts, whether from an empty disk or an old one, and when it stops', () => {
    const lab = new Lab({ nodes: 1 }).start();
    const node = lab.node(1);
    node.do([{ type: 'persist', write: 1, ops: [{ kind: 'set', key: 'k', value: 1 }] }]);
    lab.run(20);
    node.host.stopRun(labRun);
    lab.startRun(node);
    lab.run(20);
    const started = node.traced('started').map(({ instance, recovered }) => `${instance} ${recovered}`);
    expect(started).toEqual(['server false', 'client false', 'server true', 'client false']);
    expect(node.traced('stopped').map(({ instance }) => instance)).toEqual(['server', 'client']);
  });

  it('tells a change of role once, when it happens', () => {
    const lab = new Lab({ nodes: 1 }).start();
    const node = lab.node(1);
    node.trace = [];
    const atMs = lab.scheduler.nowMs;
    for (const text of ['be leader', 'hello', 'be leader']) node.hear('n2', { type: 'say', text });
    lab.run(50);
    expect(node.traced('role')).toMatchObject([{ role: 'leader', reign: 1, leader: null, atMs }]);
  });

  it('brings every batch to an end with the state that each instance has come to, timers included', () => {
    const lab = new Lab({ nodes: 1 }).start();
    const node = lab.node(1);
    const setAtMs = lab.scheduler.nowMs;
    node.do([{ type: 'setTimer', timer: 't', afterMs: 500 }]);
    lab.run(20);
    const state = node.traced('state').findLast(({ instance }) => instance === 'server');
    expect(state?.timers).toEqual({ t: { setAtMs, dueAtMs: setAtMs + 500 } });
    expect(state?.observation.detail).toEqual({
      events: node.steps.filter((step) => step.instance === 'server').length,
    });
  });

  it('gives its whole state in a keyframe', () => {
    const lab = new Lab({ nodes: 1 }).start();
    const node = lab.node(1);
    node.do([
      { type: 'commit', entries: [{ index: 1, reign: 1, command: null }] },
      { type: 'setTimer', timer: 't', afterMs: 500 },
    ]);
    node.host.setPace(1 / 2, true);
    node.host.keyframe();
    lab.run(20);
    expect(node.traced('keyframe').find(({ instance }) => instance === 'server')).toMatchObject({
      observation: { role: 'toy', lastIndex: 1 },
      digest: node.host.run(labRun)?.instance('server')?.digest,
      timers: { t: { dueAtMs: expect.any(Number) } },
      pace: 1 / 2,
      paused: true,
    });
    expect(node.traced('pace').at(-1)).toMatchObject({ pace: 1 / 2, paused: true, run: labRun });
  });

  it('tells the pace of a run that begins in slow motion, since no change of it comes later', () => {
    const lab = new Lab({ nodes: 1 });
    const node = lab.node(1);
    node.boot();
    node.host.setPace(1 / 20, false);
    lab.startRun(node);
    lab.run(20);
    expect(node.traced('pace')).toMatchObject([{ pace: 1 / 20, paused: false, run: labRun }]);
  });

  it('counts what it left out when it is too busy, and still tells what was applied', () => {
    const lab = new Lab({ nodes: 1, host: { traceLimits: tenAtOnce } }).start();
    const node = lab.node(1);
    node.trace = [];
    node.host.traceEvery(10, tenAtOnce);
    for (let i = 1; i <= 50; i++)
      node.do([{ type: 'commit', entries: [{ index: i, reign: 1, command: null }] }]);
    lab.run(50);
    expect(node.traced('applied').map(({ last }) => last)).toEqual(
      Array.from({ length: 50 }, (_, i) => i + 1),
    );
    expect(node.traced('gap')).toMatchObject([{ missing: 40, proofs: 0, run: labRun }]);
    expect(node.traced('delivered')).toHaveLength(10);
  });

  it('never leaves out a note that the protocol says can prove a broken rule', () => {
    const lab = new Lab({ nodes: 1, host: { traceLimits: tenAtOnce } }).start();
    const node = lab.node(1);
    for (let i = 0; i < 40; i++) {
      node.do([
        { type: 'note', code: 'a-note', data: { i } },
        { type: 'note', code: 'a-vote', data: { i } },
      ]);
    }
    lab.run(50);
    const votes = node.traced('note').filter(({ code }) => code === 'a-vote');
    expect(votes.map(({ data, proves }) => [data['i'], proves])).toEqual(
      Array.from({ length: 40 }, (_, i) => [i, true]),
    );
    expect(node.traced('note').length).toBeLessThan(80);
  });

  it('goes on handing on what did not fit into one batch, though nothing more happens', () => {
    const lab = new Lab({ nodes: 1 }).start();
    const node = lab.node(1);
    for (let i = 0; i < 3_000; i++) node.do([{ type: 'note', code: 'a-vote', data: { i } }]);
    lab.run(200);
    expect(node.traced('note').map(({ data }) => data['i'])).toEqual(
      Array.from({ length: 3_000 }, (_, i) => i),
    );
  });

  it('says why it crashed, last of all, in every run that it ends', () => {
    const lab = new Lab({ nodes: 1 }).start();
    lab.startRun(lab.node(1), { run: 'run2' });
    lab.run(20);
    lab.node(1).hear('n2', { type: 'break', rule: 'toys never break' });
    const why = expect.stringContaining('toys never break');
    expect(lab.node(1).trace.slice(-2)).toMatchObject([
      { type: 'crashed', why, run: labRun },
      { type: 'crashed', why, run: 'run2' },
    ]);
  });

  it('is silent where nobody reads it', () => {
    const lab = new Lab({ nodes: 2, host: { onTrace: null } }).start();
    lab.node(1).say(lab.node(2), 'a');
    lab.node(1).host.keyframe();
    lab.run(50);
    expect(lab.node(2).texts()).toEqual(['a']);
    expect(lab.node(1).trace).toEqual([]);
  });

  it('shows notes, writes and timers of the Process', () => {
    const lab = new Lab({ nodes: 1 }).start();
    lab.node(1).do([
      { type: 'note', code: 'a-note', data: { why: 1 } },
      { type: 'persist', write: 1, ops: [{ kind: 'set', key: 'k', value: 1 }] },
      { type: 'setTimer', timer: 't', afterMs: 5 },
    ]);
    lab.run(50);
    expect(lab.node(1).traced('note')).toMatchObject([{ code: 'a-note', data: { why: 1 } }]);
    expect(lab.node(1).traced('persisted')).toMatchObject([{ write: 1, ops: 1 }]);
    expect(lab.node(1).traced('timerFired')).toMatchObject([{ timer: 't' }]);
  });
});
