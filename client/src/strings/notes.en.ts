import { type Data, type NameOf, text } from './sentence.js';

/** `me` and what `name` answers are names already; `data` is the note's own. */
export type NoteSentence = (me: string, data: Data, name: NameOf) => string;
export type Notes = { readonly [code: string]: NoteSentence | undefined };

/** The node that a field names, or a dash. */
export function who(data: Data, key: string, name: NameOf): string {
  const value = data[key];
  return typeof value === 'string' ? name(value) : '–';
}

/** Sentences for the notes of the protocols; a code that is missing here is shown as it is. */
export const notesEn = {
  'vote-granted': (me, d, name) => `${me} voted for ${who(d, 'candidate', name)} in term ${text(d, 'term')}.`,
  'vote-refused': (me, d, name) => `${me} refused ${who(d, 'candidate', name)} its vote.`,
} satisfies Notes as Notes;
