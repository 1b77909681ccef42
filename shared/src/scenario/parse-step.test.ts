import { describe, expect, test } from 'vitest';
import { parseStep } from './parse-step.js';
import { except, messages, nodes } from './steps.js';
import { ScenarioError } from './words.js';

function errorOf(source: string): ScenarioError {
  try {
    parseStep(source, 7);
  } catch (error) {
    if (error instanceof ScenarioError) return error;
    throw error;
  }
  throw new Error(`${source} is understood`);
}

describe('a command', () => {
  test('opens a cluster, with seed and options where they are given', () => {
    expect(parseStep('cluster 3 raft')).toEqual({
      type: 'cluster',
      nodes: 3,
      protocol: 'raft',
      seed: 1,
      options: {},
    });
    expect(parseStep('cluster 5 raft seed 9 {"preVote": false}')).toMatchObject({
      seed: 9,
      options: { preVote: false },
    });
  });

  test('names nodes by number, by role, by an earlier name, and all but some', () => {
    const crashed = (nodes: unknown) => ({ type: 'crash', nodes, survivingWrites: 0 });
    expect(parseStep('crash 1 n2')).toEqual(crashed(nodes(1, 2)));
    expect(parseStep('crash leader')).toEqual(crashed(nodes('leader')));
    expect(parseStep('crash all but old 3')).toEqual(crashed(except(nodes('all'), nodes('old', 3))));
  });

  test('takes JSON as one word, with blanks, quotes and brackets in it', () => {
    expect(parseStep('put /x {"a": ["b ]}\\"", {}]} at 2 as wish')).toEqual({
      type: 'request',
      command: { op: 'put', path: '/x', value: { a: ['b ]}"', {}] } },
      at: nodes(2),
      name: 'wish',
    });
  });

  test('ends where a comment begins', () => {
    expect(parseStep('heal   # the janitor found the plug')).toEqual({ type: 'heal' });
  });

  test('reads times in ms and in seconds', () => {
    expect(parseStep('run 200ms')).toEqual({ type: 'run', forMs: 200, while: null });
    expect(parseStep('run 1.5s')).toMatchObject({ forMs: 1_500 });
    expect(parseStep('run until leader within 3s')).toMatchObject({ withinMs: 3_000 });
  });

  test('chooses messages by kind, sender and receiver', () => {
    expect(parseStep('hold messages')).toEqual({ type: 'hold', messages: messages() });
    expect(parseStep('deliver first AppendEntries RequestVote from leader to 2 3')).toEqual({
      type: 'deliver',
      first: true,
      messages: messages(['AppendEntries', 'RequestVote'], {
        from: nodes('leader'),
        to: nodes(2, 3),
      }),
    });
  });

  test.each([
    ['leader', { type: 'leads', among: null }],
    ['leader among majority', { type: 'leads', among: nodes('majority') }],
    ['not leader', { type: 'not', condition: { type: 'leads', among: null } }],
    ['leader is down', { type: 'is', nodes: nodes('leader'), role: 'down' }],
    ['2 3 are follower', { type: 'is', nodes: nodes(2, 3), role: 'follower' }],
    ['old follows leader', { type: 'follows', nodes: nodes('old'), leader: nodes('leader') }],
    ['1 has votedFor n3', { type: 'has', nodes: nodes(1), field: 'votedFor', value: 'n3' }],
    ['1 has leader none', { type: 'has', nodes: nodes(1), field: 'leader', value: null }],
    ['all have reign 2', { type: 'has', nodes: nodes('all'), field: 'reign', value: 2 }],
    ['/x = "a b"', { type: 'holds', path: '/x', value: 'a b', version: null, nodes: null }],
    ['/x = 1 version 2 at 3', { type: 'holds', path: '/x', value: 1, version: 2, nodes: nodes(3) }],
    ['/x is absent at up', { type: 'lacks', path: '/x', nodes: nodes('up') }],
    ['same log at 1 2', { type: 'same', what: 'log', nodes: nodes(1, 2) }],
    ['wish answered', { type: 'answered', request: 'wish', expected: null }],
    [
      'wish answered version 3',
      { type: 'answered', request: 'wish', expected: { kind: 'version', version: 3 } },
    ],
    ['wish answered null', { type: 'answered', request: 'wish', expected: { kind: 'value', value: null } }],
    ['wish refused', { type: 'refused', request: 'wish' }],
  ])('expects: %s', (condition, parsed) => {
    expect(parseStep(`expect ${condition}`)).toEqual({ type: 'expect', condition: parsed });
  });
});

describe('a line that is wrong is told with its place, and what to write instead', () => {
  test.each([
    ['explode leader', 1, 'there is no command explode: write cluster, call, run'],
    ['quietly', 8, 'write a command here'],
    ['crash', 6, 'write nodes here'],
    ['crash Leader', 7, 'write nodes: numbers from 1 to 9, leader, follower'],
    ['crash 12', 7, 'write nodes: numbers from 1 to 9'],
    ['crash leader keeping none writes', 22, 'a whole number from 1 to 1000, instead of none'],
    ['crash leader loudly!', 14, 'the command is complete before loudly!'],
    ['cluster 12 raft', 9, 'how many nodes, a whole number from 1 to 9, instead of 12'],
    ['cluster 3 raft {"preVote": fals}', 16, 'is no JSON: write a number, "text", true'],
    ['cluster 3 raft {"preVote": [1}', 16, 'this JSON does not end: close it with ]'],
    ['put /x "abc at 2', 8, 'this text has no closing quote'],
    ['put x 1 at 2', 5, 'write a path such as /x or /class/a instead of x'],
    ['put /x 1', 9, 'write at here'],
    ['put /x 1 at 2 as leader', 18, 'leader has a meaning of its own: take another name'],
    ['put /x 1 at 2 as W', 18, "W can't be a name: take 2 to 20 small letters"],
    ['run quickly', 5, 'write a time such as 200ms or 1.5s, up to an hour, instead of quickly'],
    ['run 0ms', 5, 'write a time'],
    ['run 2h', 5, 'write a time'],
    ['run until leader 99', 18, 'write is or are or follows or follow or has or have instead of 99'],
    ['cut 1 2', 8, 'write -> or <-> here'],
    ['hold first messages', 6, 'write messages, or kinds such as AppendEntries, instead of first'],
    ['deliver appendEntries', 9, 'write messages, or kinds such as AppendEntries, instead of appendEntries'],
    ['slow disk at 3', 15, 'write to here'],
    ['expect /x 1', 11, 'write = or is instead of 1'],
    ['expect same vote', 13, 'write log or store instead of vote'],
  ])('%s', (source, column, why) => {
    const error = errorOf(source);
    expect(error).toMatchObject({ line: 7, column });
    expect(error.message).toContain(why);
  });
});
