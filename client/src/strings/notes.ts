import { computed } from '@preact/signals';
import { language } from './language.js';
import { type Notes, notesEn } from './notes.en.js';
import { notesKo } from './notes.ko.js';

/** The sentences of the protocols' notes, by code, in the language of the screen. */
export const notes = computed<Notes>(() => (language.value === 'ko' ? notesKo : notesEn));
