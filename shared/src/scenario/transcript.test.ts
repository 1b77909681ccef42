import { describe, expect, test } from 'vitest';
import { linesPerStepMax, StepTranscript } from './transcript.js';

describe('the transcript of a step', () => {
  test('folds what several nodes say within a few ms, under the time of the first', () => {
    const transcript = new StepTranscript();
    transcript.add(10, 'n3', 'applies 1');
    transcript.add(11, 'n1', 'applies 1');
    transcript.add(90, 'n2', 'applies 1');
    expect(transcript.lines()).toEqual(['10ms n1 n3: applies 1', '90ms n2: applies 1']);
  });

  test('keeps what happens at one node in its order', () => {
    const transcript = new StepTranscript();
    transcript.add(10, 'n1', 'applies 1');
    transcript.add(10, 'n2', 'is leader, reign 1');
    transcript.add(11, 'n2', 'applies 1');
    expect(transcript.lines()).toEqual([
      '10ms n1: applies 1',
      '10ms n2: is leader, reign 1',
      '11ms n2: applies 1',
    ]);
  });

  test('tells a message once, with all whom it went to, or all from whom it came', () => {
    const transcript = new StepTranscript();
    for (const to of ['n2', 'n3', 'n2']) transcript.add(10, 'n1', 'RequestVote', to);
    for (const from of ['n3', 'n2']) transcript.add(12, from, 'RequestVoteResponse, yes', 'n1');
    transcript.add(90, 'n1', 'RequestVote', 'n2');
    expect(transcript.lines()).toEqual([
      '10ms n1 -> n2 n3: RequestVote',
      '12ms n2 n3 -> n1: RequestVoteResponse, yes',
    ]);
  });

  test('is never longer than somebody reads', () => {
    const transcript = new StepTranscript();
    for (let at = 0; at < linesPerStepMax + 3; at++) transcript.add(at, 'n1', `applies ${at}`);
    expect(transcript.lines()).toHaveLength(linesPerStepMax + 1);
    expect(transcript.lines().at(-1)).toBe('and 3 more');
  });
});
