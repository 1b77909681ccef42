import { pbftNotesEn } from './pbft-notes.en.js';
import { type Data, list, type NameOf, namesIn, num, text } from './sentence.js';

/** `me` and what `name` answers are names already; `data` is the note's own. */
export type NoteSentence = (me: string, data: Data, name: NameOf) => string;
export type Notes = { readonly [code: string]: NoteSentence };

/** The node that a field names, or a dash. */
export function who(data: Data, key: string, name: NameOf): string {
  const value = data[key];
  return typeof value === 'string' ? name(value) : '–';
}

const namesMost = 4;

/** `Ada, Jun and Minji`; beyond a few names their number. */
export function and(names: readonly string[]): string {
  if (names.length > namesMost) return `${names.length} nodes`;
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}

const entries = (first: number, last: number): string =>
  first === last ? `entry ${num(last)}` : `entries ${num(first)} to ${num(last)}`;

const broadcasts = (first: number, last: number): string =>
  first === last ? `broadcast ${num(last)}` : `broadcasts ${num(first)} to ${num(last)}`;

/** Why a vote is refused to `to`. */
const because: { readonly [reason: string]: (to: string) => string } = {
  'older-term': (to) => `${to} is in an older term`,
  'already-voted': () => 'the vote of this term is given already',
  'leader-heard': () => 'a leader was heard just now',
  'log-older': (to) => `the log of ${to} ends in an older term`,
  'log-shorter': (to) => `the log of ${to} is shorter`,
};

function refusal(d: Data, name: NameOf): string {
  return because[text(d, 'reason')]?.(who(d, 'to', name)) ?? text(d, 'reason');
}

/** Who says it: `me`, or all whom one sentence is about. */
export function sayers(me: string, d: Data, name: NameOf): readonly string[] {
  const names = namesIn(d, 'nodes', name);
  return names.length > 1 ? names : [me];
}

const steppedDown: { readonly [reason: string]: string } = {
  'higher-term': 'it saw a higher term',
  'no-quorum': 'a majority has been silent',
  'clock-jumped': 'its clock jumped, so another may lead by now',
  removed: 'it is no longer a voter',
};

const roles: { readonly [role: string]: string } = {
  leader: 'leading',
  candidate: 'asking for votes',
  'pre-candidate': 'asking for pre-votes',
};

const reason = (table: { readonly [reason: string]: string }, d: Data): string =>
  table[text(d, 'reason')] ?? text(d, 'reason');

/** Why a neighbour is none any more. */
const neighbourDown: { readonly [why: string]: string } = {
  failed: 'there is no word from it',
  disconnected: 'the other one said so',
  dropped: 'another one needed the room',
};

/** Sentences for the notes of the protocols; a code that is missing here is shown as it is. */
export const notesEn = {
  committed: (me, d, name) =>
    `${me} committed ${list(d, 'first', 'last', entries)}: ${and(namesIn(d, 'holders', name))} have it on disk.`,
  'vote-granted': (me, d, name) =>
    `${and(sayers(me, d, name))} voted for ${who(d, 'to', name)} in term ${text(d, 'term')}.`,
  'vote-refused': (me, d, name) =>
    `${and(sayers(me, d, name))} did not vote for ${who(d, 'to', name)}: ${refusal(d, name)}.`,
  'pre-vote-granted': (me, d, name) =>
    `${and(sayers(me, d, name))} would vote for ${who(d, 'to', name)} in term ${text(d, 'term')}.`,
  'pre-vote-refused': (me, d, name) =>
    `${and(sayers(me, d, name))} would not vote for ${who(d, 'to', name)}: ${refusal(d, name)}.`,
  'pre-vote-not-won': (me, d) =>
    `${me} found no majority for an election, ${text(d, 'yes')} for and ${text(d, 'no')} against, so it stays in term ${text(d, 'term')}.`,
  'election-not-won': (me, d) =>
    `${me} did not win term ${text(d, 'term')}: ${text(d, 'yes')} for, ${text(d, 'no')} against.`,
  'stepped-down': (me, d) =>
    `${me} stopped ${roles[text(d, 'was')] ?? text(d, 'was')}: ${reason(steppedDown, d)}.`,
  'term-raised': (me, d, name) => `${me} moved to term ${text(d, 'term')}, told by ${who(d, 'from', name)}.`,
  'second-leader': (me, d, name) =>
    `${who(d, 'from', name)} claims to lead term ${text(d, 'term')}, which ${me} leads.`,
  'log-truncated': (me, d) =>
    `${me} cut ${list(d, 'from', 'to', entries)} from its log: the leader has others there.`,
  'append-rejected': (me, d, name) =>
    `${who(d, 'from', name)} lacks entry ${text(d, 'prevLogIndex')}, so ${me} goes back to ${text(d, 'nextIndex')}.`,
  'snapshot-sent': (me, d, name) =>
    `${who(d, 'to', name)} needs entry ${text(d, 'nextIndex')}, which the log of ${me} no longer has: it gets the snapshot.`,
  'learners-added': (me, d, name) =>
    `${me} lets ${and(namesIn(d, 'learners', name))} catch up first, without a vote.`,
  'learner-caught-up': (me, d, name) =>
    `${who(d, 'node', name)} has caught up with the log of ${me} and may vote next.`,
  'learner-too-slow': (me, d, name) =>
    `${me} waits no longer for ${and(namesIn(d, 'nodes', name))} to catch up: the voters stay as they are.`,
  'joint-entered': (me, d, name) =>
    `${me} begins to change the voters: for now it takes a majority of ${and(namesIn(d, 'voters', name))} and one of ${and(namesIn(d, 'incoming', name))}.`,
  'configuration-entered': (me, d, name) =>
    `${me} ends the change: from now on ${and(namesIn(d, 'voters', name))} vote.`,
  'configuration-rolled-back': (me, d, name) =>
    `${me} cut a change of voters from its log: ${and(namesIn(d, 'voters', name))} vote as before.`,
  'transfer-began': (me, d, name) =>
    `${me} hands over to ${who(d, 'to', name)} and takes no more commands meanwhile.`,
  'transfer-given-up': (me, d, name) =>
    `${who(d, 'to', name)} did not take over in time: ${me} goes on leading.`,
  'timeout-now': (me, d, name) =>
    `${who(d, 'from', name)} asked ${me} to lead: it starts an election at once.`,
  'snapshot-stale': (me, d, name) => `${me} knew all of the snapshot from ${who(d, 'from', name)}.`,
  'broadcast-given-up': (me, d, name) =>
    `${me} gave up broadcast ${text(d, 'sequence')} for ${who(d, 'to', name)}, who has not acknowledged it: too many wait.`,
  'relays-for-suspected': (me, d, name) =>
    `${who(d, 'origin', name)} may have crashed: its broadcasts are passed on by ${and(sayers(me, d, name))}.`,
  'broadcast-missed': (me, d, name) =>
    `${me} will never have ${list(d, 'first', 'last', broadcasts)} of ${who(d, 'origin', name)}: others have dropped them from their full stores.`,
  'node-suspected': (me, d, name) =>
    d['hearsay'] === true
      ? `${who(d, 'node', name)} is suspected by ${and(sayers(me, d, name))}: others hear nothing of it.`
      : `${who(d, 'node', name)} is suspected by ${and(sayers(me, d, name))}: it has been silent too long, and nobody reaches it.`,
  'node-trusted': (me, d, name) => `${who(d, 'node', name)} is trusted again by ${and(sayers(me, d, name))}.`,
  'node-confirmed': (me, d, name) =>
    `${who(d, 'node', name)} is taken for gone by ${and(sayers(me, d, name))}: the suspicion was not refuted in time.`,
  'accusation-refuted': (me, d) =>
    `${me} was suspected and lives: it says so in incarnation ${text(d, 'incarnation')}.`,
  'neighbour-down': (me, d, name) =>
    `${me} and ${who(d, 'node', name)} are neighbours no longer: ${neighbourDown[text(d, 'why')] ?? text(d, 'why')}.`,
  'candidate-failed': (me, d, name) =>
    `${me} could not make ${who(d, 'node', name)} a neighbour: there was no answer.`,
  graft: (me, d, name) =>
    `${me} heard of broadcast ${text(d, 'sequence')} of ${who(d, 'origin', name)} and did not get it, so it asks ${who(d, 'to', name)} for it.`,
  'message-given-up': (me, d, name) =>
    `${me} has nobody left to ask for broadcast ${text(d, 'sequence')} of ${who(d, 'origin', name)}, until it compares with a neighbour.`,
  'tree-optimized': (me, d, name) =>
    `${me} takes broadcasts from ${who(d, 'to', name)} instead of ${who(d, 'from', name)}: that is ${text(d, 'fewer')} hops shorter.`,
  'gap-given-up': (me, d, name) =>
    `${me} waits no longer for ${list(d, 'from', 'to', broadcasts)} of ${who(d, 'origin', name)}.`,
  'origin-refused': (me, d, name) =>
    `${me} does not take broadcasts of ${who(d, 'origin', name)}: it knows too many origins.`,
  ...pbftNotesEn,
} as const satisfies Notes;

/** One sentence for each code, in every language. */
export type NoteTable = { readonly [Code in keyof typeof notesEn]: NoteSentence };
