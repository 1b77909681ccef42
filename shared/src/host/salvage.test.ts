import { describe, expect, it } from 'vitest';
import { findProtocol } from '../registry.js';
import { Lab, type LabNode, toyProtocol } from '../sim/testing/index.js';
import { decodeResult, encodeOperation } from '../store/index.js';
import type { RequestAnswer } from './run.js';
import { type SalvageSummary, salvageRun } from './salvage.js';

const raft = findProtocol('raft');
if (raft === null) throw new Error('there is no Raft');
const protocol = raft;

function start(node: LabNode, run: string, voters: readonly string[], options = {}): void {
  const instances = ['server', 'client'];
  node.host.startRun({ run, protocol, voters, options: protocol.parseOptions(options), instances });
}

function ask(lab: Lab, node: LabNode, run: string, command: object, forMs = 3_000): unknown {
  const answers: RequestAnswer[] = [];
  const kind = 'op' in command && command.op === 'get' ? 'read' : 'propose';
  node.host.request(run, kind, encodeOperation(command), (answer) => answers.push(answer));
  lab.run(forMs);
  const [answer] = answers;
  return answer?.ok ? decodeResult(answer.result) : answer;
}

function salvaged(lab: Lab, node: LabNode, from: string, of = protocol): SalvageSummary | null | Error {
  const found: (SalvageSummary | null | Error)[] = [];
  const options = { disk: node.disk, protocol: of, from, to: 'new', self: node.id };
  salvageRun(options, (error, summary) => found.push(error ?? summary));
  lab.run(100);
  const [first] = found;
  if (first === undefined || found.length > 1) throw new Error(`it answered ${found.length} times`);
  return first;
}

/** Three nodes that have committed a value; of the first two nothing is left. A fourth has been looking on. */
function bereaved(options = {}): Lab {
  const lab = new Lab({ nodes: 4 });
  for (const node of lab.nodes) node.boot();
  const voters = ['n1', 'n2', 'n3'];
  for (const node of lab.nodes.slice(0, 3)) start(node, 'old', voters, options);
  lab.run(2_000);
  for (let i = 1; i <= 8; i++) {
    expect(ask(lab, lab.node(3), 'old', { op: 'put', path: `/k${i}`, value: i })).toMatchObject({ ok: true });
  }
  for (const number of [1, 2]) {
    lab.node(number).crash();
    lab.node(number).disk.lose();
  }
  lab.node(3).host.stopRun('old');
  return lab;
}

describe('a new run from what one node kept of an older one', () => {
  it.each([
    ['its log alone', {}],
    ['a snapshot and what came after it', { snapshotEveryEntries: 4, snapshotTrailingEntries: 1 }],
  ])('has every value of %s, takes new ones, and lets others join', (_what, options) => {
    const lab = bereaved(options);
    expect(salvaged(lab, lab.node(3), 'old')).toMatchObject({ lastIndex: 10, lastReign: expect.any(Number) });
    start(lab.node(3), 'new', ['n3'], options);
    start(lab.node(4), 'new', ['n3'], options);
    lab.run(2_000);
    expect(ask(lab, lab.node(4), 'new', { op: 'get', path: '/k8' })).toMatchObject({ ok: true, value: 8 });
    expect(ask(lab, lab.node(3), 'new', { op: 'put', path: '/k9', value: 9 })).toMatchObject({ ok: true });
    const done: RequestAnswer[] = [];
    const action = { kind: 'reconfigure', voters: ['n3', 'n4'] } as const;
    lab.node(4).host.control('new', action, (answer) => done.push(answer));
    lab.run(3_000);
    expect(done).toEqual([{ ok: true, result: new Uint8Array() }]);
    const digests = [3, 4].map((number) => lab.node(number).host.run('new')?.instance('server')?.digest);
    expect(digests[0]).toBe(digests[1]);
  });

  it('leaves the old one as it was, and is begun once: asked again, what has happened since stays', () => {
    const lab = bereaved();
    expect(salvaged(lab, lab.node(3), 'old')).toMatchObject({ lastIndex: 10 });
    start(lab.node(3), 'new', ['n3']);
    lab.run(2_000);
    expect(ask(lab, lab.node(3), 'new', { op: 'put', path: '/since', value: 1 })).toMatchObject({ ok: true });
    lab.node(3).host.stopRun('new');
    expect(salvaged(lab, lab.node(3), 'old')).toBeNull();
    start(lab.node(3), 'new', ['n3']);
    lab.run(2_000);
    expect(ask(lab, lab.node(3), 'new', { op: 'get', path: '/since' })).toMatchObject({ ok: true, value: 1 });
    expect(ask(lab, lab.node(3), 'new', { op: 'get', path: '/k1' })).toMatchObject({ ok: true, value: 1 });
  });

  it('is nothing where there was nothing, or where the protocol can’t', () => {
    const lab = bereaved();
    expect(salvaged(lab, lab.node(4), 'old')).toBeNull();
    expect(salvaged(lab, lab.node(3), 'old', toyProtocol)).toBeNull();
  });
});

describe('an administrator’s request', () => {
  it('is refused by a protocol that can’t, and where nothing runs', () => {
    const lab = new Lab({ nodes: 1 }).start();
    const answers: RequestAnswer[] = [];
    const action = { kind: 'transferLeadership', to: 'n1' } as const;
    lab.node(1).host.control('run1', action, (answer) => answers.push(answer));
    lab.node(1).host.control('no such run', action, (answer) => answers.push(answer));
    expect(answers).toEqual([
      { ok: false, error: 'unsupported' },
      { ok: false, error: 'stopped' },
    ]);
  });
});
