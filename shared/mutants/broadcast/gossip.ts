import type { Mutant, MutantList } from '../mutant.js';

const folder = 'broadcast/gossip';
const neighbours = `${folder}/hyparview/neighbours`;
const views = `${folder}/hyparview/views`;
const receive = `${folder}/receipt/receive`;
const origin = `${folder}/receipt/origin`;

const messages: readonly Mutant[] = [
  {
    name: 'forget-what-was-received',
    breaks: 'A message that was received is not delivered again (Plumtree, Algorithm 1).',
    edits: [
      {
        file: `${folder}/receipt/streams`,
        find: 'return stream !== null && contains(stream.ranges, id.sequence);',
        replace: 'return stream === null && contains([], id.sequence);',
      },
    ],
    nodes: 3,
    seedsMax: 20,
    foundBy: ['no-duplication', 'own-code'],
  },
  {
    name: 'keep-own-broadcasts-from-oneself',
    breaks: 'Who broadcasts a message delivers it, too (Plumtree, Algorithm 1).',
    edits: [
      {
        file: receive,
        find: 'if (!options.fifo) deliver(step, message);',
        replace: 'if (!options.fifo) { if (message.origin !== step.state.self) deliver(step, message); }',
      },
    ],
    nodes: 3,
    seedsMax: 20,
    foundBy: ['validity'],
  },
  {
    name: 'use-the-incarnation-before-durable',
    breaks: 'An incarnation is on disk before a broadcast has its name.',
    edits: [
      {
        file: origin,
        find: 'origin.claimed = readIncarnation(disk) + 1;',
        replace: 'origin.claimed = readIncarnation(disk) + 1; origin.incarnation = origin.claimed;',
      },
    ],
    nodes: 3,
    seedsMax: 20,
    foundBy: ['durable-incarnation'],
  },
  {
    name: 'keep-the-incarnation',
    breaks: 'A restarted origin has a higher incarnation, or its names come twice.',
    edits: [
      {
        file: origin,
        find: 'origin.claimed = readIncarnation(disk) + 1;',
        replace: 'origin.claimed = Math.max(1, readIncarnation(disk));',
      },
    ],
    nodes: 3,
    seedsMax: 20,
    foundBy: ['new-incarnation', 'integrity'],
  },
  {
    name: 'deliver-as-it-comes',
    breaks: 'With fifo a message waits for those that its sender broadcast before.',
    edits: [{ file: receive, find: 'if (!options.fifo) deliver', replace: 'if (true) deliver' }],
    nodes: 3,
    seedsMax: 20,
    foundBy: ['fifo'],
  },
  {
    name: 'keep-everything',
    breaks: 'The store of messages is bounded: the oldest go.',
    edits: [
      {
        file: `${folder}/receipt/store`,
        find: 'while (receipt.order.length > options.storedMessagesMax ||',
        replace: 'while (',
      },
    ],
    nodes: 3,
    seedsMax: 20,
    foundBy: ['stores-bounded'],
  },
  {
    name: 'repair-nothing',
    breaks: 'What a digest shows the other to have missed is sent (anti-entropy).',
    edits: [
      {
        file: `${folder}/plumtree/anti-entropy`,
        find: 'if (missed.length > 0) send',
        replace: 'if (missed.length < 0) send',
      },
    ],
    nodes: 5,
    seedsMax: 20,
    foundBy: ['agreement'],
  },
];

const overlay: readonly Mutant[] = [
  {
    name: 'grow-the-active-view',
    breaks: 'A full active view drops a neighbour before it takes another (HyParView, Algorithm 1).',
    edits: [
      {
        file: views,
        find: 'if (membership.active.length >= options.activeViewMax) dropRandom(step);',
        replace: '',
      },
    ],
    nodes: 9,
    seedsMax: 20,
    foundBy: ['views-capped'],
  },
  {
    name: 'keep-a-neighbour-in-the-passive-view',
    breaks: 'Active and passive view are disjoint (HyParView).',
    edits: [{ file: views, find: 'remove(membership.passive, node); // A peer', replace: '// A peer' }],
    nodes: 3,
    seedsMax: 20,
    foundBy: ['views-disjoint'],
  },
  {
    name: 'keep-lazy-links-of-who-has-gone',
    breaks: 'Who has gone is neither an eager nor a lazy peer (Plumtree, Algorithm 3).',
    edits: [
      {
        file: `${folder}/plumtree/links`,
        find: 'remove(tree.eager, node) || remove(tree.lazy, node);',
        replace: 'remove(tree.eager, node) || tree.lazy.includes(node);',
      },
    ],
    nodes: 5,
    seedsMax: 20,
    foundBy: ['tree-on-active-view', 'own-code'],
  },
  {
    name: 'never-compare-views',
    breaks:
      'Neighbours tell each other that they are, and who is none any more is told so (symmetric active views).',
    edits: [
      {
        file: neighbours,
        find: "else send(step, from, { type: 'disconnect' });",
        replace: '',
      },
      {
        file: `${folder}/hyparview/keepalives`,
        find: 'step.now - heardAt > silentMs',
        replace: 'step.now - heardAt > silentMs * 1000',
      },
    ],
    nodes: 9,
    seedsMax: 150,
    foundBy: ['symmetry'],
  },
  {
    name: 'look-for-nobody-who-was-lost',
    breaks:
      'Peers that failed are looked for: where a cut has healed, nothing else makes one overlay of two.',
    edits: [
      { file: `${folder}/hyparview/repair`, find: 'if (membership.probeIn > 0) return;', replace: 'return;' },
    ],
    nodes: 5,
    seedsMax: 150,
    foundBy: ['connectivity'],
  },
  {
    name: 'accept-nobody-by-low-priority',
    breaks: 'A view with room takes in who asks, whatever the priority (HyParView).',
    edits: [
      {
        file: neighbours,
        find: 'isActive(membership, from) || membership.active.length < options.activeViewMax;',
        replace: 'isActive(membership, from);',
      },
    ],
    nodes: 5,
    seedsMax: 150,
    foundBy: ['connectivity'],
  },
];

/** Gossip's rules, each broken once. */
export const gossip: MutantList = { protocol: 'gossip', mutants: [...messages, ...overlay] };
