import type { Mutant } from '../mutant.js';

const configuration = 'consensus/raft/configuration';
const history = 'consensus/raft/configuration-history';
const membershipFile = 'consensus/raft/membership';

/** Section 6, dissertation chapter 4: changes of voters. */
export const membership: readonly Mutant[] = [
  {
    name: 'count-a-learner',
    breaks: 'A learner counts for no majority (dissertation 4.2.1).',
    edits: [
      {
        file: configuration,
        find: 'const reached = reachedByMajority(voters, value);',
        replace: 'const reached = reachedByMajority([...voters, ...arguments[0].learners], value);',
      },
    ],
    nodes: 5,
    seedsMax: 60,
    foundBy: ['commit-needs-quorum'],
  },
  {
    name: 'joint-commits-by-the-new-alone',
    breaks: 'During joint consensus agreement takes a majority of the old configuration too (6).',
    edits: [
      {
        file: configuration,
        find: 'Math.min(reached, reachedByMajority(incoming, value))',
        replace: 'reachedByMajority(incoming, value)',
      },
    ],
    nodes: 5,
    seedsMax: 20,
    foundBy: ['commit-needs-quorum'],
  },
  {
    name: 'joint-elects-by-the-new-alone',
    breaks: 'During joint consensus an election takes a majority of the old configuration too (6).',
    edits: [
      {
        file: configuration,
        find: 'return isMajority(voters, holds) && (incoming === null || isMajority(incoming, holds));',
        replace: 'return isMajority(incoming ?? voters, holds);',
      },
    ],
    nodes: 5,
    seedsMax: 290,
    foundBy: ['election-needs-quorum'],
  },
  {
    name: 'joint-elects-by-the-old-alone',
    breaks: 'During joint consensus an election takes a majority of the new configuration too (6).',
    edits: [
      {
        file: configuration,
        find: 'return isMajority(voters, holds) && (incoming === null || isMajority(incoming, holds));',
        replace: 'return isMajority(voters, holds);',
      },
    ],
    nodes: 5,
    seedsMax: 130,
    foundBy: ['election-needs-quorum'],
  },
  {
    name: 'leave-joint-before-it-is-committed',
    breaks: 'A leader enters C_new once C_old,new is committed, and no change before the last one is (6).',
    edits: [
      {
        file: membershipFile,
        find: 'if (leader.transfer !== null || latestConfiguration(state).index > commitIndex) return;',
        replace: 'if (leader.transfer !== null) return;',
      },
    ],
    nodes: 3,
    seedsMax: 40,
    foundBy: ['one-change-at-a-time'],
  },
  {
    name: 'skip-joint-consensus',
    breaks: 'Voters change by way of a configuration that needs majorities of both (6).',
    edits: [
      {
        file: membershipFile,
        find: 'enter(step, leader, { voters, incoming: target, learners: [] });',
        replace: 'enter(step, leader, { voters: target, incoming: null, learners: [] });',
      },
    ],
    nodes: 3,
    seedsMax: 20,
    foundBy: ['joint-first'],
  },
  {
    name: 'change-before-own-commit',
    breaks:
      'A leader changes the configuration only once an entry of its own term is committed (the flaw of 2015 in single-server changes; dissertation 4.1).',
    edits: [
      {
        file: membershipFile,
        find: 'if (logs.termAt(log, commitIndex) !== currentTerm) return;',
        replace: '',
      },
    ],
    nodes: 3,
    seedsMax: 100,
    foundBy: ['change-needs-own-commit'],
  },
  {
    name: 'configuration-in-force-when-committed',
    breaks: 'A server goes by the newest configuration of its log, committed or not (6).',
    edits: [
      { file: history, find: 'state.configuration = configuration;', replace: '' },
      {
        file: 'consensus/raft/step',
        find: 'const entry = logs.entryAt(state.log, index);',
        replace:
          "const entry = logs.entryAt(state.log, index); if (entry.kind === 'configuration') state.configuration = entry.configuration;",
      },
    ],
    nodes: 3,
    seedsMax: 20,
    foundBy: ['configuration-in-force'],
  },
  {
    name: 'keep-a-cut-configuration',
    breaks: 'An entry that is cut off takes its configuration with it (6).',
    edits: [
      {
        file: history,
        find: 'while (configurations.length > 1 && latestOf(configurations).index >= index) configurations.pop();',
        replace: '',
      },
    ],
    nodes: 5,
    seedsMax: 400,
    foundBy: ['configuration-in-force'],
  },
];
