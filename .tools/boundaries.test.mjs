import { describe, expect, it } from 'vitest';
import { findTrespasses, readSources } from './boundaries.mjs';
import { root } from './process.mjs';

describe('borders between folders', () => {
  it('are kept everywhere', () => {
    expect(findTrespasses(readSources(root, ['shared/src', 'client/src']))).toEqual([]);
  });

  it.each([
    [
      'past the public face of another folder',
      'shared/src/host/run.ts',
      "import { a } from '../core/ids.js';",
    ],
    [
      'past it, over several lines',
      'shared/src/host/run.ts',
      "import type {\n  A,\n} from '../core/ids.js';",
    ],
    ['past it, to pass it on', 'shared/src/host/index.ts', "export * from '../core/ids.js';"],
    ['past it, later', 'client/src/views/app.ts', "const a = import('../room/roster.js');"],
    [
      'from one protocol into another',
      'shared/src/consensus/pbft/a.ts',
      "import { a } from '../raft/log.js';",
    ],
    [
      'from a folder of the client into one below',
      'client/src/mesh/link.ts',
      "import { a } from '../room/index.js';",
    ],
  ])('are crossed by an import %s', (_what, file, source) => {
    const faces = ['shared/src/core', 'shared/src/consensus/raft', 'client/src/room'];
    const files = new Map([
      ...faces.map((face) => /** @type {const} */ ([`${face}/index.ts`, ''])),
      [file, source],
    ]);
    expect(findTrespasses(files)).toHaveLength(1);
  });

  it.each([
    ['through a public face', 'shared/src/host/run.ts', "import { a } from '../core/index.js';"],
    ['within one folder', 'shared/src/core/quorum.ts', "import { a } from './ids.js';"],
    ['of a test', 'shared/src/host/run.test.ts', "import { a } from '../core/ids.js';"],
    [
      'from a folder of the client into one above',
      'client/src/views/app.ts',
      "import { a } from '../room/index.js';",
    ],
  ])('let an import pass %s', (_what, file, source) => {
    const files = new Map([
      ['shared/src/core/index.ts', ''],
      ['client/src/room/index.ts', ''],
      [file, source],
    ]);
    expect(findTrespasses(files)).toEqual([]);
  });
});
