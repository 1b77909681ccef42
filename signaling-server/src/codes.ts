import { randomInt } from 'node:crypto';
import { firstWords, secondWords } from './words.js';

function pick(words: readonly string[]): string {
  const word = words[randomInt(words.length)];
  if (word === undefined) throw new Error('There are no words to pick from.');
  return word;
}

/** A room code like `maple-otter-42`: about eight million of them, drawn with the system's own randomness. */
export function randomCode(): string {
  return `${pick(firstWords)}-${pick(secondWords)}-${randomInt(10, 100)}`;
}

/** A code for which `isTaken` answers false. Rooms are capped far below the number of codes, so this soon ends. */
export function freeCode(isTaken: (code: string) => boolean, draw: () => string = randomCode): string {
  let code = draw();
  while (isTaken(code)) code = draw();
  return code;
}
