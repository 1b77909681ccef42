import { describe, expect, it } from 'vitest';
import type { Observation } from '../core/index.js';
import { Lab, labRun } from '../sim/testing/index.js';
import { encodeOperation } from '../store/index.js';
import { MilestoneWatch } from './stepping.js';

const fire = (timer: string) => ({ kind: 'fire', instance: 'server', timer }) as const;

function paused(): Lab {
  const lab = new Lab({ nodes: 3 }).start();
  for (const node of lab.nodes) node.host.setPace(1, true);
  return lab;
}

/** The ids of the messages that wait at the second node, in the order in which they came. */
function waiting(lab: Lab): string[] {
  lab.run(20);
  return lab
    .node(2)
    .traced('arrived')
    .map(({ message }) => message);
}

describe('a step of a paused lab', () => {
  it('delivers the one message that was chosen, and nothing else happens', () => {
    const lab = paused();
    lab.node(2).hear('n1', { type: 'say', text: 'a' });
    lab.node(2).hear('n3', { type: 'say', text: 'b' });
    const [, second] = waiting(lab);
    expect(lab.node(2).host.step(labRun, { kind: 'deliver', message: second ?? '' })).toBeNull();
    lab.run(1_000);
    expect(lab.node(2).texts()).toEqual(['b']);
  });

  it('never lets a message overtake another of its sender', () => {
    const lab = paused();
    lab.node(2).hear('n1', { type: 'say', text: 'a' });
    lab.node(2).hear('n1', { type: 'say', text: 'b' });
    const [first, second] = waiting(lab);
    const deliver = (message = '') => lab.node(2).host.step(labRun, { kind: 'deliver', message });
    expect(deliver(second)).toBe('not-first');
    expect(deliver(first)).toBeNull();
    expect(deliver(second)).toBeNull();
    expect(deliver(second)).toBe('nothing-waits');
    expect(lab.node(2).texts()).toEqual(['a', 'b']);
  });

  it('fires the timer that was chosen, and only once', () => {
    const lab = new Lab({ nodes: 1 }).start();
    lab.node(1).do([
      { type: 'setTimer', timer: 's', afterMs: 10 },
      { type: 'setTimer', timer: 't', afterMs: 5_000 },
    ]);
    lab.node(1).host.setPace(1, true);
    expect(lab.node(1).host.step(labRun, fire('t'))).toBeNull();
    expect(lab.node(1).host.step(labRun, fire('t'))).toBe('nothing-waits');
    lab.run(9_000);
    expect(lab.node(1).seen('timeout')).toMatchObject([{ timer: 't' }]);
  });

  it('is refused while the lab runs, and for a run that there is not', () => {
    const lab = new Lab({ nodes: 1 }).start();
    lab.node(1).do([{ type: 'setTimer', timer: 't', afterMs: 5_000 }]);
    expect(lab.node(1).host.step(labRun, fire('t'))).toBe('not-paused');
    lab.node(1).host.setPace(1, true);
    expect(lab.node(1).host.step('another', fire('t'))).toBe('nothing-waits');
    expect(lab.node(1).seen('timeout')).toEqual([]);
  });

  it('loses nothing: what was not stepped comes when the lab goes on, in its order', () => {
    const lab = paused();
    for (const text of ['a', 'b', 'c']) lab.node(2).hear('n1', { type: 'say', text });
    const [first] = waiting(lab);
    lab.node(2).host.step(labRun, { kind: 'deliver', message: first ?? '' });
    for (const node of lab.nodes) node.host.setPace(1, false);
    lab.run(100);
    expect(lab.node(2).texts()).toEqual(['a', 'b', 'c']);
  });
});

describe('a pause at a milestone', () => {
  const observation = (change: Partial<Observation>): Observation => ({
    role: 'toy',
    leader: null,
    firstIndex: 1,
    lastIndex: 9,
    appliedIndex: 3,
    logReigns: [],
    detail: {},
    reign: 1,
    commitIndex: 3,
    ...change,
  });

  it('comes with the next commit, not with what was committed before', () => {
    const watch = new MilestoneWatch('commit', observation({}));
    expect(watch.isReached(observation({ reign: 2, votes: { a: 'yes' } }))).toBe(false);
    expect(watch.isReached(observation({ commitIndex: 4 }))).toBe(true);
  });

  it('comes with each vote, the refused ones too, not with those that were given before', () => {
    const now = observation({ votes: { a: 'yes' } });
    const watch = new MilestoneWatch('vote', now);
    expect(watch.isReached(now)).toBe(false);
    expect(watch.isReached(observation({ commitIndex: 9 }))).toBe(false);
    expect(watch.isReached(observation({ votes: { a: 'yes', b: 'no' } }))).toBe(true);
    expect(watch.isReached(observation({ reign: 2, votes: { a: 'yes' } }))).toBe(true);
  });

  it('stops the node where it happened, at once and once', () => {
    const lab = new Lab({ nodes: 2 }).start();
    const [one, other] = lab.nodes.map(({ host }) => host);
    let reached = 0;
    for (const host of [one, other]) {
      host?.pauseAt(labRun, 'commit', () => {
        reached += 1;
      });
    }
    lab.run(100);
    expect(one?.clock.paused).toBe(false);
    one?.request(labRun, 'propose', encodeOperation({ op: 'put', path: '/a', value: 1 }), () => undefined);
    expect(one?.clock.paused).toBe(true);
    expect(other?.clock.paused).toBe(false);
    one?.setPace(1, false);
    one?.request(labRun, 'propose', encodeOperation({ op: 'put', path: '/a', value: 2 }), () => undefined);
    expect(one?.clock.paused).toBe(false);
    expect(reached).toBe(1);
  });

  it('can be called off', () => {
    const lab = new Lab({ nodes: 1 }).start();
    const { host } = lab.node(1);
    host.pauseAt(labRun, 'commit', () => undefined);
    host.pauseAt(labRun, null, () => undefined);
    host.request(labRun, 'propose', encodeOperation({ op: 'put', path: '/a', value: 1 }), () => undefined);
    expect(host.clock.paused).toBe(false);
  });
});
