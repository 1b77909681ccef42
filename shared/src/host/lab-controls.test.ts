import { describe, expect, it } from 'vitest';
import { type FaultInput, parseFault } from '../faults/index.js';
import { findProtocol } from '../registry.js';
import { Lab, type LabNode, labRun, messageFrame } from '../sim/testing/index.js';
import { inboxBytesMax, sleptMs, slowMotionTransitMs } from './limits.js';

function setFaults(node: LabNode, ...faults: FaultInput[]): void {
  node.host.setFaults(
    labRun,
    faults.map((fault, i) => ({ id: `f${i + 1}`, fault: parseFault(fault) })),
  );
}

function setAll(lab: Lab, ...faults: FaultInput[]): void {
  for (const node of lab.nodes) setFaults(node, ...faults);
}

const counts = (node: LabNode): unknown => node.host.run(labRun)?.faultCounts();
const pace = (lab: Lab, pace: number, paused = false): void => {
  for (const node of lab.nodes) node.host.setPace(pace, paused);
};

describe('the pace', () => {
  it('adds nothing to a message at real time', () => {
    const lab = new Lab({ nodes: 2, transitMs: 2 }).start();
    lab.node(1).say(lab.node(2), 'a');
    const sentAtMs = lab.scheduler.nowMs;
    lab.run(50);
    expect(lab.node(2).seen('deliver')[0]?.now).toBe(sentAtMs + 2);
    expect(lab.node(2).traced('arrived')).toEqual([]);
    expect(lab.node(2).traced('delivered')).toHaveLength(1);
  });

  it('keeps a message on its way for the transit of slow motion, seen from its arrival to its delivery', () => {
    const lab = new Lab({ nodes: 2 }).start();
    pace(lab, 1 / 40);
    lab.node(2).hear('n1', { type: 'say', text: 'a' });
    lab.run(970);
    expect(lab.node(2).texts()).toEqual([]);
    lab.run(30);
    expect(lab.node(2).texts()).toEqual(['a']);
    const [arrived] = lab.node(2).traced('arrived');
    const [delivered] = lab.node(2).traced('delivered');
    expect(delivered?.message).toBe(arrived?.message);
    expect(delivered?.atMs).toBeCloseTo(arrived?.dueAtMs ?? 0, 5);
    expect((arrived?.dueAtMs ?? 0) - (arrived?.atMs ?? 0)).toBeCloseTo(slowMotionTransitMs * (39 / 40), 5);
  });

  it('takes nothing from the delays of faults when it is faster than real time', () => {
    const lab = new Lab({ nodes: 2 }).start();
    pace(lab, 2);
    setAll(lab, { kind: 'delay', from: 'n1', to: 'n2', ms: 20 });
    lab.node(1).say(lab.node(2), 'a');
    lab.run(8);
    expect(lab.node(2).texts()).toEqual([]);
    lab.run(8);
    expect(lab.node(2).texts()).toEqual(['a']);
  });

  it('tells every Process of a change, since what it believed about time is void', () => {
    const lab = new Lab({ nodes: 1 }).start();
    pace(lab, 1 / 2);
    pace(lab, 1 / 2);
    expect(lab.node(1).seen('clockJumped')).toMatchObject([{ byMs: 0 }]);
    expect(lab.node(1).seen('clockJumped', 'client')).toHaveLength(1);
  });
});

describe('a pause', () => {
  it('fires no timer and delivers no message, and a timer keeps the time it had left', () => {
    const lab = new Lab({ nodes: 2 }).start();
    lab.node(1).do([{ type: 'setTimer', timer: 't', afterMs: 30 }]);
    lab.run(20);
    pace(lab, 1, true);
    lab.node(1).hear('n2', { type: 'say', text: 'held' });
    lab.run(5_000);
    expect(lab.node(1).seen('timeout')).toEqual([]);
    expect(lab.node(1).texts()).toEqual([]);
    pace(lab, 1, false);
    lab.run(9);
    expect(lab.node(1).texts()).toEqual(['held']);
    expect(lab.node(1).seen('timeout')).toEqual([]);
    lab.run(1);
    expect(lab.node(1).seen('timeout')).toHaveLength(1);
  });

  it('lets no Process take a step until it ends, and then tells it that the clock stood still', () => {
    const lab = new Lab({ nodes: 1 }).start();
    const steps = lab.node(1).steps.length;
    pace(lab, 1, true);
    pace(lab, 1 / 4, true);
    lab.run(5_000);
    expect(lab.node(1).steps.length).toBe(steps);
    pace(lab, 1 / 4, false);
    expect(
      lab
        .node(1)
        .steps.slice(steps)
        .map(({ event }) => event.type),
    ).toEqual(['clockJumped', 'clockJumped']);
  });

  it('delivers what it held in the order in which it came', () => {
    const lab = new Lab({ nodes: 2 }).start();
    pace(lab, 1, true);
    for (const text of ['a', 'b', 'c']) lab.node(1).hear('n2', { type: 'say', text });
    lab.run(100);
    pace(lab, 1);
    lab.run(10);
    expect(lab.node(1).texts()).toEqual(['a', 'b', 'c']);
  });
});

describe('an inbox', () => {
  it('holds no more bytes than its bound; what comes beyond is lost, and there is room again after it', () => {
    const lab = new Lab({ nodes: 2 }).start();
    const text = 'x'.repeat(200 * 1024);
    const held = Math.floor(inboxBytesMax / messageFrame({ type: 'say', text }).length);
    pace(lab, 1, true);
    for (let i = 0; i < held + 3; i++) lab.node(1).hear('n2', { type: 'say', text });
    lab.node(1).hear('n2', { type: 'say', text: 'small' });
    lab.run(20);
    expect(lab.node(1).traced('lost')).toMatchObject([1, 2, 3].map(() => ({ reason: 'overflow' })));
    pace(lab, 1, false);
    lab.run(20);
    expect(lab.node(1).texts()).toHaveLength(held + 1);
    expect(lab.node(1).texts().at(-1)).toBe('small');
    pace(lab, 1, true);
    for (let i = 0; i < held; i++) lab.node(1).hear('n2', { type: 'say', text });
    lab.run(20);
    expect(lab.node(1).traced('lost')).toHaveLength(3);
  });
});

describe("local users' requests", () => {
  it('wait while the lab is paused, and are handed on in their order', () => {
    const lab = new Lab({ nodes: 1 }).start();
    const node = lab.node(1);
    pace(lab, 1, true);
    node.request('propose', Uint8Array.of(1));
    node.request('propose', Uint8Array.of(2));
    lab.run(500);
    expect(node.seen('propose', 'client')).toEqual([]);
    pace(lab, 1);
    lab.run(1);
    expect(node.seen('propose', 'client').map(({ operation }) => operation[0])).toEqual([1, 2]);
  });

  it('made before the disk was open wait, too, when the lab is paused by then', () => {
    const lab = new Lab({ nodes: 1 });
    const node = lab.node(1);
    node.boot();
    lab.startRun(node);
    node.request('propose', Uint8Array.of(1));
    pace(lab, 1, true);
    lab.run(500);
    expect(node.seen('propose', 'client')).toEqual([]);
    pace(lab, 1);
    lab.run(1);
    expect(node.seen('propose', 'client')).toHaveLength(1);
  });
});

describe('a machine that slept', () => {
  it('tells the Process before anything else reaches it, a timer or a message', () => {
    const lab = new Lab({ nodes: 1 }).start();
    const node = lab.node(1);
    node.do([{ type: 'setTimer', timer: 't', afterMs: 20 }]);
    const steps = node.steps.length;
    lab.sleep(sleptMs + 500);
    lab.run(25);
    const events = node.steps.slice(steps).filter(({ instance }) => instance === 'server');
    expect(events.map(({ event }) => event.type)).toEqual(['clockJumped', 'timeout']);
    const jump = node.seen('clockJumped')[0];
    expect(jump?.byMs).toBeGreaterThan(sleptMs);
  });

  it('hands a Process its start first when it slept while the disk was being opened', () => {
    const lab = new Lab({ nodes: 1 });
    const node = lab.node(1);
    node.boot();
    lab.startRun(node);
    lab.sleep(sleptMs + 500);
    lab.run(25);
    const events = node.steps.filter(({ instance }) => instance === 'server');
    expect(events.map(({ event }) => event.type)).toEqual(['start']);
  });

  it('says nothing of a short hiccup', () => {
    const lab = new Lab({ nodes: 1 }).start();
    lab.sleep(sleptMs - 300);
    lab.run(300);
    expect(lab.node(1).seen('clockJumped')).toEqual([]);
  });
});

describe('a cut', () => {
  it('in one direction stops what goes there and lets the other through, and the link stays up', () => {
    const lab = new Lab({ nodes: 2 }).start();
    setAll(lab, { kind: 'cut', from: 'n1', to: 'n2' });
    lab.node(1).say(lab.node(2), 'stopped');
    lab.node(2).say(lab.node(1), 'passes');
    lab.run(20);
    expect(lab.node(2).texts()).toEqual([]);
    expect(lab.node(1).texts()).toEqual(['passes']);
    expect(lab.node(1).seen('peerDown')).toEqual([]);
    expect(counts(lab.node(1))).toEqual({ f1: 1 });
    expect(lab.node(1).traced('lost')).toMatchObject([{ reason: 'cut', to: 'n2' }]);
  });

  it('in both directions is a lost link to the Process, and its end brings the link back', () => {
    const lab = new Lab({ nodes: 2 }).start();
    setAll(lab, { kind: 'cut', from: 'n1', to: 'n2' }, { kind: 'cut', from: 'n2', to: 'n1' });
    expect(lab.node(1).seen('peerDown')).toMatchObject([{ peer: 'n2' }]);
    setAll(lab, { kind: 'cut', from: '*', to: '*' });
    expect(lab.node(1).seen('peerDown')).toHaveLength(1);
    setAll(lab);
    expect(
      lab
        .node(1)
        .seen('peerUp')
        .map(({ peer }) => peer),
    ).toEqual(['n2', 'n2']);
  });

  it('hides a link that comes up meanwhile until it ends', () => {
    const lab = new Lab({ nodes: 2 }).start();
    const node = lab.node(1);
    node.host.peerDown('n2');
    setAll(lab, { kind: 'cut', from: '*', to: '*' });
    node.host.peerUp('n2');
    expect(node.seen('peerUp')).toHaveLength(1);
    setAll(lab);
    expect(node.seen('peerUp')).toHaveLength(2);
  });

  it('takes what waits in the inbox, even when it ends before that would have been delivered', () => {
    const lab = new Lab({ nodes: 2 }).start();
    pace(lab, 1, true);
    lab.node(1).hear('n2', { type: 'say', text: 'under way' });
    lab.node(1).hear('n3', { type: 'say', text: 'from elsewhere' });
    setAll(lab, { kind: 'cut', from: 'n2', to: 'n1' });
    setAll(lab);
    pace(lab, 1);
    lab.run(50);
    expect(lab.node(1).texts()).toEqual(['from elsewhere']);
    expect(lab.node(1).traced('lost')).toMatchObject([{ reason: 'cut', from: 'n2' }]);
    expect(lab.node(1).traced('touched')).toMatchObject([{ by: 'cut', fault: 'f1' }]);
  });
});

describe('a fault of the lab', () => {
  const send = (lab: Lab, count: number): void => {
    for (let i = 0; i < count; i++) lab.node(1).say(lab.node(2), `${i}`);
    lab.run(100);
  };

  it('drops about as many messages as its rate says, the same ones for the same seed', () => {
    const received = (): string[] => {
      const lab = new Lab({ nodes: 2 }).start();
      setAll(lab, { kind: 'drop', from: 'n1', to: '*', rate: 0.3 });
      send(lab, 1_000);
      expect(counts(lab.node(1))).toEqual({ f1: 1_000 - lab.node(2).texts().length });
      return lab.node(2).texts();
    };
    const texts = received();
    expect(texts.length).toBeGreaterThan(620);
    expect(texts.length).toBeLessThan(780);
    expect(received()).toEqual(texts);
  });

  it('duplicates, and both copies are of one message', () => {
    const lab = new Lab({ nodes: 2 }).start();
    setAll(lab, { kind: 'duplicate', from: 'n1', to: 'n2' });
    send(lab, 1);
    expect(lab.node(2).texts()).toEqual(['0', '0']);
    expect(
      new Set(
        lab
          .node(2)
          .traced('delivered')
          .map(({ message }) => message),
      ).size,
    ).toBe(1);
    expect(lab.node(1).traced('touched')).toMatchObject([{ by: 'duplicate', fault: 'f1' }]);
  });

  it('delays without changing the order of a peer, at any rate', () => {
    const lab = new Lab({ nodes: 2 }).start();
    setAll(lab, { kind: 'delay', from: 'n1', to: 'n2', ms: 40, rate: 0.5 });
    const sentAtMs = lab.scheduler.nowMs;
    send(lab, 50);
    expect(lab.node(2).texts()).toEqual(Array.from({ length: 50 }, (_, i) => `${i}`));
    expect(lab.node(2).seen('deliver').at(-1)?.now).toBe(sentAtMs + 1 + 40);
    expect(counts(lab.node(1))).toEqual({});
    expect(Object.keys(counts(lab.node(2)) as object)).toEqual(['f1']);
  });

  it('ends with its removal, and touches no other link', () => {
    const lab = new Lab({ nodes: 3 }).start();
    setAll(lab, { kind: 'drop', from: 'n1', to: 'n2' });
    lab.node(1).say(lab.node(2), 'lost');
    lab.node(1).say(lab.node(3), 'elsewhere');
    lab.run(10);
    setAll(lab);
    lab.node(1).say(lab.node(2), 'later');
    lab.run(10);
    expect(lab.node(2).texts()).toEqual(['later']);
    expect(lab.node(3).texts()).toEqual(['elsewhere']);
  });
});

describe('a cluster of Raft', () => {
  it('keeps its leader through changes of pace and a pause', () => {
    const protocol = findProtocol('raft');
    if (protocol === null) throw new Error('raft is not in the registry');
    const lab = new Lab({ nodes: 3 });
    for (const node of lab.nodes) {
      node.boot();
      lab.startRun(node, { protocol, options: protocol.parseOptions({}) });
    }
    lab.run(3_000);
    const reigns = (): (string | number | undefined)[][] =>
      lab.nodes.map((node) => {
        const shown = node.host.run(labRun)?.instance('server')?.observe();
        return [shown?.role, shown?.reign];
      });
    const before = reigns();
    expect(before.filter(([role]) => role === 'leader')).toHaveLength(1);
    pace(lab, 1 / 40);
    lab.run(20_000);
    pace(lab, 1 / 40, true);
    lab.run(20_000);
    pace(lab, 1);
    lab.run(3_000);
    expect(reigns()).toEqual(before);
  });
});
