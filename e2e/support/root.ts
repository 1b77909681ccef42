import { existsSync } from 'node:fs';
import path from 'node:path';

/** The repository's root folder, from the sources as well as from what is compiled of them. */
export const root = find(import.meta.dirname);

function find(folder: string): string {
  if (existsSync(path.join(folder, 'package-lock.json'))) return folder;
  const parent = path.dirname(folder);
  if (parent === folder) throw new Error('no package-lock.json above this file: run it in the repository');
  return find(parent);
}
