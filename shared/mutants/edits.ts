import type { Edit } from './mutant.js';

/** A text that is to be changed is not there, or there more than once: the source has moved on, and the edit must follow. */
export class EditError extends Error {
  override readonly name = 'EditError';
}

/** The text with one edit made. Throws `EditError` unless what is to be replaced stands there exactly once. */
export function applyEdit(text: string, { file, find, replace }: Edit): string {
  const found = [...text.matchAll(patternOf(find))];
  const [match] = found;
  if (match === undefined || found.length > 1) {
    const count = found.length === 0 ? 'not' : `${found.length} times`;
    throw new EditError(
      `${file}: "${find}" is ${count} there: the edit must name a text that stands there once`,
    );
  }
  return text.slice(0, match.index) + replace + text.slice(match.index + match[0].length);
}

/** The compiler breaks lines elsewhere than the source does. */
function patternOf(find: string): RegExp {
  const words = find.split(/\s+/).map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(words.join('\\s+'), 'g');
}
