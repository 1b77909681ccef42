import type { Mutant, MutantList } from '../mutant.js';

const server = 'broadcast/best-effort/best-effort';

const mutants: readonly Mutant[] = [
  {
    name: 'forget-what-was-delivered',
    breaks: 'What comes again is acknowledged again, and not delivered again (algorithm 2.2).',
    edits: [
      {
        file: server,
        find: 'if (!add(origin.received, sequence)) return;',
        replace: 'add(origin.received, sequence);',
      },
    ],
    nodes: 3,
    seedsMax: 20,
    foundBy: ['no-duplication'],
  },
  {
    name: 'send-only-once',
    breaks: 'What was not acknowledged in time is sent again (algorithm 2.1).',
    edits: [
      {
        file: server,
        find: 'if (sentAtMs === null || step.now - sentAtMs >= options.retransmitMs)',
        replace: 'if (sentAtMs === null)',
      },
    ],
    nodes: 3,
    seedsMax: 20,
    foundBy: ['validity'],
  },
  {
    name: 'keep-the-incarnation',
    breaks: 'A restarted origin has a higher incarnation, or its names come twice.',
    edits: [
      {
        file: server,
        find: 'state.incarnation = readIncarnation(event.disk) + 1;',
        replace: 'state.incarnation = Math.max(1, readIncarnation(event.disk));',
      },
    ],
    nodes: 3,
    seedsMax: 20,
    foundBy: ['new-incarnation', 'integrity'],
  },
  {
    name: 'use-the-incarnation-before-durable',
    breaks: 'An incarnation is on disk before a broadcast has its name.',
    edits: [
      {
        file: server,
        find: '} else if (state.isIncarnationDurable) {',
        replace: '} else if (state.incarnation > 0) {',
      },
    ],
    nodes: 3,
    seedsMax: 200,
    foundBy: ['new-incarnation', 'integrity'],
  },
  {
    name: 'take-earlier-ones-for-received',
    breaks: 'Only what is below the base that its sender tells comes no more.',
    edits: [
      {
        file: server,
        find: 'else advance(origin.received, base - 1);',
        replace: 'else advance(origin.received, sequence - 1);',
      },
    ],
    nodes: 3,
    seedsMax: 20,
    foundBy: ['validity'],
  },
  {
    name: 'owe-nothing-to-who-is-away',
    breaks: 'A link that ends and comes back loses nothing (module 2.3, reliable delivery).',
    edits: [
      {
        file: server,
        find: 'if (peer !== undefined) peer.isUp = false;',
        replace: 'if (peer !== undefined) { peer.isUp = false; peer.pending.splice(0); }',
      },
    ],
    nodes: 3,
    seedsMax: 20,
    foundBy: ['validity'],
  },
  {
    name: 'name-the-wrong-incarnation',
    breaks: 'A delivery has the name that its origin gave it.',
    edits: [
      {
        file: server,
        find: "output: { type: 'delivery', origin: from, incarnation, sequence, payload },",
        replace:
          "output: { type: 'delivery', origin: from, incarnation: incarnation + 1, sequence, payload },",
      },
    ],
    nodes: 3,
    seedsMax: 20,
    foundBy: ['integrity'],
  },
];

/** Best-effort broadcast's rules, and those of the links below it, each broken once. */
export const bestEffort: MutantList = { protocol: 'best-effort', mutants };
