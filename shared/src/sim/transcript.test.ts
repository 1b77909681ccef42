import { describe, expect, test } from 'vitest';
import type { TraceBody, TraceEvent } from '../trace/index.js';
import { messageText, transcriptLine, transcriptText } from './transcript.js';

function traced(body: TraceBody, at: Partial<TraceEvent> = {}): TraceEvent {
  const stamp = {
    node: 'node1',
    life: 1,
    seq: 1,
    count: 1,
    run: 'sim',
    instance: 'server',
    clock: 0,
    atMs: 3,
    wallMs: 12.5,
  };
  return { ...body, ...stamp, ...at } as TraceEvent;
}

const info = {
  kind: 'AppendEntries',
  reign: 3,
  entries: 2,
  summary: { prevLogIndex: 4, leaderCommit: 0 },
} as const;

describe('a transcript', () => {
  test("tells when by the machine's time, who, and what", () => {
    const line = transcriptLine(traced({ type: 'sent', message: 'node1:1:7', to: 'node2', info, bytes: 60 }));
    expect(line).toBe(
      '    12.500  node1         sends AppendEntries(reign=3 entries=2 prevLogIndex=4 leaderCommit=0) to node2',
    );
  });

  test("tells the client's part from the server's", () => {
    const line = transcriptLine(traced({ type: 'timerFired', timer: 'retry' }, { instance: 'client' }));
    expect(line).toBe('    12.500  node1/client  timer retry fires');
  });

  test('leaves whole states out', () => {
    const observation = null;
    const keyframe = {
      type: 'keyframe',
      observation,
      digest: null,
      timers: {},
      pace: 1,
      paused: false,
    } as const;
    expect(transcriptLine(traced(keyframe))).toBeNull();
  });

  test.each<[TraceBody, string]>([
    [
      { type: 'delivered', message: 'node2:1:1', from: 'node2', info: { ...info, entries: 0, summary: {} } },
      'gets AppendEntries(reign=3) from node2',
    ],
    [
      { type: 'lost', message: 'node2:1:1', from: 'node2', to: 'node1', reason: 'cut' },
      'message node2:1:1 from node2 to node1 is lost: cut',
    ],
    [{ type: 'role', role: 'leader', reign: 4, leader: 'node1' }, 'is leader in reign 4, led by node1'],
    [{ type: 'role', role: 'candidate', reign: 5, leader: null }, 'is candidate in reign 5, knows no leader'],
    [{ type: 'applied', first: 3, last: 3, digest: 'd' }, 'applies 3'],
    [{ type: 'applied', first: 3, last: 6, digest: 'd' }, 'applies 3 to 6'],
    [
      { type: 'note', code: 'vote-refused', data: { to: 'node2', term: 4 } },
      'notes vote-refused to=node2 term=4',
    ],
    [
      { type: 'snapshot', phase: 'taken', index: 9, peer: null, bytes: 80 },
      'snapshot up to 9 taken, 80 bytes',
    ],
    [
      { type: 'snapshot', phase: 'receiving', index: 0, peer: 'node3', bytes: 80 },
      'snapshot receiving from node3, 80 bytes',
    ],
    [{ type: 'started', recovered: true }, 'starts from what its disk held'],
    [{ type: 'crashed', why: 'its disk could not write' }, 'crashes: its disk could not write'],
    [{ type: 'peer', peer: 'node2', up: false }, 'link to node2 has ended'],
    [{ type: 'pace', pace: 1, paused: true }, 'is paused'],
    [{ type: 'gap', missing: 7, proofs: 0 }, '(7 events are left out, 0 of them proofs)'],
  ])('says %j in words', (body, text) => {
    expect(transcriptText(body)).toBe(text);
  });

  test("says a message's answer, and nothing in brackets where there is nothing to say", () => {
    expect(
      messageText({ kind: 'RequestVoteResponse', reign: 2, entries: 0, answer: 'no', summary: {} }),
    ).toBe('RequestVoteResponse(reign=2 no)');
    expect(messageText({ kind: 'Hello', reign: 0, entries: 0, summary: {} })).toBe('Hello');
  });
});
