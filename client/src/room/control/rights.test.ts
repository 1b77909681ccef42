import { beforeAll, describe, expect, test } from 'vitest';
import { changed, open, person } from './cast.js';
import { type Change, type ChangeKind, ChangeSchema } from './changes.js';
import { changeRefusal, labRefusal, orderRefusal, roleOf } from './rights.js';
import type { RoomVersion, Signer } from './signed.js';

let host: Signer;
let ada: Signer;
let eve: Signer;
let version: RoomVersion;

beforeAll(async () => {
  [host, ada, eve] = await Promise.all([person(), person(), person()]);
  version = await changed(await open(host), host, { kind: 'appoint', node: ada.node });
});

const permit = (students: Extract<Change, { kind: 'permit' }>['students']): Promise<RoomVersion> =>
  changed(version, host, { kind: 'permit', students });

const kinds: readonly ChangeKind[] = ChangeSchema.options.map(({ entries }) => entries.kind.literal);
const hostsAlone: readonly ChangeKind[] = ['appoint', 'dismiss', 'end'];
const notStudents: readonly ChangeKind[] = [...hostsAlone, 'permit', 'rename', 'remove'];

describe('who may do what', () => {
  test('goes by who one is', () => {
    expect([host, ada, eve].map(({ node }) => roleOf(version, node))).toEqual(['host', 'co-host', 'student']);
    expect(roleOf(null, host.node)).toBe('student');
  });

  test('the host may make every change, a co-host all but appointing, dismissing and ending', () => {
    for (const kind of kinds) {
      expect(changeRefusal(version, host.node, kind), kind).toBeNull();
      expect(changeRefusal(version, ada.node, kind), kind).toBe(
        hostsAlone.includes(kind) ? 'not-host' : null,
      );
    }
  });

  test.each(['nothing', 'own-node'] as const)('students that may do %s change nothing', async (students) => {
    const permitted = await permit(students);
    for (const kind of kinds) expect(changeRefusal(permitted, eve.node, kind), kind).toBe('not-host');
    expect(labRefusal(permitted, eve.node)).toBe('not-host');
    expect(orderRefusal(permitted, eve.node, ada.node)).toBe('not-host');
    expect(orderRefusal(permitted, eve.node, eve.node)).toBe(students === 'nothing' ? 'not-allowed' : null);
    expect(orderRefusal(permitted, ada.node, ada.node)).toBeNull();
    expect(orderRefusal(permitted, ada.node, eve.node)).toBeNull();
  });

  test('students that may do everything drive the lab, and nothing else', async () => {
    const permitted = await permit('everything');
    for (const kind of kinds)
      expect(changeRefusal(permitted, eve.node, kind), kind).toBe(
        notStudents.includes(kind) ? 'not-host' : null,
      );
    expect(orderRefusal(permitted, eve.node, ada.node)).toBeNull();
  });

  test('whoever was removed may do nothing, though students may do everything', async () => {
    const removed = await changed(await permit('everything'), host, { kind: 'remove', node: eve.node });
    expect(labRefusal(removed, eve.node)).toBe('not-host');
  });

  test('before a document has come, a tab is its own and nobody else’s', () => {
    expect(orderRefusal(null, eve.node, eve.node)).toBeNull();
    expect(orderRefusal(null, host.node, eve.node)).toBe('not-host');
    expect(changeRefusal(null, host.node, 'end')).toBe('not-host');
  });
});
