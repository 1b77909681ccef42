import { describe, expect, it } from 'vitest';
import { instancesAt } from '../core/index.js';
import { Lab, type LabNode, labRun, toyStack } from '../sim/testing/index.js';

const names = instancesAt(toyStack, true);

/** A node that runs the whole stack, in a lab of so many. */
function stackedNode(nodes: number, instances: readonly string[] = names): { lab: Lab; node: LabNode } {
  const lab = new Lab({ nodes });
  const node = lab.node(1);
  node.boot();
  lab.startRun(node, { protocol: toyStack, instances });
  lab.run(20);
  return { lab, node };
}

const suspected = (node: LabNode, instance = 'server'): string[] =>
  node.steps.flatMap(({ instance: name, event }) =>
    name === instance && (event.type === 'suspect' || event.type === 'trust')
      ? [`${event.type} ${event.node}`]
      : [],
  );

describe('a protocol says of its instances', () => {
  it('which run where nobody votes, and which where one does', () => {
    expect(instancesAt(toyStack, false)).toEqual(['broadcast', 'client']);
    expect(instancesAt(toyStack, true)).toEqual(['detector', 'broadcast', 'server', 'client']);
  });

  it('on which others each stands: one that is not there is refused', () => {
    const { server } = toyStack.instances;
    const protocol = { ...toyStack, instances: { server } };
    const lab = new Lab({ nodes: 1 });
    lab.node(1).boot();
    expect(() => lab.startRun(lab.node(1), { protocol })).toThrow('there is the detector');
    expect(() => lab.startRun(lab.node(1), { instances: ['oracle'] })).toThrow('has an instance oracle');
  });

  it('which messages it takes: another is reported with its sender', () => {
    const { node } = stackedNode(1);
    node.hear('n2', { type: 'echo', left: 1 }, 'detector');
    expect(node.violations).toEqual(['n2: no message for a detector']);
  });
});

describe("a detector's suspicion", () => {
  it('is a suspect of the instance above, and its end a trust', () => {
    const { node } = stackedNode(2);
    node.steps = [];
    node.host.peerDown('n2');
    node.host.peerUp('n2');
    expect(suspected(node)).toEqual(['suspect n2', 'trust n2']);
  });

  it('reaches no instance that does not stand on it, and nobody outside', () => {
    const { node } = stackedNode(3);
    expect(suspected(node)).not.toEqual([]);
    expect(suspected(node, 'client')).toEqual([]);
    expect(node.indications).toEqual([]);
  });

  it('waits for the instance above while its disk is still being opened', () => {
    const { node } = stackedNode(3);
    const started = node.steps.findIndex(
      ({ instance, event }) => instance === 'server' && event.type === 'start',
    );
    const indicated = node.steps.findIndex(({ effects }) => effects.some(({ type }) => type === 'indicate'));
    expect(indicated).toBeLessThan(started);
    expect(node.steps.find(({ instance }) => instance === 'server')?.event.type).toBe('start');
    expect(suspected(node)).toEqual(['suspect n2', 'suspect n3', 'trust n2', 'trust n3']);
  });

  it('that is none ends the node: its own code is broken', () => {
    const { node } = stackedNode(2);
    node.hear('n2', { type: 'say', text: 'guess' }, 'detector');
    expect(node.failures).toEqual([expect.stringContaining('a failure detector indicates whom')]);
  });
});

describe('a broadcast that was delivered', () => {
  it('is indicated to all that stand on it, with the name of the instance, in order', () => {
    const { node } = stackedNode(1);
    for (const text of ['a', 'b']) node.hear('n2', { type: 'say', text }, 'broadcast');
    for (const instance of ['server', 'client']) {
      expect(node.seen('indicated', instance)).toMatchObject([
        { from: 'broadcast', output: 'a' },
        { from: 'broadcast', output: 'b' },
      ]);
    }
    expect(node.indications).toEqual([]);
  });

  it('leaves the host where nothing stands on it', () => {
    const { node } = stackedNode(1, ['broadcast']);
    node.hear('n2', { type: 'say', text: 'a' }, 'broadcast');
    expect(node.indications).toEqual(['a']);
  });
});

it('what an instance sends to another of its node before that has started is there once it has', () => {
  const hello = {
    type: 'send',
    to: 'n1',
    instance: 'server',
    message: { type: 'say', text: 'hello' },
  } as const;
  const lab = new Lab({ nodes: 1, toy: { on: { start: [hello] } } });
  const node = lab.node(1);
  node.boot();
  lab.startRun(node, { instances: ['client', 'server'] });
  lab.run(20);
  expect(node.host.run(labRun)?.instance('server')?.running).toBe(true);
  expect(node.texts()).toEqual(['hello', 'hello']);
  expect(node.seen('deliver')).toHaveLength(2);
});
