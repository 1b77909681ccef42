import { describe, expect, it } from 'vitest';
import type { NodeId } from '../core/index.js';
import { parseFault } from '../faults/index.js';
import { specOf, VirtualNode } from '../sim/node.js';
import { Scheduler } from '../sim/scheduler.js';
import { Lab, type LabNode, labRun, type ToyEffect, toyProtocol } from '../sim/testing/index.js';
import { linksWantedMax } from './limits.js';

const connect = (peer: NodeId): ToyEffect => ({ type: 'connect', peer });
const disconnect = (peer: NodeId): ToyEffect => ({ type: 'disconnect', peer });
const failed = (node: LabNode, instance = 'server'): NodeId[] =>
  node.seen('connectFailed', instance).map(({ peer }) => peer);

describe('a link that an instance asks for', () => {
  it('and that does not come up is a connectFailed for that instance alone, later', () => {
    const lab = new Lab({ nodes: 2 }).start();
    lab.node(2).crash();
    lab.node(1).do([connect('n2')]);
    expect(failed(lab.node(1))).toEqual([]);
    lab.run(10);
    expect(failed(lab.node(1))).toEqual(['n2']);
    expect(failed(lab.node(1), 'client')).toEqual([]);
  });

  it('and that comes up, or is up already, fails nothing', () => {
    const lab = new Lab({ nodes: 2 }).start();
    lab.node(1).do([connect('n2')]);
    lab.run(10);
    expect(failed(lab.node(1))).toEqual([]);
  });

  it('fails where a fault of the lab has cut it both ways, though it is up', () => {
    const lab = new Lab({ nodes: 2 }).start();
    const cut = (from: string, to: string) => ({ id: from, fault: parseFault({ kind: 'cut', from, to }) });
    lab.node(1).host.setFaults(labRun, [cut('n1', 'n2')]);
    lab.node(1).do([connect('n2')]);
    lab.run(10);
    expect(failed(lab.node(1))).toEqual([]);
    lab.node(1).host.setFaults(labRun, [cut('n1', 'n2'), cut('n2', 'n1')]);
    lab.node(1).do([connect('n2')]);
    lab.run(10);
    expect(failed(lab.node(1))).toEqual(['n2']);
  });

  it('and gives up before the answer fails no more', () => {
    const lab = new Lab({ nodes: 1 }).start();
    lab.node(1).do([connect('p'), disconnect('p')]);
    lab.run(10);
    expect(failed(lab.node(1))).toEqual([]);
  });

  it('once more fails once for each time that it asked and was told', () => {
    const lab = new Lab({ nodes: 1 }).start();
    lab.node(1).do([connect('p'), connect('p')]);
    lab.run(10);
    lab.node(1).do([connect('p')]);
    lab.run(10);
    expect(failed(lab.node(1))).toEqual(['p', 'p']);
  });

  it('is asked for in its own name, so that another may let go of the same link', () => {
    const lab = new Lab({ nodes: 1 }).start();
    const node = lab.node(1);
    node.do([connect('p')]);
    node.do([connect('p')], 'client');
    expect([...node.wishes]).toEqual([`${labRun}/server p`, `${labRun}/client p`]);
    node.do([disconnect('p'), disconnect('q')]);
    expect([...node.wishes]).toEqual([`${labRun}/client p`]);
  });

  it.each([
    ['a stop', (node: LabNode) => node.host.stopRun(labRun)],
    ['a crash', (node: LabNode) => node.crash()],
    ['a rule that breaks', (node: LabNode) => node.hear('n2', { type: 'break', rule: 'x' })],
  ])('is let go by %s, with all others of that run', (_what, end) => {
    const lab = new Lab({ nodes: 1 }).start();
    const node = lab.node(1);
    lab.startRun(node, { run: 'run2' });
    lab.run(20);
    node.do([connect('p'), connect('q')]);
    node.do([connect('p')], 'client');
    node.hear('puppeteer', { type: 'do', effects: [connect('p')] }, 'server', 'run2');
    expect(node.wishes.size).toBe(4);
    end(node);
    expect([...node.wishes]).toEqual(node.isUp ? ['run2/server p'] : []);
    lab.run(50);
    expect(failed(node)).toEqual(node.isUp ? ['p'] : []);
  });

  it('is one of a bounded number', () => {
    const lab = new Lab({ nodes: 1 }).start();
    lab.node(1).do(Array.from({ length: linksWantedMax + 1 }, (_, i) => connect(`p${i}`)));
    expect(lab.node(1).failures).toEqual([expect.stringContaining('few links')]);
    expect(lab.node(1).wishes.size).toBe(0);
  });
});

describe("the simulator's links", () => {
  /** A virtual node whose server asks for a link to `p` when it starts, and all that it is told of links. */
  function virtualNode(): { scheduler: Scheduler; node: VirtualNode; told: string[] } {
    const scheduler = new Scheduler();
    const told: string[] = [];
    const node = new VirtualNode({
      id: 'n1',
      seed: 1,
      scheduler,
      spec: () => specOf('run', toyProtocol, ['n1'], { on: { start: [connect('p')] } }),
      flushMs: () => 1,
      send: () => undefined,
      onStep: (_node, instance, _state, event) => {
        if (instance === 'server' && 'peer' in event) told.push(`${event.type} ${event.peer}`);
      },
      onDiskFailure: () => undefined,
      onFailure: (_node, why, cause) => {
        throw new Error(why, { cause });
      },
      onLife: () => undefined,
      onTrace: null,
    });
    node.start();
    return { scheduler, node, told };
  }
  const runUntil = (scheduler: Scheduler, untilMs: number): void => {
    scheduler.schedule(untilMs - scheduler.nowMs, () => undefined);
    while (scheduler.runNext(untilMs));
  };

  it('fail after a while when nobody is there', () => {
    const { scheduler, told } = virtualNode();
    runUntil(scheduler, 5_000);
    expect(told).toEqual(['connectFailed p']);
  });

  it('come up by themselves, and then nothing fails', () => {
    const { scheduler, node, told } = virtualNode();
    runUntil(scheduler, 100);
    node.link('p', true);
    runUntil(scheduler, 5_000);
    expect(told).toEqual(['peerUp p']);
  });

  it('are not answered to a life that is over', () => {
    const { scheduler, node, told } = virtualNode();
    runUntil(scheduler, 100);
    node.crash();
    node.start();
    runUntil(scheduler, 1_050);
    expect(told).toEqual([]);
    runUntil(scheduler, 5_000);
    expect(told).toEqual(['connectFailed p']);
  });
});
