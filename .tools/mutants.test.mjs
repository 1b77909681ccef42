import { spawnSync } from 'node:child_process';
import path from 'node:path';
import process from 'node:process';
import { describe, expect, it } from 'vitest';
import { root } from './process.mjs';

/** @param {readonly string[]} args */
function mutants(...args) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [path.join(root, '.tools', 'mutants.mjs'), '--no-baseline', '--workers', '1', ...args],
    { cwd: root, encoding: 'utf8' },
  );
  return { status, stdout, stderr };
}

describe('npm run mutants', () => {
  it('finds broken rules of elections, replication, commitment and the host, each by its own rule', () => {
    const names = [
      'vote-twice',
      'ack-before-durable',
      'commit-old-term-by-count',
      'host-sends-without-waiting',
    ];
    const { status, stdout } = mutants('--json', '--only', names.join(','));
    const findings = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(findings.map(({ name, verdict }) => ({ name, verdict }))).toEqual(
      names.map((name) => ({ name, verdict: 'found' })),
    );
    expect(status).toBe(0);
  }, 60_000);

  it.each([
    ['best-effort', ['forget-what-was-delivered', 'name-the-wrong-incarnation']],
    ['reliable', ['send-before-durable', 'take-what-is-there-again', 'deliver-without-a-majority']],
    [
      'gossip',
      ['deliver-as-it-comes', 'keep-a-neighbour-in-the-passive-view', 'keep-lazy-links-of-who-has-gone'],
    ],
  ])(
    'finds broken rules of %s broadcast',
    (protocol, names) => {
      const { status, stdout } = mutants('--json', '--protocol', protocol, '--only', names.join(','));
      const findings = stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line));
      expect(findings.map(({ name, verdict }) => ({ name, verdict }))).toEqual(
        names.map((name) => ({ name, verdict: 'found' })),
      );
      expect(status).toBe(0);
    },
    60_000,
  );

  it('prints them as a table', () => {
    const { stdout } = mutants('--only', 'vote-twice');
    expect(stdout).toMatch(/^\| `vote-twice` \| .+ \| `one-vote-a-term` \| \d+ \/ \d+ \| 3 \| [\d.]+ \|$/m);
  }, 60_000);

  it('says which mutants there are when it is asked for another', () => {
    const { status, stderr } = mutants('--only', 'vote-thrice');
    expect(stderr).toMatch(/raft has no mutant "vote-thrice"\. There are vote-twice, /);
    expect(status).toBe(1);
  }, 60_000);
});
