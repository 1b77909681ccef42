import type { Mutant, MutantList } from '../mutant.js';

const folder = 'broadcast/reliable';
const delivery = `${folder}/delivery`;
const links = `${folder}/links`;

/** What is said, and what is on disk by then. */
const durability: readonly Mutant[] = [
  {
    name: 'send-before-durable',
    breaks: 'A broadcast is on disk before anybody hears of it.',
    edits: [
      {
        file: links,
        find: 'peer.cursor < state.durableIndex',
        replace: 'peer.cursor < state.offset + state.entries.length',
      },
    ],
    nodes: 3,
    seedsMax: 20,
    foundBy: ['promise-needs-disk'],
  },
  {
    name: 'acknowledge-before-durable',
    breaks: 'Only what is on disk is acknowledged: others stop to send it, and count on it.',
    edits: [
      {
        file: `${folder}/store`,
        find: 'origin.writing.push(message.sequence);',
        replace: 'add(origin.have, message.sequence);',
      },
    ],
    nodes: 3,
    seedsMax: 20,
    foundBy: ['promise-needs-disk'],
  },
  {
    name: 'indicate-before-durable',
    breaks: 'A uniform delivery is written down before it is indicated (algorithm 3.8, logged delivery).',
    edits: [
      {
        file: delivery,
        find: "append(step, { kind: 'delivered', origin: name, sequence });",
        replace:
          "append(step, { kind: 'delivered', origin: name, sequence }); deliver(step, origin, origin.messages[sequence]);",
      },
    ],
    nodes: 3,
    seedsMax: 20,
    foundBy: ['delivery-needs-disk'],
  },
  {
    name: 'forget-deliveries-on-restart',
    breaks: 'What was delivered before a crash is not delivered again after it (no duplication).',
    edits: [
      {
        file: `${folder}/reliable`,
        find: 'recover(state, event.disk); return onStart(step);',
        replace: `recover(state, event.disk); onStart(step);
          if (state.options.uniform) for (const { delivered } of Object.values(state.origins)) { delivered.upTo = 0; delivered.ahead = []; }
          return;`,
      },
    ],
    nodes: 3,
    seedsMax: 20,
    foundBy: ['no-duplication'],
  },
  {
    name: 'keep-the-incarnation',
    breaks: 'A restarted origin has a higher incarnation.',
    edits: [
      {
        file: `${folder}/reliable`,
        find: 'state.incarnation += 1;',
        replace: 'state.incarnation = Math.max(1, state.incarnation);',
      },
    ],
    nodes: 3,
    seedsMax: 20,
    foundBy: ['new-incarnation'],
  },
  {
    name: 'count-anew-on-restart',
    breaks: 'A restarted origin goes on with the number after its last broadcast on disk.',
    edits: [
      {
        file: `${folder}/recovery`,
        find: 'state.lastSequence = own.have.upTo;',
        replace: 'state.lastSequence = 0;',
      },
    ],
    nodes: 3,
    seedsMax: 20,
    foundBy: ['agreement', 'uniform-agreement', 'validity', 'fifo-order', 'own-code', 'progress'],
  },
];

/** Who is responsible for what, and until when. */
const relaying: readonly Mutant[] = [
  {
    name: 'relay-nothing',
    breaks: 'Whoever has a message of one that may have crashed relays it (algorithm 3.2).',
    edits: [
      {
        file: links,
        find: 'origin === state.self || isSuspected(state, origin)',
        replace: 'origin === state.self',
      },
    ],
    nodes: 5,
    seedsMax: 200,
    foundBy: ['agreement', 'uniform-agreement'],
  },
  {
    name: 'send-only-once',
    breaks: 'What was not acknowledged in time is sent again (algorithm 2.1).',
    edits: [{ file: links, find: 'now - sent.sentAtMs < waitMs', replace: 'now >= 0' }],
    nodes: 3,
    seedsMax: 20,
    foundBy: ['agreement', 'uniform-agreement', 'validity', 'progress'],
  },
  {
    name: 'leave-digests-unanswered',
    breaks: 'Whoever asks what a node has is told.',
    edits: [
      {
        file: `${folder}/anti-entropy`,
        find: 'if (asks) sendDigest(step, from, false);',
        replace: '',
      },
    ],
    nodes: 3,
    seedsMax: 100,
    foundBy: ['agreement', 'uniform-agreement', 'validity', 'progress'],
  },
  {
    name: 'hide-what-was-dropped',
    breaks: 'Whoever waits for what this node has dropped is told that it will not come.',
    edits: [
      {
        file: `${folder}/anti-entropy`,
        find: "if (holdings.length > 0) send(step, to, { type: 'dropped', holdings });",
        replace: '',
      },
    ],
    nodes: 3,
    seedsMax: 100,
    foundBy: ['agreement', 'uniform-agreement', 'validity', 'progress'],
  },
];

/** What is delivered, when, and how often. */
const deliveries: readonly Mutant[] = [
  {
    name: 'take-what-is-there-again',
    breaks: 'A message that comes again is acknowledged again, and not delivered again (no duplication).',
    edits: [
      {
        file: delivery,
        find: 'if (includes(origin.have, sequence) || origin.writing.includes(sequence)) return true;',
        replace: 'if (origin.writing.includes(sequence)) return true;',
      },
    ],
    nodes: 3,
    seedsMax: 20,
    foundBy: ['no-duplication'],
  },
  {
    name: 'deliver-without-a-majority',
    breaks: 'A uniform delivery waits until a majority has the message on disk (algorithm 3.5).',
    edits: [
      { file: delivery, find: 'holders.length >= majority(voters.length)', replace: 'holders.length >= 1' },
    ],
    nodes: 3,
    seedsMax: 20,
    foundBy: ['delivery-needs-majority'],
  },
  {
    name: 'count-one-vote-short',
    breaks: 'A majority is more than half of the voters (algorithm 3.5).',
    edits: [
      {
        file: delivery,
        find: 'holders.length >= majority(voters.length)',
        replace: 'holders.length >= majority(voters.length) - 1',
      },
    ],
    nodes: 5,
    seedsMax: 20,
    foundBy: ['delivery-needs-majority'],
  },
  {
    name: 'take-out-of-order',
    breaks: 'In FIFO order a message waits for those before it (algorithm 3.12).',
    edits: [
      { file: delivery, find: 'if (!state.options.fifo) {', replace: 'if (state.voters.length > 0) {' },
    ],
    nodes: 3,
    seedsMax: 20,
    foundBy: ['fifo-order'],
  },
  {
    name: 'drop-what-is-not-delivered',
    breaks: 'The store drops only what has been delivered.',
    edits: [
      {
        file: `${folder}/store`,
        find: 'if (index > state.durableIndex || !mayBeDropped(state, entryAt(state, index))) break;',
        replace: 'if (index > state.durableIndex) break;',
      },
    ],
    nodes: 3,
    seedsMax: 40,
    foundBy: ['own-code', 'uniform-agreement', 'validity'],
  },
];

/** Reliable broadcast's rules, each broken once. */
export const reliable: MutantList = {
  protocol: 'reliable',
  mutants: [...durability, ...relaying, ...deliveries],
};
