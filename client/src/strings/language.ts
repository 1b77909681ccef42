import { signal } from '@preact/signals';

export type Language = 'en' | 'ko';

const storageKey = 'quorate.language';

/** The language of the screen; set it with `setLanguage`. */
export const language = signal<Language>(initialLanguage());

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
