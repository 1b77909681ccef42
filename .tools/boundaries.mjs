// The borders between folders that project references can't draw: they keep a folder from importing what stands below
// it, but inside one project, and past a folder's public face, the compiler lets everything through.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** The client's folders as DESIGN lists them: each imports only from those before it. */
const clientOrder = ['mesh', 'node', 'room', 'views', 'lessons', 'live'];

/**
 * The sentences about all imports that cross a border where there is no gate. Tests may look anywhere.
 * @param {ReadonlyMap<string, string>} files path (with /, relative to the root) → source
 */
export function findTrespasses(files) {
  /** @type {string[]} */
  const trespasses = [];
  for (const [file, source] of files) {
    const from = unitOf(file);
    if (from === undefined || /\.test\.tsx?$/.test(file)) continue;
    for (const target of relativeImports(file, source)) {
      const to = unitOf(target);
      if (to === undefined || to === from) continue;
      if (files.has(`${to}/index.ts`) && target !== `${to}/index.ts`) {
        trespasses.push(`${file} imports ${target}: outside ${to} only its index.ts may be imported`);
      }
      if (isBelow(from, to)) {
        trespasses.push(`${file} imports ${target}: ${from} stands above ${to} and must not know it`);
      }
    }
  }
  return trespasses;
}

/**
 * All TypeScript sources below a folder.
 * @param {string} root
 * @param {readonly string[]} folders relative to it
 */
export function readSources(root, folders) {
  /** @type {Map<string, string>} */
  const files = new Map();
  for (const folder of folders) {
    for (const entry of readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })) {
      const file = path.join(folder, entry);
      if (!/\.tsx?$/.test(file) || file.includes('node_modules')) continue;
      files.set(file.split(path.sep).join('/'), readFileSync(path.join(root, file), 'utf8'));
    }
  }
  return files;
}

/**
 * The folder that a file belongs to, among those that have borders.
 * @param {string} file
 */
function unitOf(file) {
  return /^(?:shared\/src\/(?:consensus\/)?[^/]+|client\/src\/[^/]+)(?=\/)/.exec(file)?.[0];
}

/**
 * @param {string} file
 * @param {string} source
 */
function relativeImports(file, source) {
  const imports = source.matchAll(/\b(?:from|import)\s*\(?\s*'(\.{1,2}\/[^']+)'/g);
  return [...imports].map(([, specifier = '']) =>
    path.posix.join(path.posix.dirname(file), specifier).replace(/\.js$/, '.ts'),
  );
}

/**
 * @param {string} from
 * @param {string} to
 */
function isBelow(from, to) {
  const rank = (/** @type {string} */ unit) => clientOrder.indexOf(unit.replace(/^client\/src\//, ''));
  return rank(from) >= 0 && rank(to) > rank(from);
}
