import { computed } from '@preact/signals';
import { en, type Strings } from './en.js';
import { ko } from './ko.js';
import { type Language, language } from './language.js';

export type { Strings } from './en.js';
export { type Language, language, setLanguage } from './language.js';
export { notes } from './notes.js';
export { type Data, isolated, type NameOf, num, type Piece, pieces } from './sentence.js';
export { timeOfDay, when } from './when.js';

const tables: { readonly [L in Language]: Strings } = { en, ko };

/** The strings of the language chosen. Reading it in a view makes the view follow a change. */
export const strings = computed<Strings>(() => tables[language.value]);
