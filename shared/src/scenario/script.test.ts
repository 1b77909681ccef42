import { describe, expect, test } from 'vitest';
import { describeDifference, formatScript, parseScript, rewriteScript, scriptLinesMax } from './script.js';
import { nodes } from './steps.js';
import { ScenarioError } from './words.js';

const source = `# A story.
cluster 3 raft
| 0ms n1 n2 n3: is follower, reign 0

crash leader   # poor thing
| old line
# The end.
heal
`;

const played = {
  transcripts: [['0ms n1 n2 n3: is follower, reign 0'], ['1ms n2: is follower, reign 1', '2ms n3: new'], []],
  failure: null,
};

describe("a scenario's file", () => {
  test('is commands, each with the transcript below it', () => {
    expect(parseScript(source)).toEqual([
      expect.objectContaining({ line: 2, expected: ['0ms n1 n2 n3: is follower, reign 0'] }),
      expect.objectContaining({
        line: 5,
        step: expect.objectContaining({ type: 'crash' }),
        expected: ['old line'],
      }),
      { line: 8, step: { type: 'heal' }, expected: [] },
    ]);
  });

  test('gets a new transcript; comments, blank lines and commands stay as they are', () => {
    expect(rewriteScript(source, played)).toBe(`# A story.
cluster 3 raft
| 0ms n1 n2 n3: is follower, reign 0

crash leader   # poor thing
| 1ms n2: is follower, reign 1
| 2ms n3: new
# The end.
heal
`);
  });

  test('is as written once it was rewritten', () => {
    const rewritten = rewriteScript(source, played);
    expect(rewriteScript(rewritten, played)).toBe(rewritten);
    expect(describeDifference(parseScript(rewritten), played)).toBeNull();
  });

  test('can be made of steps', () => {
    const steps = [
      { type: 'cluster', nodes: 3, protocol: 'raft', seed: 1, options: {} },
      { type: 'crash', nodes: nodes('leader'), survivingWrites: 0 },
    ] as const;
    expect(formatScript(steps)).toBe('cluster 3 raft\ncrash leader\n');
    expect(parseScript(formatScript(steps)).map(({ step }) => step)).toEqual(steps);
  });

  test.each([
    ['a transcript above all commands', '| early\ncluster 3 raft', 1, 'take out what begins with |'],
    ['a command that is wrong', 'cluster 3 raft\n\nexplode', 3, 'there is no command explode'],
    ['no cluster first', '# Hm.\nheal', 2, 'begin with a cluster'],
    ['nothing at all', '', 1, 'begin with a cluster'],
    ['too many lines', '\n'.repeat(scriptLinesMax), scriptLinesMax + 1, 'tell two stories'],
  ])('is refused for %s, with the line', (_what, text, line, why) => {
    let error: unknown;
    try {
      parseScript(text);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(ScenarioError);
    expect(error).toMatchObject({ line, why: expect.stringContaining(why) });
  });
});

describe('a difference', () => {
  test('is shown below its command: what was expected, what came instead, what stands around it', () => {
    const script = parseScript('cluster 3 raft\n| one\n| two\n| three');
    const transcripts = [['one', 'zwei', 'three']];
    expect(describeDifference(script, { transcripts, failure: null })).toBe(
      'line 1: cluster 3 raft\n  | one\n- | two\n+ | zwei\n  | three',
    );
  });

  test('is a transcript that is missing, or one too many', () => {
    const script = parseScript('cluster 3 raft\nheal\n| gone');
    expect(describeDifference(script, { transcripts: [['new'], []], failure: null })).toBe(
      'line 1: cluster 3 raft\n+ | new\nline 2: heal\n- | gone',
    );
  });

  test('ends with why the scenario failed, and says nothing of the steps that were not taken', () => {
    const script = parseScript('cluster 3 raft\nexpect leader\nheal\n| not there yet');
    const failure = { step: 1, why: 'expected leader, but nobody leads' };
    expect(describeDifference(script, { transcripts: [[], []], failure })).toBe(
      'line 2: expect leader\n  failed: expected leader, but nobody leads',
    );
  });
});
