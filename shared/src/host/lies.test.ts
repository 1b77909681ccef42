import { describe, expect, it } from 'vitest';
import type { Forgery, Protocol, Signed } from '../core/index.js';
import type { LiarSpec, Strategy } from '../faults/index.js';
import {
  type Claim,
  Lab,
  labRun,
  type ToyMessage,
  type ToyOptions,
  toyProtocol,
} from '../sim/testing/index.js';
import { snapshotDigest } from './snapshot-digest.js';

const claim = (signer: string, text: string): Signed<Claim> => ({
  signer,
  instance: 'server',
  statement: 'claim',
  body: { text, inner: null },
  signature: null,
});

/** Claims are votes here, and texts are replies. */
const forgery: Forgery<ToyMessage> = {
  wordOf: ({ type }) => ({ kind: type === 'claim' ? 'vote' : 'reply', leader: null }),
  learn: () => undefined,
  forge: (message, lie, { self }) =>
    message.type === 'claim' && lie !== 'other-result' ? { type: 'claim', claim: claim(self, lie) } : null,
  agree: (message, { self }) =>
    message.type === 'claim' ? [{ type: 'claim', claim: claim(self, 'so say I') }] : [],
  impersonate: (message, as) =>
    message.type === 'claim'
      ? { type: 'claim', claim: { ...claim(as, 'forged'), signature: Uint8Array.of(1) } }
      : null,
};
type Toy = Protocol<never, never, ToyMessage, ToyOptions>;
const forgeable = { ...(toyProtocol as unknown as Toy), forgery };

/** Three nodes, the first of which lies. */
function labWith(strategy: Strategy): Lab {
  const lab = new Lab({ nodes: 3 });
  for (const node of lab.nodes) {
    node.boot();
    lab.startRun(node, { protocol: forgeable });
  }
  lab.run(100);
  const spec: LiarSpec = { strategy, plan: 1, club: ['n1'] };
  lab.node(1).host.lie(labRun, spec);
  return lab;
}

const claimTo = (lab: Lab, instance = 'server'): void =>
  lab
    .node(1)
    .do([{ type: 'send', to: 'n2', message: { type: 'claim', claim: claim('n1', 'the truth') } }], instance);

describe('a lie', () => {
  it('is signed with the liar’s own key, like a truth', () => {
    const lab = labWith('lie-in-checkpoint');
    claimTo(lab);
    lab.run(20);
    expect(lab.node(2).texts()).toEqual(['other-state']);
    expect(lab.node(2).traced('lost')).toEqual([]);
  });

  it('in another’s name is never delivered', () => {
    const lab = labWith('forge-votes');
    claimTo(lab);
    lab.run(20);
    expect(lab.node(2).texts()).toEqual(['the truth']);
    expect(
      lab
        .node(2)
        .traced('lost')
        .map(({ reason }) => reason),
    ).toEqual(['forged', 'forged']);
  });

  it('may be silence, or come late', () => {
    const silent = labWith('silent');
    claimTo(silent);
    const late = labWith('delaying');
    claimTo(late);
    for (const lab of [silent, late]) lab.run(0.5);
    expect(late.node(2).texts()).toEqual([]);
    for (const lab of [silent, late]) lab.run(2_100);
    expect([silent.node(2).texts(), late.node(2).texts()]).toEqual([[], ['the truth']]);
  });

  it('may answer what is heard', () => {
    const lab = labWith('vote-for-all');
    lab.node(2).do([{ type: 'send', to: 'n1', message: { type: 'claim', claim: claim('n2', 'so it is') } }]);
    lab.run(20);
    expect([lab.node(2).texts(), lab.node(3).texts()]).toEqual([['so say I'], ['so say I']]);
  });

  it('is the server’s alone: what the node’s own user asks is passed on as it is', () => {
    const lab = labWith('silent');
    claimTo(lab, 'client');
    lab.run(20);
    expect(lab.node(2).seen('deliver', 'client')).toHaveLength(1);
  });

  it('is told no more once the node is honest again, and none can be where nobody has said how', () => {
    const lab = labWith('silent');
    lab.node(1).host.lie(labRun, null);
    claimTo(lab);
    lab.run(20);
    expect(lab.node(2).texts()).toEqual(['the truth']);
    const plain = new Lab({ nodes: 1 }).start();
    expect(() => plain.node(1).host.lie(labRun, { strategy: 'silent', plan: 1, club: [] })).toThrow(
      RangeError,
    );
  });
});

describe('the digest of a snapshot', () => {
  it('is told with the snapshot to a protocol that proves them: when it is taken, received, and found on disk', () => {
    const protocol = { ...toyProtocol, provesSnapshots: true };
    const lab = new Lab({ nodes: 2 });
    for (const node of lab.nodes) {
      node.boot();
      lab.startRun(node, { protocol });
    }
    lab.run(100);
    lab.node(1).do([
      { type: 'commit', entries: [{ index: 1, reign: 1, command: null }] },
      { type: 'takeSnapshot', index: 1, meta: {}, ops: [] },
    ]);
    lab.run(100);
    const [taken] = lab.node(1).seen('snapshotTaken');
    expect(taken?.digest).toMatch(/^[0-9a-f]{64}$/);
    lab.node(1).do([{ type: 'sendSnapshot', to: 'n2', message: { type: 'say', text: 'here' } }]);
    lab.run(500);
    expect(
      lab
        .node(2)
        .seen('deliver')
        .map(({ snapshotDigest: told }) => told),
    ).toContain(taken?.digest);
    lab.node(1).crash();
    lab.node(1).boot();
    lab.startRun(lab.node(1), { protocol });
    lab.run(100);
    expect(lab.node(1).seen('start').at(-1)?.disk.snapshot?.digest).toBe(taken?.digest);
  });

  it('is told to no other, and tells any two snapshots apart', () => {
    const lab = new Lab({ nodes: 1 }).start();
    lab.node(1).do([
      { type: 'commit', entries: [{ index: 1, reign: 1, command: null }] },
      { type: 'takeSnapshot', index: 1, meta: {}, ops: [] },
    ]);
    lab.run(100);
    expect(lab.node(1).seen('snapshotTaken')).toMatchObject([{ index: 1 }]);
    expect(lab.node(1).seen('snapshotTaken')[0]?.digest).toBeUndefined();
    expect(snapshotDigest(Uint8Array.of(1))).not.toBe(snapshotDigest(Uint8Array.of(2)));
  });
});
