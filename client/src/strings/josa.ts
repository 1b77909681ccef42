/** Korean readings of digits end in a consonant for these. */
const digitsWithFinal = new Set(['0', '1', '3', '6', '7', '8']);

/** True when the word, read in Korean, ends in a consonant. Latin words are guessed by their last letter. */
function hasFinal(word: string): boolean {
  const last = [...word.replace(/[\u2068\u2069)\s]/g, '')].at(-1) ?? '';
  const code = last.charCodeAt(0);
  if (code >= 0xac00 && code <= 0xd7a3) return (code - 0xac00) % 28 !== 0;
  return digitsWithFinal.has(last) || /[lmn]/i.test(last);
}

/** The word with the particle that fits it: `josa('민지', '은/는')` is `민지는`. */
export function josa(word: string, pair: '은/는' | '이/가' | '을/를' | '과/와' | '으로/로'): string {
  const [withFinal = '', without = ''] = pair.split('/');
  return word + (hasFinal(word) ? withFinal : without);
}
