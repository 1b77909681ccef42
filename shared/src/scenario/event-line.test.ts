import { describe, expect, test } from 'vitest';
import type { TraceBody, TraceEvent } from '../trace/index.js';
import { eventLine } from './event-line.js';

const info = { kind: 'AppendEntries', reign: 2, entries: 0, summary: {} };
const none: ReadonlySet<string> = new Set();

function lineOf(body: TraceBody, kinds: ReadonlySet<string> = none): string | null {
  const event: TraceEvent = {
    ...body,
    node: 'n1',
    life: 1,
    seq: 1,
    count: 1,
    run: 'run',
    instance: 'server',
    clock: 1,
    atMs: 0,
    wallMs: 0,
  };
  return eventLine(event, kinds)?.text ?? null;
}

describe('a trace event', () => {
  test.each<[string, TraceBody]>([
    ['is follower of n2, reign 3', { type: 'role', role: 'follower', reign: 3, leader: 'n2' }],
    ['is leader, reign 3', { type: 'role', role: 'leader', reign: 3, leader: 'n1' }],
    ['applies 4', { type: 'applied', first: 4, last: 4, digest: '' }],
    ['applies 4 to 6', { type: 'applied', first: 4, last: 6, digest: '' }],
    ['starts again with what its disk holds', { type: 'started', recovered: true }],
    ['crashes: no disk', { type: 'crashed', why: 'no disk' }],
    ['vote-granted (to n2, term 3)', { type: 'note', code: 'vote-granted', data: { to: 'n2', term: 3 } }],
    ['bored', { type: 'note', code: 'bored', data: {} }],
    ['left (from none)', { type: 'note', code: 'left', data: { from: null } }],
    ['snapshot taken, up to 9', { type: 'snapshot', phase: 'taken', index: 9, peer: null, bytes: 1 }],
    [
      'snapshot sending to n2, up to 9',
      { type: 'snapshot', phase: 'sending', index: 9, peer: 'n2', bytes: 1 },
    ],
    ['snapshot receiving from n2', { type: 'snapshot', phase: 'receiving', index: 0, peer: 'n2', bytes: 1 }],
    ['refuses a message: forged', { type: 'lost', message: '', from: 'n2', to: 'n1', reason: 'forged' }],
  ])('reads: %s', (text, body) => {
    expect(lineOf(body)).toBe(text);
  });

  test('of a message that was sent is told only where its kind is asked for', () => {
    const sent: TraceBody = { type: 'sent', message: '', to: 'n2', info: { ...info, entries: 2 }, bytes: 9 };
    expect(lineOf(sent)).toBeNull();
    expect(lineOf(sent, new Set(['AppendEntries']))).toBe('AppendEntries, reign 2, 2 entries');
  });

  test.each<TraceBody>([
    { type: 'started', recovered: false },
    { type: 'delivered', message: '', from: 'n2', info },
    { type: 'lost', message: '', from: 'n1', to: 'n2', reason: 'cut' },
    { type: 'timerFired', timer: 'heartbeat' },
    { type: 'persisted', write: 1, ops: 1 },
    { type: 'peer', peer: 'n2', up: false },
  ])('that tells nothing of the story is left out: $type', (body) => {
    expect(lineOf(body)).toBeNull();
  });
});
