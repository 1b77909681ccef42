import type { TraceEvent } from '@quorate/shared/trace';
import { describe, expect, it } from 'vitest';
import type { Member } from '../members.js';
import { linkKey, overlayOf } from './overlay.js';
import { redundancy, type Spreads, withCopy } from './spreads.js';

function member(id: string, detail: { readonly [name: string]: string }, look: Member['look'] = 'running') {
  return { id, look, node: { observation: { detail } } } as unknown as Member;
}

describe('an overlay', () => {
  it('has a link where one end says so, eager before lazy, and none of who is gone', () => {
    const links = overlayOf([
      member('a', { eager: 'b', lazy: 'c' }),
      member('b', { eager: '', lazy: 'a' }),
      member('c', { eager: '', lazy: 'a' }),
      member('d', { eager: 'a b c', lazy: '' }, 'crashed'),
    ]);
    expect(Object.fromEntries(links ?? [])).toEqual({
      [linkKey('a', 'b')]: 'eager',
      [linkKey('c', 'a')]: 'lazy',
    });
  });

  it('is none where nobody keeps views', () => {
    expect(overlayOf([member('a', { pending: '1' })])).toBeNull();
    expect(overlayOf([])).toBeNull();
  });
});

describe('the way of a broadcast', () => {
  const copy = (message: string, round: number, entries = 1): TraceEvent & { type: 'delivered' } =>
    ({
      type: 'delivered',
      info: { kind: 'Gossip', reign: 0, entries, summary: { message, round } },
    }) as unknown as TraceEvent & { type: 'delivered' };

  it('counts copies and hops; announcements are no copies', () => {
    let all: Spreads = new Map();
    for (const event of [copy('m', 1), copy('m', 3), copy('m', 2), copy('m', 9, 0), copy('n', 1)])
      all = withCopy(all, event);
    expect(all.get('m')).toEqual({ copies: 3, hops: 3 });
    expect(redundancy({ copies: 3, hops: 3 }, 3)).toBe(0.5);
    expect(redundancy({ copies: 2, hops: 1 }, 3)).toBe(0);
    expect(redundancy({ copies: 0, hops: 0 }, 1)).toBeNull();
  });

  it('is forgotten after many others', () => {
    let all: Spreads = new Map();
    for (let i = 0; i < 150; i++) all = withCopy(all, copy(`m${i}`, 1));
    expect(all.size).toBe(100);
    expect(all.has('m149')).toBe(true);
  });
});
