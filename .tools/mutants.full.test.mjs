import { spawnSync } from 'node:child_process';
import path from 'node:path';
import process from 'node:process';
import { expect, it } from 'vitest';
import { root } from './process.mjs';

it.each(['raft', 'best-effort', 'reliable', 'gossip'])(
  'finds every mutant of %s, and nothing in ten times as many seeds of the unbroken protocol',
  (protocol) => {
    const tool = path.join(root, '.tools', 'mutants.mjs');
    const { status, stdout, stderr } = spawnSync(process.execPath, [tool, '--protocol', protocol], {
      cwd: root,
      encoding: 'utf8',
    });
    expect(status, `${stdout}\n${stderr}`).toBe(0);
  },
  3_600_000,
);
