import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatStep } from './format.js';
import { parseStep } from './parse-step.js';
import {
  type Condition,
  type ExpectedAnswer,
  type Nodes,
  type PlainStep,
  roleWords,
  type Selection,
  type Step,
  type Target,
} from './steps.js';

const name = fc.constantFrom('old', 'new-one', 'boss');
const target: fc.Arbitrary<Target> = fc.oneof(
  fc.record({ kind: fc.constant('node' as const), number: fc.integer({ min: 1, max: 9 }) }),
  fc.record({ kind: fc.constant('role' as const), role: fc.constantFrom(...roleWords) }),
  fc.record({ kind: fc.constant('name' as const), name }),
);
const nodes: fc.Arbitrary<Nodes> = fc.record({
  of: fc
    .tuple(target, fc.array(target, { maxLength: 2 }))
    .map(([first, others]) => [first, ...others] as const),
  but: fc.array(target, { maxLength: 2 }),
});
const somewhere = fc.option(nodes);
const kinds = fc.array(fc.constantFrom('AppendEntries', 'RequestVote', 'NEW-LEADER'), { maxLength: 2 });
const selection: fc.Arbitrary<Selection> = fc.record({
  kinds,
  from: somewhere,
  to: somewhere,
});
const path = fc.constantFrom('/x', '/class/a', '/ä.b_c-1');
const count = fc.integer({ min: 1, max: 1_000 });
/** As the store takes it. */
const json = fc
  .jsonValue({ maxDepth: 2 })
  .map((value) => JSON.parse(JSON.stringify(value)))
  .filter((value) => !JSON.stringify(value).includes('__proto__'));
const type = <T extends string>(...types: T[]) => fc.constantFrom(...types);

const plainCondition: fc.Arbitrary<Condition> = fc.oneof(
  fc.record({ type: type('leads'), among: somewhere }),
  fc.record({ type: type('is'), nodes, role: fc.constantFrom('leader', 'pre-candidate', 'down') }),
  fc.record({ type: type('follows'), nodes, leader: nodes }),
  fc.record({
    type: type('has'),
    nodes,
    field: fc.constantFrom('reign', 'votedFor'),
    value: fc.constantFrom(3, -1, 'n2', true, false, null),
  }),
  fc.record({ type: type('holds'), path, value: json, version: fc.option(count), nodes: somewhere }),
  fc.record({ type: type('lacks'), path, nodes: somewhere }),
  fc.record({
    type: type('same'),
    what: fc.constantFrom('log' as const, 'store' as const),
    nodes: somewhere,
  }),
  fc.record({
    type: type('answered'),
    request: name,
    expected: fc.option(
      fc.oneof<fc.Arbitrary<ExpectedAnswer>[]>(
        fc.record({ kind: type('value'), value: json }),
        fc.record({ kind: type('version'), version: count }),
      ),
    ),
  }),
  fc.record({ type: type('refused'), request: name }),
);
const condition = fc.oneof(plainCondition, fc.record({ type: type('not'), condition: plainCondition }));
const ifVersion = fc.oneof(fc.constant({}), fc.record({ ifVersion: count }));
const command = fc.oneof(
  fc
    .tuple(fc.record({ op: type('put'), path, value: json }), ifVersion)
    .map(([put, when]) => ({ ...put, ...when })),
  fc.tuple(fc.record({ op: type('delete'), path }), ifVersion).map(([del, when]) => ({ ...del, ...when })),
  fc.record({ op: type('cas'), path, from: json, to: json }),
  fc.record({ op: type('get'), path }),
  fc.record({ op: type('list'), path: fc.oneof(path, fc.constant('/')) }),
);

const plainStep: fc.Arbitrary<PlainStep> = fc.oneof(
  fc.record({
    type: type('cluster'),
    nodes: fc.integer({ min: 1, max: 9 }),
    protocol: fc.constantFrom('raft', 'multi-paxos'),
    seed: fc.nat(),
    options: fc.constantFrom({}, { preVote: false, text: 'a b' }),
  }),
  fc.record({ type: type('call'), node: nodes, name }),
  fc.record({ type: type('run'), forMs: count, while: fc.option(condition) }),
  fc.record({ type: type('runUntil'), condition, withinMs: count }),
  fc.record({ type: type('settle', 'heal') }),
  fc.record({ type: type('expect'), condition }),
  fc.record({ type: type('crash'), nodes, survivingWrites: fc.nat({ max: 3 }) }),
  fc.record({ type: type('restart', 'isolate', 'failWrite'), nodes }),
  fc.record({ type: type('cut'), from: nodes, to: nodes, bothWays: fc.boolean() }),
  fc
    .tuple(nodes, fc.array(nodes, { maxLength: 2 }))
    .map(([first, others]) => ({ type: 'partition', sides: [first, ...others] }) as const),
  fc.record({ type: type('hold', 'release'), messages: selection }),
  fc.record({ type: type('deliver', 'copy', 'drop'), first: fc.boolean(), messages: selection }),
  fc.record({ type: type('fire'), timer: fc.constant('election'), nodes }),
  fc.record({ type: type('slowDisk'), nodes, writeMs: count }),
  fc.record({ type: type('request'), command, at: nodes, name: fc.option(name) }),
  fc.record({ type: type('broadcast'), value: json, at: nodes, name: fc.option(name) }),
  fc.record({ type: type('show'), kinds }),
);
const step: fc.Arbitrary<Step> = fc.oneof(
  plainStep,
  plainStep.map((quiet) => ({ type: 'quietly' as const, step: quiet })),
);

test('every step is written as a command that is read as this very step', () => {
  fc.assert(
    fc.property(step, (built) => {
      expect(parseStep(formatStep(built))).toEqual(built);
    }),
    { numRuns: 1_000 },
  );
});
