import { language } from './language.js';

/** A moment of this machine's clock, ms since 1970, as people write it: `24 Nov 2026, 10:32`. */
export function when(atMs: number): string {
  const locale = language.value === 'en' ? 'en-GB' : language.value;
  return new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' }).format(atMs);
}

/** The time of day of such a moment: `10:32`. */
export function timeOfDay(atMs: number): string {
  const locale = language.value === 'en' ? 'en-GB' : language.value;
  return new Intl.DateTimeFormat(locale, { timeStyle: 'short' }).format(atMs);
}
