import { describe, expect, it } from 'vitest';
import { Lab, labRun, type ToyEffect, type ToyMessage } from '../sim/testing/index.js';
import { decodeResult, encodeEnvelope, encodeOpenSession, encodeOperation } from '../store/index.js';

const say = (to: string, text: string, after?: number): ToyEffect => {
  const message: ToyMessage = { type: 'say', text };
  return after === undefined ? { type: 'send', to, message } : { type: 'send', to, message, after };
};
const persist = (write: number): ToyEffect => ({
  type: 'persist',
  write,
  ops: [{ kind: 'set', key: 'k', value: write }],
});

describe('the host carries effects out', () => {
  it('in order', () => {
    const lab = new Lab({ nodes: 2 }).start();
    lab
      .node(1)
      .do([
        say('n2', 'a'),
        { type: 'indicate', output: 'x' },
        say('n2', 'b'),
        { type: 'indicate', output: 'y' },
      ]);
    lab.run(10);
    expect(lab.node(2).texts()).toEqual(['a', 'b']);
    expect(lab.node(1).indications).toEqual(['x', 'y']);
  });

  it('notifies as it is asked', () => {
    const lab = new Lab({ nodes: 1 }).start();
    lab.node(1).do([{ type: 'notify', watch: 7, result: new Uint8Array() }]);
    expect(lab.node(1).notifications).toEqual([7]);
  });

  it('stamps events with the lab clock, which never goes back', () => {
    const lab = new Lab({ nodes: 2 }).start();
    for (let i = 0; i < 5; i++) {
      lab.node(1).say(lab.node(2), `${i}`);
      lab.run(3);
    }
    const times = lab.node(2).steps.map(({ event }) => event.now);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(times.at(-1)).toBeGreaterThan(times[0] ?? 0);
  });

  it('hands a Process what it sends to itself after the effects of the same step, not within them', () => {
    const lab = new Lab({ nodes: 1 }).start();
    lab.node(1).do([say('n1', 'to myself'), { type: 'indicate', output: 'same step' }]);
    const [step, next] = lab.node(1).steps.slice(-2);
    expect(step?.effects).toHaveLength(2);
    expect(next?.event).toMatchObject({ type: 'deliver', from: 'n1', message: { text: 'to myself' } });
    expect(lab.node(1).indications).toEqual(['same step']);
  });
});

it("a node's own store can be looked into, as far as it has applied the log", () => {
  const lab = new Lab({ nodes: 1 }).start();
  const put = encodeOperation({ op: 'put', path: '/x', value: 7 });
  const commands = [
    encodeOpenSession('a client'),
    encodeEnvelope({ session: 1, sequence: 1, firstUnanswered: 1, operation: put }),
  ];
  const held = () => {
    const result = lab.node(1).host.run(labRun)?.instance('server')?.lookUp(get);
    return result === undefined ? undefined : decodeResult(result);
  };
  const get = encodeOperation({ op: 'get', path: '/x' });
  expect(held()).toMatchObject({ ok: true, value: null, version: 0 });
  const entries = commands.map((command, i) => ({ index: i + 1, reign: 1, command }));
  lab.node(1).do([{ type: 'commit', entries }]);
  expect(held()).toMatchObject({ ok: true, value: 7, version: 1 });
});

describe('a send that waits for a write', () => {
  it('leaves only when the write is durable', () => {
    const lab = new Lab({ nodes: 2, flushMs: 50 }).start();
    lab.node(1).do([persist(1), say('n2', 'promise', 1), say('n2', 'no promise')]);
    lab.run(45);
    expect(lab.node(2).texts()).toEqual(['no promise']);
    lab.run(10);
    expect(lab.node(2).texts()).toEqual(['no promise', 'promise']);
  });

  it('leaves at once when the write was durable before', () => {
    const lab = new Lab({ nodes: 2, flushMs: 5 }).start();
    lab.node(1).do([persist(1)]);
    lab.run(20);
    lab.node(1).do([say('n2', 'late promise', 1)]);
    lab.run(2);
    expect(lab.node(2).texts()).toEqual(['late promise']);
  });

  it('leaves before what the Process sends when it learns of the write', () => {
    const lab = new Lab({ nodes: 2, toy: { on: { persisted: [say('n2', 'second')] } } }).start();
    lab.node(1).do([persist(1), say('n2', 'first', 1)]);
    lab.run(20);
    expect(lab.node(2).texts()).toEqual(['first', 'second']);
  });

  it('never leaves when the node crashes first', () => {
    const lab = new Lab({ nodes: 2, flushMs: 50 }).start();
    lab.node(1).do([persist(1), say('n2', 'promise', 1)]);
    lab.run(20);
    lab.node(1).crash(1);
    lab.run(500);
    expect(lab.node(2).texts()).toEqual([]);
  });

  it('waits for its own write alone, in the order of the writes', () => {
    const lab = new Lab({ nodes: 2, flushMs: 10 }).start();
    lab.node(1).do([persist(1), persist(2), say('n2', 'after 2', 2), say('n2', 'after 1', 1)]);
    lab.run(100);
    expect(lab.node(2).texts()).toEqual(['after 1', 'after 2']);
    expect(
      lab
        .node(1)
        .seen('persisted')
        .map(({ write }) => write),
    ).toEqual([1, 2]);
  });
});

describe('a node that cannot go on', () => {
  it('crashes once when its disk fails, and sends nothing of what waited for it', () => {
    const lab = new Lab({ nodes: 2 }).start();
    lab.node(1).disk.failNext();
    lab.node(1).do([persist(1), persist(2), say('n2', 'promise', 1)]);
    lab.run(100);
    expect(lab.node(1).failures).toEqual([expect.stringContaining('its disk could not write')]);
    expect(lab.node(2).texts()).toEqual([]);
    expect(lab.node(1).traced('crashed')).toHaveLength(1);
  });

  it('crashes when a rule of its Process does not hold, and takes no more steps', () => {
    const lab = new Lab({ nodes: 2 }).start();
    lab.node(1).hear('n2', { type: 'break', rule: 'toys never break' });
    const steps = lab.node(1).steps.length;
    lab.node(2).say(lab.node(1), 'anyone there?');
    lab.run(100);
    expect(lab.node(1).failures).toEqual([expect.stringContaining('toys never break')]);
    expect(lab.node(1).violations).toEqual([]);
    expect(lab.node(1).steps.length).toBe(steps);
  });

  it('crashes when its state can no longer be shown, instead of failing at every look', () => {
    const lab = new Lab({ nodes: 1 }).start();
    lab.node(1).hear('puppeteer', { type: 'say', text: 'be unshowable' });
    lab.run(50);
    expect(lab.node(1).failures).toEqual([expect.stringContaining('a toy can be shown')]);
  });

  it('crashes when a Process numbers its writes wrongly', () => {
    const lab = new Lab({ nodes: 1 }).start();
    lab.node(1).do([persist(3)]);
    lab.run(10);
    lab.node(1).do([persist(3)]);
    expect(lab.node(1).failures).toEqual([expect.stringContaining('write ids rise')]);
  });

  it('carries out no effect after the one that ended it', () => {
    const lab = new Lab({ nodes: 2 }).start();
    const to = 'n2';
    lab
      .node(1)
      .do([{ type: 'sendSnapshot', to, message: { type: 'say', text: 's' } }, say(to, 'after the end')]);
    lab.run(20);
    expect(lab.node(1).failures).toHaveLength(1);
    expect(lab.node(2).texts()).toEqual([]);
  });
});

describe('timers', () => {
  const set = (timer: string, afterMs: number): ToyEffect => ({ type: 'setTimer', timer, afterMs });
  const fired = (lab: Lab): string[] =>
    lab
      .node(1)
      .seen('timeout')
      .map(({ timer }) => timer);

  it('fire once, at their time', () => {
    const lab = new Lab({ nodes: 1 }).start();
    const setAtMs = lab.scheduler.nowMs;
    lab.node(1).do([set('t', 30)]);
    lab.run(200);
    expect(lab.node(1).seen('timeout')).toEqual([{ type: 'timeout', timer: 't', now: setAtMs + 30 }]);
  });

  it('are replaced when they are set again', () => {
    const lab = new Lab({ nodes: 1 }).start();
    lab.node(1).do([set('t', 30)]);
    lab.run(20);
    lab.node(1).do([set('t', 30)]);
    lab.run(20);
    expect(fired(lab)).toEqual([]);
    lab.run(10);
    expect(fired(lab)).toEqual(['t']);
  });

  it('do not fire once they are cancelled', () => {
    const lab = new Lab({ nodes: 1 }).start();
    lab.node(1).do([set('t', 30), set('u', 30), { type: 'cancelTimer', timer: 't' }]);
    lab.run(100);
    expect(fired(lab)).toEqual(['u']);
  });

  it('that are due together fire in the order in which they were set', () => {
    const lab = new Lab({ nodes: 1 }).start();
    lab.node(1).do([set('b', 30), set('a', 30), set('c', 10)]);
    lab.run(100);
    expect(fired(lab)).toEqual(['c', 'b', 'a']);
  });

  it('can be fired before they are due, once', () => {
    const lab = new Lab({ nodes: 1 }).start();
    lab.node(1).do([set('t', 30), set('u', 40)]);
    const server = lab.node(1).host.run(labRun)?.instance('server');
    expect(server?.fireTimer('t')).toBe(true);
    expect(fired(lab)).toEqual(['t']);
    expect(server?.fireTimer('t')).toBe(false);
    lab.run(100);
    expect(fired(lab)).toEqual(['t', 'u']);
  });

  it('end with the run, and with the node', () => {
    const lab = new Lab({ nodes: 1 }).start();
    lab.node(1).do([set('t', 30)]);
    lab.node(1).host.stopRun('run1');
    lab.run(100);
    expect(fired(lab)).toEqual([]);
  });
});
