import process from 'node:process';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { AnyProtocol } from '../../core/index.js';
import { findProtocol } from '../../registry.js';
import { formatScript, messages, nodes, type PlainStep, Player, type Step } from '../../scenario/index.js';
import { withProcess } from '../testing/index.js';
import { VirtualStage } from './virtual-stage.js';

const runs = process.env['QUORATE_FULL'] === '1' ? 3_000 : 40;
const voters = 5;

const options = fc.constantFrom(
  {},
  { snapshotEveryEntries: 2, snapshotTrailingEntries: 0, entriesPerMessageMax: 1 },
  { preVote: false, checkQuorum: false, snapshotEveryEntries: 3, snapshotTrailingEntries: 1 },
  { preVote: false, entriesPerMessageMax: 1, inflightMessagesMax: 1, commitNoticeMs: 0 },
);
const cluster: fc.Arbitrary<Step> = fc
  .record({ seed: fc.nat({ max: 1_000 }), options })
  .map((drawn) => ({ type: 'cluster', nodes: voters, protocol: 'raft', ...drawn }));

const one = fc.integer({ min: 1, max: voters }).map((number) => nodes(number));
const kinds = fc.constantFrom(
  [],
  ['AppendEntries'],
  ['AppendEntriesResponse'],
  ['RequestVote'],
  ['RequestVoteResponse'],
  ['SnapshotChunk'],
);
const selection = fc
  .tuple(kinds, fc.constantFrom('from', 'to', null), one)
  .map(([kind, side, node]) => messages(kind, side === null ? {} : { [side]: node }));
const type = <T extends string>(...types: T[]) => fc.constantFrom(...types);

/** What somebody with the cluster's controls in hand may think of. */
const move: fc.Arbitrary<PlainStep> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      type: type('run'),
      forMs: fc.constantFrom(1, 2, 5, 20, 60, 400),
      while: fc.constant(null),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      type: type('request'),
      command: fc.record({ op: type('put'), path: fc.constant('/x'), value: fc.nat({ max: 3 }) }),
      at: one,
      name: fc.constant(null),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ type: type('fire'), timer: type('election', 'heartbeat'), nodes: one }),
  },
  { weight: 4, arbitrary: fc.record({ type: type('restart'), nodes: one }) },
  {
    weight: 3,
    arbitrary: fc.record({ type: type('crash'), nodes: one, survivingWrites: fc.nat({ max: 1 }) }),
  },
  { weight: 5, arbitrary: fc.record({ type: type('hold', 'release'), messages: selection }) },
  {
    weight: 6,
    arbitrary: fc.record({ type: type('deliver', 'copy', 'drop'), first: fc.boolean(), messages: selection }),
  },
  { weight: 2, arbitrary: fc.record({ type: type('isolate', 'failWrite'), nodes: one }) },
  { weight: 2, arbitrary: fc.constant({ type: 'heal' }) },
  {
    weight: 2,
    arbitrary: fc.record({ type: type('slowDisk'), nodes: one, writeMs: fc.constantFrom(1, 30) }),
  },
);

const lead: PlainStep = { type: 'run', forMs: 300, while: null };
/** All faults end, a write that was still to fail among them; then all stores become equal. */
const healing: readonly PlainStep[] = [
  { type: 'heal' },
  { type: 'release', messages: messages() },
  { type: 'restart', nodes: nodes('down') },
  { type: 'run', forMs: 3_000, while: null },
  { type: 'restart', nodes: nodes('down') },
  { type: 'runUntil', condition: { type: 'same', what: 'store', nodes: nodes('all') }, withinMs: 30_000 },
];
const scenario = fc
  .tuple(cluster, fc.array(move, { minLength: 15, maxLength: 60 }))
  .map(([first, moves]) => [first, lead, ...moves, ...healing]);

/** Plays what can be done of it, and leaves out the rest. Answers with the rule that fell, as a scenario to keep; or null. */
async function findFall(steps: readonly Step[], protocol: AnyProtocol): Promise<string | null> {
  const stage = new VirtualStage(() => protocol);
  const player = new Player(stage);
  const done: Step[] = [];
  for (const [at, step] of steps.entries()) {
    const { why } = await player.take(step, at);
    if (why === null || stage.fall !== null || step.type === 'runUntil') done.push(step);
    if (stage.fall !== null || (why !== null && step.type === 'runUntil'))
      return `${why}\n${formatScript(done)}`;
  }
  return null;
}

function known(): AnyProtocol {
  const raft = findProtocol('raft');
  if (raft === null) throw new Error('there is no raft');
  return raft;
}

describe('whatever somebody does to a cluster', () => {
  test('no rule falls, and when it is let alone all stores become equal', async () => {
    const property = fc.asyncProperty(scenario, async (steps) => {
      expect(await findFall(steps, known())).toBeNull();
    });
    await fc.assert(property, { numRuns: runs, seed: 20 });
  });

  test('a broken rule is found, and told as a scenario that repeats it', async () => {
    const protocol = withProcess(known(), 'server', (server) => ({
      // Terms and votes never reach the disk.
      step: (state, event) =>
        server.step(state, event).map((effect) => {
          if (effect.type !== 'persist' || !effect.ops.some(({ kind }) => kind === 'set')) return effect;
          return { ...effect, ops: effect.ops.filter(({ kind }) => kind !== 'set') };
        }),
    }));
    const property = fc.asyncProperty(scenario, async (steps) => (await findFall(steps, protocol)) === null);
    const { failed, counterexample } = await fc.check(property, { numRuns: 20, seed: 20 });
    expect(failed).toBe(true);
    const [steps = []] = counterexample ?? [];
    expect(await findFall(steps, protocol)).toMatch(/^promise-needs-disk fell at n\d: .*\ncluster 5 raft/s);
  });
});
