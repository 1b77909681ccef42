import { computed, signal } from '@preact/signals';
import { en, type Strings } from './en.js';
import { ko } from './ko.js';

export type { Strings } from './en.js';
export { type Data, isolated, type NameOf, num, type Piece, pieces } from './sentence.js';

export type Language = 'en' | 'ko';

const storageKey = 'quorate.language';
const tables: { readonly [L in Language]: Strings } = { en, ko };

/** The language of the screen; set it with `setLanguage`. */
export const language = signal<Language>(initialLanguage());

/** The strings of the language chosen. Reading it in a view makes the view follow a change. */
export const strings = computed<Strings>(() => tables[language.value]);

/** Chooses a language, and remembers it. */
export function setLanguage(next: Language): void {
  language.value = next;
  if (typeof localStorage !== 'undefined') localStorage.setItem(storageKey, next);
}

function initialLanguage(): Language {
  if (typeof localStorage === 'undefined') return 'en';
  const kept = localStorage.getItem(storageKey);
  if (kept === 'en' || kept === 'ko') return kept;
  return navigator.language.toLowerCase().startsWith('ko') ? 'ko' : 'en';
}
