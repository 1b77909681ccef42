import type { Observation } from '@quorate/shared/core';
import type { TraceBody, TraceEvent } from '@quorate/shared/trace';
import { describe, expect, test } from 'vitest';
import { nothingSeen, Observed } from './observed.js';

function event(node: string, body: TraceBody, run = 'r'): TraceEvent {
  return { ...body, node, life: 1, seq: 1, count: 1, run, instance: 'server', clock: 1, atMs: 1, wallMs: 1 };
}

function state(role: string, reign: number, leader: string | null, commitIndex: number): TraceBody {
  const log = {
    firstIndex: 1,
    lastIndex: commitIndex,
    commitIndex,
    appliedIndex: commitIndex,
    logReigns: [],
  };
  const observation: Observation = { role, reign, leader, ...log, detail: {} };
  return { type: 'state', observation, timers: {} };
}

describe('what a tab has seen of a run', () => {
  test('is its own server, with the digest of what was applied last', () => {
    const seen = new Observed('r', 'me');
    seen.take(event('me', { type: 'applied', first: 1, last: 3, digest: 'abc' }));
    seen.take(event('me', state('follower', 2, 'other', 3)));
    seen.take(event('me', state('leader', 9, 'me', 9), 'another run'));
    expect(seen.own()).toMatchObject({ role: 'follower', reign: 2, commitIndex: 3, digest: 'abc' });
  });

  test('is nothing once the node lost its memory', () => {
    const seen = new Observed('r', 'me');
    seen.take(event('me', state('leader', 2, 'me', 3)));
    seen.forgetOwn();
    expect(seen.own()).toEqual(nothingSeen);
  });

  test('is the newest leader’s word for a tab without a vote, whatever followers and old leaders say', () => {
    const seen = new Observed('r', 'me');
    seen.take(event('new', state('leader', 5, 'new', 7)));
    seen.take(event('old', state('leader', 4, 'old', 99)));
    seen.take(event('new2', state('follower', 6, null, 1)));
    expect(seen.fromOutside('client')).toMatchObject({
      role: 'client',
      reign: 5,
      leader: 'new',
      commitIndex: 7,
    });
  });
});
