import { describe, expect, it } from 'vitest';
import { batchDigest, nullDigest, viewChangeDigest } from './digests.js';
import type { Batch, PbftMessage, SignedViewChange } from './messages.js';
import { demandedBy } from './new-view.js';
import type { PbftState } from './state.js';
import {
  certificate,
  type Flight,
  prePrepare,
  prepare,
  proposal,
  request,
  signed,
  TestGroup,
  viewChange,
} from './testing/index.js';

const backups = ['r1', 'r2', 'r3'];
const isOf =
  (...types: readonly PbftMessage['type'][]) =>
  ({ message }: Flight): boolean =>
    types.includes(message.type);
const digestAt = (state: PbftState, sequence: number): string | undefined =>
  state.slots[sequence]?.accepted?.body.digest;

function newView(
  primary: string,
  view: number,
  viewChanges: readonly SignedViewChange[],
  proposals = demandedBy(view, viewChanges).proposals,
): PbftMessage {
  return {
    type: 'newView',
    newView: signed(primary, 'new-view', {
      view,
      viewChanges: viewChanges.map((each) => [each.signer, viewChangeDigest(each)] as const),
      prePrepares: proposals.map((body) => signed(primary, 'pre-prepare', body)),
    }),
  };
}

describe('a view change (4.4)', () => {
  it('replaces a primary that is silent: the next one orders what waits', () => {
    const group = new TestGroup();
    group.crash('r0');
    group.ask('client', ...backups);
    group.pass(5_000);
    expect(backups.map((id) => group.state(id).view)).toEqual([1, 1, 1]);
    expect(backups.map((id) => group.state(id).executed)).toEqual([1, 1, 1]);
  });

  it('goes on to the next but one where the next primary is down as well', () => {
    const group = new TestGroup(7);
    group.crash('r0');
    group.crash('r1');
    const others = group.ids.slice(2);
    group.ask('client', ...others);
    group.pass(20_000);
    expect(others.map((id) => [group.state(id).view, group.state(id).executed])).toEqual(
      others.map(() => [2, 1]),
    );
  });

  it('waits twice as long for each view in a row that comes to nothing, up to a bound, and begins anew with what is executed', () => {
    const group = new TestGroup(4, { viewTimeoutMs: 100, viewTimeoutMaxMs: 300 });
    group.lie('r0');
    group.lie('r2');
    const waits: number[] = [];
    for (let view = 1; view <= 3; view++) {
      group.say('r2', { type: 'viewChange', viewChange: viewChange('r2', view) }, 'r1', 'r3');
      group.say('r0', { type: 'viewChange', viewChange: viewChange('r0', view) }, 'r1', 'r3');
      waits.push(group.state('r3').failedViews);
    }
    expect(waits).toEqual([1, 2, 3]);
  });

  it('is joined once f + 1 others have asked for it, and for the least of their views', () => {
    const group = new TestGroup();
    group.lie('r2');
    group.lie('r3');
    group.say('r3', { type: 'viewChange', viewChange: viewChange('r3', 9) }, 'r1');
    expect(group.state('r1').view).toBe(0);
    group.say('r3', { type: 'viewChange', viewChange: viewChange('r3', 12) }, 'r1');
    expect(group.state('r1').view).toBe(0);
    group.say('r2', { type: 'viewChange', viewChange: viewChange('r2', 5) }, 'r1');
    expect([group.state('r1').view, group.state('r1').isActive]).toEqual([5, false]);
  });

  it('is on disk before it is said, and after a restart the replica says it again and nothing in the old view', () => {
    const group = new TestGroup();
    group.order(1, 'r0');
    group.ask('client', 'r1');
    group.flights.length = 0;
    group.fire('r1', 'view');
    expect(group.underWay('viewChange')).toEqual([]);
    group.flush('r1');
    expect(group.underWay('viewChange')).toHaveLength(3);
    group.flights.length = 0;
    group.crash('r1');
    group.restart('r1');
    expect([group.state('r1').view, group.state('r1').isActive]).toEqual([1, false]);
    expect(group.underWay('viewChange')).toHaveLength(3);
    group.flights.length = 0;
    group.say('r0', prePrepare('r0', 0, 2, [request('b', 1)]), 'r1');
    group.flush('r1');
    expect(group.underWay('prepare')).toEqual([]);
  });

  it('does not begin a timer of its own before a quorum has come to the view', () => {
    const group = new TestGroup();
    group.ask('client', 'r2');
    group.fire('r2', 'view');
    group.pass(100_000, ({ from }) => from !== 'r2');
    expect(group.state('r2').view).toBe(1);
    expect(group.timers('r2')).not.toContain('view');
  });

  it('keeps what prepared at one replica before a partition', () => {
    const group = new TestGroup();
    const asked = group.ask('client', 'r0');
    // Only r3 hears enough prepares; nobody hears a commit, and the primary is cut off then.
    group.settle(
      ({ to, message }) => message.type !== 'commit' && (message.type !== 'prepare' || to === 'r3'),
    );
    expect(backups.map((id) => group.state(id).slots[1]?.prepared !== null)).toEqual([false, false, true]);
    group.crash('r0');
    group.ask('other', ...backups);
    group.pass(10_000);
    expect(backups.map((id) => digestAt(group.state(id), 1))).toEqual(
      backups.map(() => batchDigest([asked])),
    );
    expect(backups.map((id) => group.state(id).executed)).toEqual([2, 2, 2]);
  });

  it('keeps the batch of a certificate, though a later view has another in its place, across a restart too', () => {
    const group = new TestGroup();
    const asked = group.ask('client', 'r0');
    group.settle(
      ({ to, message }) => message.type !== 'commit' && (message.type !== 'prepare' || to === 'r3'),
    );
    // r3 says nothing: view 1 begins without its certificate, and proposes something else. It hears no prepares of that.
    group.ask('other', 'r1', 'r2');
    for (const id of ['r1', 'r2']) group.fire(id, 'view');
    group.settle(({ from, to, message }) => from !== 'r3' && !(to === 'r3' && message.type === 'prepare'));
    const prepared = group.state('r3').slots[1]?.prepared?.prePrepare.body;
    expect([group.state('r3').view, prepared?.view, prepared?.digest]).toEqual([1, 0, batchDigest([asked])]);
    expect(digestAt(group.state('r3'), 1)).not.toBe(prepared?.digest);
    group.crash('r3');
    group.restart('r3');
    expect(group.state('r3').slots[1]?.preparedBatch).toEqual([asked]);
  });

  it('fills a gap with the null request, which changes nothing', () => {
    const group = new TestGroup();
    group.ask('a', 'r0');
    group.ask('b', 'r0');
    const isFirst = ({ message }: Flight): boolean =>
      message.type === 'prePrepare' && message.prePrepare.body.sequence === 1;
    group.settle((flight) => !isFirst(flight));
    expect(backups.map((id) => group.state(id).executed)).toEqual([0, 0, 0]);
    group.crash('r0');
    group.ask('c', ...backups);
    group.pass(10_000);
    expect(digestAt(group.state('r2'), 1)).toBe(nullDigest);
    expect(backups.map((id) => group.state(id).executed)).toEqual([3, 3, 3]);
  });

  it('heals conflicting proposals of a primary that lied across a partition', () => {
    const group = new TestGroup(7);
    group.lie('r0');
    const honest = group.ids.slice(1);
    const [a, b]: Batch[] = [[request('a', 1)], [request('b', 1)]];
    group.say('r0', prePrepare('r0', 0, 1, a ?? []), 'r1', 'r2', 'r3');
    group.say('r0', prePrepare('r0', 0, 1, b ?? []), 'r4', 'r5', 'r6');
    const side = (id: string): boolean => ['r1', 'r2', 'r3'].includes(id);
    group.settle(({ from, to }) => side(from) === side(to));
    expect(honest.map((id) => group.state(id).executed)).toEqual([0, 0, 0, 0, 0, 0]);
    group.ask('client', ...honest);
    group.pass(20_000);
    const stores = new Set(honest.map((id) => group.store(id).digest()));
    expect(stores.size).toBe(1);
    expect(honest.every((id) => group.state(id).executed >= 1)).toBe(true);
  });

  it('asks again for what a replica has executed in an earlier view, since others need its word in this one', () => {
    const group = new TestGroup(4, { viewTimeoutMs: 60_000, viewTimeoutMaxMs: 60_000 });
    group.ask('client', 'r0');
    group.settle(({ to, message }) => !(to === 'r2' && message.type === 'commit'));
    expect(group.executed()).toEqual([1, 1, 0, 1]);
    group.crash('r0');
    group.ask('other', ...backups);
    for (const id of ['r1', 'r2']) group.fire(id, 'view');
    group.settle(({ from, to, message }) => !(from === 'r2' && to === 'r3' && message.type === 'prepare'));
    expect(group.state('r2').executed).toBe(0);
    group.pass(2_000);
    expect(backups.map((id) => [group.state(id).view, group.state(id).executed])).toEqual(
      backups.map(() => [1, 2]),
    );
  });

  it('goes on after a restart of everybody in the middle of it', () => {
    const group = new TestGroup();
    group.order(2, 'r0');
    group.crash('r0');
    group.ask('client', ...backups);
    for (const id of backups) group.fire(id, 'view');
    group.flush();
    for (const id of backups) group.crash(id);
    group.flights.length = 0;
    for (const id of backups) group.restart(id);
    group.pass(2_000);
    expect(backups.map((id) => [group.state(id).view, group.state(id).isActive])).toEqual(
      backups.map(() => [1, true]),
    );
    expect(backups.map((id) => group.state(id).executed)).toEqual([2, 2, 2]);
  });

  it('reaches who has missed it by what others pass on, its primary being down by now', () => {
    const group = new TestGroup(7);
    group.crash('r0');
    const others = group.ids.slice(1);
    group.ask('client', ...others);
    group.pass(4_000, ({ to }) => to !== 'r6');
    expect(group.state('r5').view).toBe(1);
    group.crash('r1');
    group.pass(2_000);
    expect([group.state('r6').view, group.state('r6').isActive]).toEqual([1, true]);
  });
});

describe('a view change that lies', () => {
  const body = proposal(0, 1, [request('a', 1)]);
  it.each([
    ['too few prepares', certificate('r0', ['r2'], body)],
    ['the same backup twice', certificate('r0', ['r2', 'r2'], body)],
    ['the primary as a backup', certificate('r0', ['r0', 'r2'], body)],
    ['strangers as backups', certificate('r0', ['x', 'r2'], body)],
    ['the pre-prepare of no primary', certificate('r2', ['r1', 'r3'], body)],
    [
      'prepares of another batch',
      {
        ...certificate('r0', ['r1'], body),
        prepares: [prepare('r1', body), prepare('r2', proposal(0, 1, []))],
      },
    ],
    ['a certificate of the view that is to begin', certificate('r1', ['r2', 'r3'], { ...body, view: 1 })],
    ['a sequence number above the window', certificate('r0', ['r1', 'r2'], { ...body, sequence: 9 })],
  ])('with %s counts for nothing', (_what, fabricated) => {
    const group = new TestGroup();
    group.lie('r3');
    group.say('r3', { type: 'viewChange', viewChange: viewChange('r3', 1, [fabricated]) }, 'r1');
    expect(group.noted('view-change-refused')).toEqual(['r1']);
    expect(group.state('r1').viewChanges['r3']).toBeUndefined();
  });

  it.each([
    ['too few statements', ['r1', 'r2'], 4],
    ['one replica’s statement twice', ['r1', 'r2', 'r2'], 4],
    ['statements of strangers', ['r1', 'r2', 'x'], 4],
    ['a place where no checkpoint is due', ['r1', 'r2', 'r3'], 3],
  ])('about its stable checkpoint, with %s, counts for nothing', (_what, signers, sequence) => {
    const group = new TestGroup();
    group.lie('r3');
    const checkpoint = { sequence, digest: 'd'.repeat(64) };
    const proof = signers.map((signer) => signed(signer, 'checkpoint', checkpoint));
    group.say(
      'r3',
      { type: 'viewChange', viewChange: viewChange('r3', 1, [], { ...checkpoint, proof }) },
      'r1',
    );
    expect(group.noted('view-change-refused')).toEqual(['r1']);
  });

  it('is kept once for each replica, however many come', () => {
    const group = new TestGroup();
    group.lie('r3');
    for (let view = 1; view <= 500; view++) {
      group.say('r3', { type: 'viewChange', viewChange: viewChange('r3', view) }, 'r1');
    }
    expect(group.state('r1').view).toBe(0);
    expect(Object.keys(group.state('r1').viewChanges)).toEqual(['r3']);
    expect(group.state('r1').viewChanges['r3']?.latest.body.view).toBe(500);
  });
});

describe('a new view', () => {
  const [a, b]: Batch[] = [[request('a', 1)], [request('b', 1)]];
  const prepared = certificate('r0', ['r2', 'r3'], proposal(0, 1, a ?? []));

  it('proposes again what prepared in the latest view, and the null request where nothing did', () => {
    const later = certificate('r1', ['r2', 'r3'], proposal(1, 3, b ?? []));
    const earlier = certificate('r0', ['r2', 'r3'], proposal(0, 3, a ?? []));
    const demanded = demandedBy(2, [
      viewChange('r0', 2, [earlier]),
      viewChange('r1', 2, [prepared]),
      viewChange('r3', 2, [later]),
    ]);
    expect(demanded.proposals).toEqual([
      proposal(2, 1, a ?? []),
      { view: 2, sequence: 2, digest: nullDigest },
      proposal(2, 3, b ?? []),
    ]);
  });

  /** r1, the primary of view 1, lies to the others, who have all asked for its view. */
  const withLiar = (): { group: TestGroup; viewChanges: readonly SignedViewChange[] } => {
    const group = new TestGroup();
    group.lie('r1');
    const viewChanges = [viewChange('r0', 1), viewChange('r1', 1), viewChange('r3', 1, [prepared])];
    for (const each of viewChanges) group.say('r1', { type: 'viewChange', viewChange: each }, 'r2');
    return { group, viewChanges };
  };

  it('is entered as it is demanded', () => {
    const { group, viewChanges } = withLiar();
    group.say('r1', newView('r1', 1, viewChanges), 'r2');
    expect([group.state('r2').view, group.state('r2').isActive]).toEqual([1, true]);
  });

  it.each([
    ['drops a prepared request', []],
    ['has another batch in its place', [proposal(1, 1, b ?? [])]],
    ['has the null request in its place', [{ view: 1, sequence: 1, digest: nullDigest }]],
    ['has one more', [proposal(1, 1, a ?? []), proposal(1, 2, b ?? [])]],
    ['is about another view', [proposal(2, 1, a ?? [])]],
  ])('that %s is refused, and the next view asked for', (_what, proposals) => {
    const { group, viewChanges } = withLiar();
    group.say('r1', newView('r1', 1, viewChanges, proposals), 'r2');
    expect(group.noted('new-view-refused')).toEqual(['r2']);
    expect([group.state('r2').view, group.state('r2').isActive]).toEqual([2, false]);
  });

  it('needs the view changes of a quorum, each once, and of what this replica has seen itself', () => {
    const { group, viewChanges } = withLiar();
    group.say('r1', newView('r1', 1, viewChanges.slice(0, 2)), 'r2');
    expect(group.noted('new-view-refused')).toEqual(['r2']);
    const other = withLiar();
    other.group.say(
      'r1',
      newView('r1', 1, [...other.viewChanges.slice(0, 2), viewChange('r2', 1, [prepared])]),
      'r2',
    );
    expect(other.group.noted('new-view-incomplete')).toEqual(['r2']);
    expect(other.group.state('r2').isActive).toBe(false);
  });

  it('of somebody who is not its primary is nobody’s', () => {
    const { group, viewChanges } = withLiar();
    group.say('r3', newView('r3', 1, viewChanges), 'r2');
    expect(group.state('r2').isActive).toBe(false);
  });

  it('is on its primary’s disk before it is said: after a restart it begins the same', () => {
    const group = new TestGroup();
    group.crash('r0');
    group.ask('client', ...backups);
    for (const id of backups) group.fire(id, 'view');
    for (let i = 0; i < 10 && !group.state('r1').isActive; i++) {
      for (const id of ['r2', 'r3']) group.flush(id);
      for (const flight of group.flights.splice(0)) if (flight.to === 'r1') group.deliver(flight);
    }
    expect(group.state('r1').isActive).toBe(true);
    expect(group.underWay('newView')).toEqual([]);
    group.flush('r1');
    const [said] = group.underWay('newView');
    expect(said?.to).toBe('r0');
    group.crash('r1');
    group.flights.length = 0;
    group.restart('r1');
    expect(group.state('r1').begun?.newView).toEqual(
      said?.message.type === 'newView' ? said.message.newView : null,
    );
    group.pass(3_000);
    expect(backups.map((id) => group.state(id).isActive)).toEqual([true, true, true]);
  });

  it('is believed about batches that a replica has never had only once they come, by their digests', () => {
    const { group, viewChanges } = withLiar();
    group.say('r1', newView('r1', 1, viewChanges), 'r2');
    group.flush('r2');
    expect(group.underWay('prepare')).toEqual([]);
    group.say('r3', { type: 'batch', batch: b ?? [] }, 'r2');
    group.flush('r2');
    expect(group.underWay('prepare')).toEqual([]);
    group.say('r3', { type: 'batch', batch: a ?? [] }, 'r2');
    group.flush('r2');
    expect(group.flights.filter(isOf('prepare')).map(({ from }) => from)).toEqual(['r2', 'r2', 'r2']);
  });
});
