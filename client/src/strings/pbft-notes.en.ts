import type { NameOf } from './sentence.js';
import { type Data, num, text } from './sentence.js';

type Sentence = (me: string, data: Data, name: NameOf) => string;

const whom = (d: Data, key: string, name: NameOf): string => {
  const value = d[key];
  return typeof value === 'string' ? name(value) : '–';
};

const leaves: { readonly [reason: string]: string } = {
  'request-not-executed': 'a request was not executed in time',
  'no-new-view': 'the view before did not begin in time',
  'others-left': 'enough others ask for one',
  'new-view-refused': 'its primary lied about the one before',
};

/** Sentences for the notes of PBFT. */
export const pbftNotesEn = {
  'view-change': (me, d) =>
    `${me} asks for view ${text(d, 'view')}: ${leaves[text(d, 'reason')] ?? text(d, 'reason')}.`,
  'view-entered': (me, d) =>
    `${me} enters view ${text(d, 'view')} and takes over ${num(Number(d['prePrepares']))} proposals.`,
  'conflicting-pre-prepare': (me, d, name) =>
    `${whom(d, 'from', name)} lies: it has signed two batches for number ${text(d, 'sequence')} in view ${text(d, 'view')}, and ${me} holds both.`,
  'wrong-digest': (me, d, name) =>
    `${me} refuses what ${whom(d, 'from', name)} proposes for number ${text(d, 'sequence')}: the digest is not the batch’s.`,
  'batch-missing': (me, d) =>
    `${me} knows only the digest of number ${text(d, 'sequence')} and asks for the batch.`,
  'view-change-refused': (me, d, name) =>
    `${me} does not count that ${whom(d, 'from', name)} asks for view ${text(d, 'view')}: its certificates prove nothing.`,
  'new-view-incomplete': (me, d, name) =>
    `${me} can’t check yet how ${whom(d, 'from', name)} begins view ${text(d, 'view')}: a view change is missing.`,
  'new-view-refused': (me, d, name) =>
    `${whom(d, 'from', name)} lies: it begins view ${text(d, 'view')} otherwise than the certificates demand. ${me} leaves it.`,
  'checkpoint-stable': (me, d) =>
    `At ${me} the checkpoint at number ${text(d, 'sequence')} is stable: a quorum has the same state.`,
  'state-diverged': (me, d) =>
    `A quorum has another state at number ${text(d, 'sequence')} than ${me}: more nodes lie than the group bears.`,
  'state-asked': (me, d, name) =>
    `${me} is behind and asks ${whom(d, 'from', name)} for the state at number ${text(d, 'sequence')}.`,
  'state-sent': (me, d, name) =>
    `${me} sends the state at number ${text(d, 'sequence')} to ${whom(d, 'to', name)}.`,
  'state-refused': (me, d, name) =>
    `${me} refuses the state that ${whom(d, 'from', name)} sent: its proof is about another.`,
  'request-refused': (me, d, name) =>
    `${me} does not take a request of ${whom(d, 'client', name)}: too many wait.`,
  'read-refused': (me, d, name) =>
    `${me} does not answer a read of ${whom(d, 'client', name)}: too many wait.`,
} as const satisfies { readonly [code: string]: Sentence };
