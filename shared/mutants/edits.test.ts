import { describe, expect, test } from 'vitest';
import { applyEdit, EditError } from './edits.js';

const source = 'if (a > b)\n    return (a);\nreturn b;\n';

describe('an edit', () => {
  test('replaces its text, wherever its lines are broken', () => {
    const edit = { file: 'max', find: 'if (a > b) return (a);', replace: 'if (a < b) return (a);' };
    expect(applyEdit(source, edit)).toBe('if (a < b) return (a);\nreturn b;\n');
  });

  test('puts in what it says to the letter', () => {
    expect(applyEdit('x', { file: 'x', find: 'x', replace: '$&$1' })).toBe('$&$1');
  });

  test.each([
    ['return c;', 'is not there'],
    ['return', 'is 2 times there'],
  ])('refuses "%s", which %s', (find, message) => {
    expect(() => applyEdit(source, { file: 'max', find, replace: '' })).toThrow(EditError);
    expect(() => applyEdit(source, { file: 'max', find, replace: '' })).toThrow(message);
  });
});
