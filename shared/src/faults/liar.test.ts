import { describe, expect, it } from 'vitest';
import type { Forgery, Word } from '../core/index.js';
import { Liar, type LiarSpec, type Strategy, strategies } from './index.js';

/** A message as text: its kind, and what has been made of it. */
type Toy = { readonly kind: Word['kind']; readonly leader: string | null; readonly text: string };
const voters = ['a', 'b', 'c', 'd', 'e'];
const forgery: Forgery<Toy> = {
  wordOf: ({ kind, leader }) => ({ kind, leader }),
  learn: ({ text }, { otherOrders }) => otherOrders.set(text, `other ${text}`),
  forge: (message, lie) =>
    lie === 'other-state' && message.kind !== 'checkpoint' ? null : { ...message, text: lie },
  agree: (message) =>
    message.kind === 'proposal' ? [{ ...message, kind: 'vote', text: `yes to ${message.text}` }] : [],
  impersonate: (message, as) =>
    message.kind === 'vote' ? { ...message, text: `${as}: ${message.text}` } : null,
};

function liar(strategy: Strategy, given: Partial<LiarSpec> = {}, self = 'a', seed = 1): Liar {
  const spec = { strategy, plan: 7, club: ['a'], ...given };
  return new Liar({ self, voters, spec, forgery: forgery as Forgery<unknown>, seed });
}

const toy = (kind: Word['kind'], leader: string | null = 'a'): Toy => ({ kind, leader, text: 'truth' });
const texts = (of: Liar, to: string, message: Toy): readonly string[] =>
  of.say(to, 'server', message).map((each) => (each.message as Toy).text);

describe('a liar', () => {
  it('says nothing when it is silent', () => {
    expect(texts(liar('silent'), 'b', toy('vote'))).toEqual([]);
  });

  it('says everything late when it delays', () => {
    const delays = voters
      .slice(1)
      .map((to) => liar('delaying').say(to, 'server', toy('vote'))[0]?.afterMs ?? 0);
    expect(delays.every((afterMs) => afterMs > 0 && afterMs <= 2_000)).toBe(true);
  });

  it('tells one half of the others another order, always the same half, when it equivocates', () => {
    const of = liar('equivocating');
    const told = voters.slice(1).map((to) => texts(of, to, toy('proposal')));
    expect(told.filter(([text]) => text === 'truth')).toHaveLength(2);
    expect(told.filter(([text]) => text === 'other-order')).toHaveLength(2);
    expect(voters.slice(1).map((to) => texts(of, to, toy('vote')))).toEqual(told);
  });

  it('votes for whatever is proposed, to everybody, when it votes for all', () => {
    const remarks = liar('vote-for-all').hear(toy('proposal', 'c'));
    expect(remarks.map(({ to, message }) => [to, (message as Toy).text])).toEqual(
      ['b', 'c', 'd', 'e'].map((to) => [to, 'yes to truth']),
    );
    expect(liar('silent').hear(toy('proposal', 'c'))).toEqual([]);
  });

  it('adds votes in the names of all others when it forges them', () => {
    expect(texts(liar('forge-votes'), 'b', toy('vote'))).toEqual([
      'truth',
      'b: truth',
      'c: truth',
      'd: truth',
      'e: truth',
    ]);
    expect(texts(liar('forge-votes'), 'b', toy('proposal'))).toEqual(['truth']);
  });

  it('repeats what it said to the same instance when it replays', () => {
    const of = liar('replay');
    of.say('b', 'client', { ...toy('reply'), text: 'for clients' });
    const said = Array.from({ length: 50 }, (_, i) => texts(of, 'b', { ...toy('vote'), text: `${i}` }));
    expect(said.every(([first], i) => first === `${i}`)).toBe(true);
    expect(said.some((each) => each.length === 2)).toBe(true);
    expect(said.flat()).not.toContain('for clients');
  });

  it.each([
    ['corrupt-digest', 'vote', /^other-(digest|sequence)$/],
    ['lie-in-view-change', 'view-change', /^left-out$/],
    ['lie-in-view-change', 'new-view', /^left-out$/],
    ['lie-in-view-change', 'vote', /^truth$/],
    ['lie-in-checkpoint', 'checkpoint', /^other-state$/],
    ['lie-in-checkpoint', 'vote', /^truth$/],
    ['lie-to-clients', 'reply', /^other-result$/],
  ] as const)('as %s makes of a %s %s', (strategy, kind, expected) => {
    expect(texts(liar(strategy), 'b', toy(kind))[0]).toMatch(expected);
  });

  it('is honest to some when it is targeted', () => {
    const of = liar('targeted');
    const honestTo = voters
      .slice(1)
      .filter((to) =>
        Array.from({ length: 20 }, () => texts(of, to, toy('vote'))).every(([text]) => text === 'truth'),
      );
    expect(honestTo).toHaveLength(2);
  });

  it('helps nobody outside its club to lead, and tells all the same two stories inside it, when it colludes', () => {
    const club = ['a', 'c'];
    const of = club.map((self) => liar('colluding', { club }, self, self.length));
    expect(of.map((each) => texts(each, 'b', toy('vote', 'e')))).toEqual([[], []]);
    const stories = of.map((each) => ['b', 'd', 'e'].map((to) => texts(each, to, toy('vote', 'c'))[0]));
    expect(stories[0]).toEqual(stories[1]);
    expect(new Set(stories[0])).toEqual(new Set(['truth', 'other-order']));
    expect(texts(liar('colluding', { club }), 'c', toy('proposal'))).toEqual(['truth']);
  });

  it('tells the same lies from the same seed, of every strategy', () => {
    for (const strategy of strategies) {
      const tell = (): unknown => {
        const of = liar(strategy, {}, 'a', 5);
        return Array.from({ length: 30 }, (_, i) =>
          of.say(voters[1 + (i % 4)] ?? 'b', 'server', toy('vote')),
        );
      };
      expect(tell()).toEqual(tell());
    }
  });
});
