import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { applyEdit } from './edits.js';
import type { Edit } from './mutant.js';

/** A copy of all compiled code with some edits made: its modules know nothing of the real ones, nor the real ones of them. */
export type EditedCopy = {
  /** Where a module is imported from: `sim/index`. */
  readonly moduleUrl: (name: string) => string;
  readonly remove: () => void;
};

// From shared/dist/mutants, where this file is run.
const compiled = path.join(import.meta.dirname, '../src');
/** Inside the repository, so that the copy finds the same packages. */
const copies = path.join(import.meta.dirname, '../../../.cache/mutants');

/** Throws `EditError` when an edit does not fit. */
export function copyEdited(name: string, edits: readonly Edit[]): EditedCopy {
  mkdirSync(copies, { recursive: true });
  const folder = mkdtempSync(path.join(copies, `${name}-`));
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  const isCode = (file: string): boolean => !/\.d\.ts$|\.map$/.test(file);
  try {
    cpSync(compiled, folder, { recursive: true, filter: isCode });
    for (const edit of edits) {
      const file = path.join(folder, `${edit.file}.js`);
      writeFileSync(file, applyEdit(readFileSync(file, 'utf8'), edit));
    }
  } catch (error) {
    remove();
    throw error;
  }
  return { moduleUrl: (module) => pathToFileURL(path.join(folder, `${module}.js`)).href, remove };
}
