import { describe, expect, it } from 'vitest';
import { clientInstance, type LiarContext, type Lie, seedRandom, serverInstance } from '../../core/index.js';
import { viewChangeFault } from './certificates.js';
import { batchDigest } from './digests.js';
import { forgery } from './forge.js';
import { type PbftMessage, signedParts } from './messages.js';
import { parseMessage } from './schemas.js';
import { nothingStable } from './state.js';
import { certificate, prePrepare, prepare, proposal, request, signed, viewChange } from './testing/index.js';

const voters = ['r0', 'r1', 'r2', 'r3'];
const batch = [request('a', 1), request('b', 1)];
const body = proposal(0, 5, batch);
const digest = 'd'.repeat(64);
const context = (self = 'r0', seed = 1): LiarContext => ({
  self,
  voters,
  random: seedRandom(seed),
  otherOrders: new Map(),
});
const asked = viewChange('r0', 4, [certificate('r0', ['r1', 'r2'], body)]);
const of: { readonly [type: string]: PbftMessage } = {
  prePrepare: prePrepare('r0', 0, 5, batch),
  prepare: { type: 'prepare', prepare: prepare('r0', body) },
  commit: { type: 'commit', ...body },
  checkpoint: { type: 'checkpoint', checkpoints: [signed('r0', 'checkpoint', { sequence: 4, digest })] },
  viewChange: { type: 'viewChange', viewChange: asked },
  newView: {
    type: 'newView',
    newView: signed('r0', 'new-view', {
      view: 4,
      viewChanges: [],
      prePrepares: [signed('r0', 'pre-prepare', { ...body, view: 4 })],
    }),
  },
  reply: {
    type: 'reply',
    view: 0,
    number: 1,
    tentative: false,
    results: [{ at: 0, result: Uint8Array.of(1, 2) }],
  },
  readReply: { type: 'readReply', view: 0, number: 1, result: Uint8Array.of(1, 2) },
};
const lies: readonly (readonly [string, Lie])[] = [
  ['prePrepare', 'other-order'],
  ['prePrepare', 'other-digest'],
  ['prePrepare', 'other-sequence'],
  ['prepare', 'other-digest'],
  ['prepare', 'other-sequence'],
  ['commit', 'other-digest'],
  ['checkpoint', 'other-state'],
  ['viewChange', 'left-out'],
  ['newView', 'left-out'],
  ['reply', 'other-result'],
  ['readReply', 'other-result'],
];

describe('lies in PBFT', () => {
  it.each(lies)(
    'of a %s, by %s, are messages like any other, in the liar’s own name, and leave the truth as it is',
    (type, lie) => {
      const truth = of[type];
      if (truth === undefined) throw new Error(`there is no ${type}`);
      const before = structuredClone(truth);
      for (let seed = 1; seed <= 20; seed++) {
        const lied = forgery.forge(truth, lie, context('r0', seed));
        expect(lied).not.toBeNull();
        if (lied === null) continue;
        expect(truth).toEqual(before);
        const to = lied.type === 'reply' || lied.type === 'readReply' ? clientInstance : serverInstance;
        expect(parseMessage(structuredClone(lied), to)).toEqual(lied);
        const [outer] = signedParts(lied);
        expect([outer?.signer ?? 'r0', outer?.signature ?? null]).toEqual(['r0', null]);
      }
    },
  );

  it('of another order are told alike by all who have met the proposal, in proposals and in votes', () => {
    const [truth, vote, commit] = [of['prePrepare'], of['prepare'], of['commit']];
    if (truth === undefined || vote === undefined || commit === undefined) throw new Error('they are there');
    const primary = context('r0');
    const other = { ...context('r3'), otherOrders: new Map<string, string>() };
    for (const each of [primary, other]) forgery.learn(truth, each);
    const lied = forgery.forge(truth, 'other-order', primary);
    const told = lied?.type === 'prePrepare' ? lied : null;
    expect(told?.prePrepare.body.digest).toBe(batchDigest([...batch].reverse()));
    const ownVote: PbftMessage = { type: 'prepare', prepare: prepare('r3', body) };
    const liedVote = forgery.forge(ownVote, 'other-order', other);
    expect(liedVote?.type === 'prepare' ? liedVote.prepare.body.digest : null).toBe(
      told?.prePrepare.body.digest,
    );
    const liedCommit = forgery.forge(commit, 'other-order', other);
    expect(liedCommit?.type === 'commit' ? liedCommit.digest : null).toBe(told?.prePrepare.body.digest);
    expect(forgery.forge(commit, 'other-order', context('r3'))).toBeNull();
  });

  it('of what others have signed are not made: they are passed on, or made up without a signature that holds', () => {
    for (const [type, lie] of lies) {
      const truth = of[type];
      if (truth === undefined || signedParts(truth).length === 0 || type === 'checkpoint') continue;
      expect(forgery.forge(truth, lie, context('r3'))).toBeNull();
      const made = forgery.impersonate(truth, 'r2', context('r3'));
      if (made === null) continue;
      const [outer] = signedParts(made);
      expect(outer).toMatchObject({ signer: 'r2', signature: new Uint8Array(8) });
    }
  });

  it('in view changes leave something out that had prepared, or claim what nobody has signed', () => {
    const group = { replicas: voters, faults: 1, quorum: 3 };
    const seen = new Set<string>();
    for (let seed = 1; seed <= 40; seed++) {
      const truth = of['viewChange'];
      const lied = truth === undefined ? null : forgery.forge(truth, 'left-out', context('r0', seed));
      if (lied?.type !== 'viewChange') throw new Error('a lie is of its kind');
      const { prepared, stable } = lied.viewChange.body;
      const others = prepared
        .flatMap(({ prePrepare: each, prepares }) => [each, ...prepares])
        .filter(({ signer }) => signer !== 'r0');
      const isMadeUp = prepared.length > 1 && others.some(({ signature }) => signature?.length === 8);
      seen.add(isMadeUp ? 'made up' : prepared.length === 0 ? 'left out' : 'true');
      // What is left out can't be told from the truth: it proves what it says.
      if (!isMadeUp) expect(viewChangeFault(group, lied.viewChange, { interval: 4, window: 8 })).toBeNull();
      expect(stable).toEqual(nothingStable);
    }
    expect([...seen].sort()).toEqual(['left out', 'made up', 'true']);
  });

  it('agree with whatever is proposed, in both phases', () => {
    const truth = of['prePrepare'];
    const votes = truth === undefined ? [] : forgery.agree(truth, context('r3'));
    expect(votes).toEqual([
      { type: 'prepare', prepare: prepare('r3', body) },
      { type: 'commit', ...body },
    ]);
  });
});
