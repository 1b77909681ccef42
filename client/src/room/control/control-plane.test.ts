import * as fc from 'fast-check';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { changed, code, open, person } from './cast.js';
import type { Change } from './changes.js';
import { ControlPlane } from './control-plane.js';
import { hostKeyOf } from './host-key.js';
import { compareVersions, foundRoom, type RoomVersion, type Signer } from './signed.js';

let host: Signer;
let ada: Signer;
let jun: Signer;
let eve: Signer;
let first: RoomVersion;
/** Ada and Jun are co-hosts. */
let base: RoomVersion;

beforeAll(async () => {
  [host, ada, jun, eve] = await Promise.all([person(), person(), person(), person()]);
  first = await open(host);
  base = await changed(first, host, { kind: 'appoint', node: ada.node });
  base = await changed(base, host, { kind: 'appoint', node: jun.node });
});

type Refused = [from: string, code: string];
type Tab = { readonly plane: ControlPlane; readonly refused: Refused[]; readonly made: RoomVersion[] };

let nowMs = 10_000;
beforeEach(() => {
  nowMs = 10_000;
});

function tab(signer: Signer | null, kept: RoomVersion | null, hostKey: string | null = null): Tab {
  const refused: Refused[] = [];
  const made: RoomVersion[] = [];
  const plane = new ControlPlane({
    code,
    self: signer?.node ?? 'watcher'.repeat(3),
    signer,
    hostKey,
    kept,
    onVersion: (version) => {
      if (version.signer === signer?.node) made.push(version);
    },
    onRefused: (from, kind) => refused.push([from, kind]),
    onChange: () => undefined,
    nowMs: () => nowMs++,
  });
  return { plane, refused, made };
}

/** Tells a version, and waits until it has been looked at. */
async function tell(to: Tab, from: string, version: RoomVersion): Promise<void> {
  to.plane.offer(from, version.signed);
  await to.plane.settled(from);
}

const slower: Change = { kind: 'pace', pace: 0.5 };

describe('a tab', () => {
  test('takes what is newer and signed, and passes over what it has', async () => {
    const student = tab(eve, null);
    await tell(student, 'p', first);
    await tell(student, 'p', first);
    await tell(student, 'q', base);
    expect(student.plane.version?.digest).toBe(base.digest);
    expect(student.refused).toEqual([]);
  });

  test('refuses a forged one, says so to its sender and notes it', async () => {
    const student = tab(eve, base);
    const forged = { ...first.signed, body: (await changed(base, host, slower)).signed.body };
    student.plane.offer('bad', forged);
    await student.plane.settled('bad');
    const newer = (await changed(base, host, slower)).signed;
    student.plane.offer('bad', { ...newer, signature: new Uint8Array(64) });
    await student.plane.settled('bad');
    expect(student.refused).toEqual([
      ['bad', 'forged'],
      ['bad', 'forged'],
    ]);
    expect(student.plane.version).toBe(base);
    expect(student.plane.refused.map(({ kind, from }) => [kind, from])).toEqual([
      ['forged', 'bad'],
      ['forged', 'bad'],
    ]);
  });

  test('refuses an older one from whoever has told it or a newer one before, and not from who was away', async () => {
    const student = tab(eve, first);
    await tell(student, 'p', base);
    await tell(student, 'away', first);
    await tell(student, 'p', first);
    // It may have come by a longer way.
    expect(student.refused).toEqual([]);
    expect(student.plane.version?.digest).toBe(base.digest);
    nowMs += 5_000;
    await tell(student, 'p', first);
    expect(student.refused).toEqual([['p', 'older']]);
    expect(student.plane.version?.digest).toBe(base.digest);
    // What it has told itself may come again for a moment; later it must have the newer one.
    const late = tab(eve, base);
    await tell(late, 'p', first);
    await tell(late, 'p', first);
    expect(late.refused).toEqual([]);
    nowMs += 5_000;
    await tell(late, 'p', first);
    expect(late.refused).toEqual([['p', 'older']]);
    // Who was frozen goes through what it had missed, one after the other.
    const next = await changed(base, host, slower);
    const ahead = tab(eve, await changed(next, host, slower));
    nowMs += 60_000;
    await tell(ahead, 'thawed', base);
    await tell(ahead, 'thawed', next);
    expect(ahead.refused).toEqual([]);
    // A new link is a new word.
    student.plane.forget('p');
    await tell(student, 'p', first);
    expect(student.refused).toHaveLength(1);
  });

  test('does not listen for a while to who has sent many forged ones', async () => {
    const student = tab(eve, base);
    const newer = await changed(base, host, slower);
    for (let i = 0; i < 20; i += 1) {
      student.plane.offer('bad', { ...newer.signed, signature: new Uint8Array(64).fill(i) });
      await student.plane.settled('bad');
    }
    expect(student.refused).toHaveLength(5);
    expect(student.plane.refused).toHaveLength(1);
    expect(student.plane.refused[0]).toMatchObject({ kind: 'forged', times: 5 });
    await tell(student, 'good', newer);
    expect(student.plane.version?.digest).toBe(newer.digest);
  });

  test('looks at the last of many that come at once', async () => {
    const student = tab(eve, null);
    let version = first;
    for (let i = 0; i < 10; i += 1) {
      student.plane.offer('p', version.signed);
      version = await changed(version, host, slower);
    }
    student.plane.offer('p', version.signed);
    await student.plane.settled('p');
    expect(student.plane.version?.document.version).toBe(11);
  });

  test('that came by a link takes no other host’s room, and says that it was led astray until the true one comes', async () => {
    const student = tab(jun, null, hostKeyOf(host.node));
    const false1 = await foundRoom(eve, { ...first.document, host: eve.node });
    await tell(student, 'p', false1);
    expect(student.plane.version).toBeNull();
    expect(student.plane.isAstray).toBe(true);
    expect(student.refused).toEqual([['p', 'other-host']]);
    await tell(student, 'q', base);
    expect(student.plane.version?.digest).toBe(base.digest);
    expect(student.plane.isAstray).toBe(false);
    await tell(student, 'p', false1);
    expect(student.plane.version?.digest).toBe(base.digest);
  });

  test('that came by the code trusts the first host it meets, and no other after', async () => {
    const student = tab(jun, null);
    await tell(student, 'p', first);
    await tell(student, 'q', await foundRoom(eve, { ...first.document, host: eve.node, version: 99 }));
    expect(student.plane.version?.digest).toBe(first.digest);
    expect(student.refused).toEqual([['q', 'other-host']]);
  });
});

test('two versions that are checked at the same time leave the newer one', async () => {
  const next = await changed(base, host, slower);
  const last = await changed(next, host, { kind: 'permit', students: 'nothing' });
  for (const [one, other] of [
    [next, last],
    [last, next],
  ] as const) {
    const student = tab(eve, base);
    student.plane.offer('p', one.signed);
    student.plane.offer('q', other.signed);
    await Promise.all([student.plane.settled('p'), student.plane.settled('q')]);
    expect(student.plane.version?.digest).toBe(last.digest);
  }
});

describe('whatever comes, in whatever order', () => {
  test('every tab ends with the newest that is signed, and with nothing that is not', async () => {
    const two = await changed(base, ada, slower);
    const good = [
      first,
      base,
      two,
      await changed(base, jun, slower),
      await changed(two, host, { kind: 'permit', students: 'everything' }),
      await changed(two, host, { kind: 'dismiss', node: ada.node }),
      await changed(two, jun, { kind: 'pace', pace: 0.125 }),
    ];
    const other = await foundRoom(eve, { ...first.document, host: eve.node, version: 1_000 });
    const bad = [
      ...good.map(({ signed }) => ({ ...signed, signature: signed.signature.map((byte) => byte ^ 1) })),
      ...good.map(({ signed }) => ({
        ...signed,
        charterSignature: signed.charterSignature.map((byte) => byte ^ 1),
      })),
      ...good.map(({ signed }) => ({ ...signed, key: eve.publicKey })),
      other.signed,
    ];
    const offers = fc.array(fc.record({ from: fc.constantFrom('p', 'q', 'r'), at: fc.nat(27) }), {
      maxLength: 25,
    });
    const all = [...good.map(({ signed }) => signed), ...bad];
    await fc.assert(
      fc.asyncProperty(offers, async (told) => {
        nowMs = 10_000;
        const student = tab(eve, null, hostKeyOf(host.node));
        let newest: RoomVersion | null = null;
        for (const { from, at } of told) {
          const before = student.plane.version;
          const signed = all[at % all.length];
          if (signed === undefined) continue;
          // Each speaks over a link of its own: whether a sender is listened to is not what this is about.
          nowMs += 20_000;
          student.plane.offer(from, signed);
          await student.plane.settled(from);
          const honest: RoomVersion | undefined = good.find((version) => version.signed === signed);
          if (honest !== undefined && (newest === null || compareVersions(honest, newest) > 0))
            newest = honest;
          const after = student.plane.version;
          if (before !== null && after !== null)
            expect(compareVersions(after, before)).toBeGreaterThanOrEqual(0);
          expect(after?.digest).toBe(newest?.digest);
        }
      }),
      { numRuns: 200 },
    );
  });
});

describe('a change', () => {
  test('is signed by the host and by co-hosts, and by nobody else', async () => {
    const byHost = tab(host, base);
    await byHost.plane.change(slower);
    expect(byHost.plane.version?.document).toMatchObject({ pace: 0.5, version: base.document.version + 1 });
    await tab(ada, base).plane.change(slower);
    await expect(tab(eve, base).plane.change(slower)).rejects.toMatchObject({ code: 'not-host' });
    await expect(tab(null, base).plane.change(slower)).rejects.toMatchObject({ code: 'not-host' });
    await expect(tab(host, null).plane.change(slower)).rejects.toMatchObject({ code: 'not-host' });
  });

  test('that a student asks for is made where students may do everything, and refused where not', async () => {
    const byHost = tab(host, base);
    await expect(byHost.plane.change(slower, eve.node)).rejects.toMatchObject({ code: 'not-host' });
    await byHost.plane.change({ kind: 'permit', students: 'everything' });
    await byHost.plane.change(slower, eve.node);
    expect(byHost.plane.version?.document.pace).toBe(0.5);
    for (const change of [
      { kind: 'permit', students: 'nothing' },
      { kind: 'remove', node: jun.node },
      { kind: 'rename', node: jun.node, name: 'x' },
      { kind: 'appoint', node: eve.node },
      { kind: 'end' },
    ] as const)
      await expect(byHost.plane.change(change, eve.node)).rejects.toMatchObject({ code: 'not-host' });
  });

  test.each([
    { kind: 'appoint', node: 'x'.repeat(26) },
    { kind: 'dismiss', node: 'x'.repeat(26) },
    { kind: 'end' },
  ] as const)('to $kind is the host’s alone', async (change) => {
    await expect(tab(ada, base).plane.change(change)).rejects.toMatchObject({ code: 'not-host' });
  });

  test('follows those before it, though each waits for its signature', async () => {
    const byHost = tab(host, base);
    await Promise.all([
      byHost.plane.change(slower),
      byHost.plane.change({ kind: 'permit', students: 'nothing' }),
      byHost.plane.change({ kind: 'rename', node: eve.node, name: 'Eve' }),
    ]);
    expect(byHost.plane.version?.document).toMatchObject({
      pace: 0.5,
      students: 'nothing',
      names: [{ node: eve.node, name: 'Eve' }],
    });
  });

  test('that another one has overtaken is made again on top of it, at whoever lost', async () => {
    const byHost = tab(host, base);
    const byAda = tab(ada, base);
    await Promise.all([
      byHost.plane.change({ kind: 'permit', students: 'nothing' }),
      byAda.plane.change(slower),
    ]);
    const [fromHost] = byHost.made;
    const [fromAda] = byAda.made;
    if (fromHost === undefined || fromAda === undefined) throw new Error('nothing was made');
    // The host's wins at both, and Ada makes hers again.
    await Promise.all([tell(byHost, ada.node, fromAda), tell(byAda, host.node, fromHost)]);
    expect(byHost.plane.version?.digest).toBe(fromHost.digest);
    await expect.poll(() => byAda.made.length).toBe(2);
    const again = byAda.made[1];
    if (again === undefined) throw new Error('nothing was made again');
    await tell(byHost, ada.node, again);
    for (const { plane } of [byHost, byAda])
      expect(plane.version?.document).toMatchObject({ pace: 0.5, students: 'nothing' });
    expect(byHost.plane.version?.digest).toBe(byAda.plane.version?.digest);
  });

  test('that began groups while others did begins them beside those, or is noted where they share a node', async () => {
    const split = (id: string, ...members: Signer[]): Change => {
      const servers = members.map(({ node }) => node);
      const lab = { pace: 1, paused: false, until: null, faults: [], salvaged: null, options: {} };
      const run = { id, protocol: 'raft', group: 1, voters: servers, servers, running: true } as const;
      return { kind: 'split', runs: [{ ...lab, ...run }] };
    };
    const groupsOf = ({ plane }: Tab): unknown[] | undefined =>
      plane.version?.document.runs.map(({ id, group }) => [id, group]);
    const beginBoth = async (byHost: Change, byAda: Change): Promise<readonly [Tab, Tab]> => {
      const tabs = [tab(host, base), tab(ada, base)] as const;
      await Promise.all([tabs[0].plane.change(byHost), tabs[1].plane.change(byAda)]);
      const [fromHost] = tabs[0].made;
      if (fromHost !== undefined) await tell(tabs[1], host.node, fromHost);
      return tabs;
    };

    const [, apart] = await beginBoth(split('one', host, jun), split('two', ada, eve));
    await expect
      .poll(() => groupsOf(apart))
      .toEqual([
        ['one', 1],
        ['two', 2],
      ]);
    const [, clash] = await beginBoth(split('one', host, jun), split('two', ada, jun));
    await expect.poll(() => clash.plane.refused).toMatchObject([{ kind: 'overtaken', from: host.node }]);
    expect(groupsOf(clash)).toEqual([['one', 1]]);
  });

  test('that is being signed while another comes into force is made on top of that', async () => {
    const held: (() => void)[] = [];
    const slow: Signer = {
      ...ada,
      sign: async (bytes) => {
        await new Promise<void>((resolve) => held.push(resolve));
        return ada.sign(bytes);
      },
    };
    const byAda = tab(slow, base);
    const done = byAda.plane.change(slower);
    await expect.poll(() => held.length).toBe(1);
    await tell(byAda, host.node, await changed(base, host, { kind: 'permit', students: 'nothing' }));
    held[0]?.();
    await expect.poll(() => held.length).toBe(2);
    held[1]?.();
    await done;
    expect(byAda.plane.version?.document).toMatchObject({
      version: base.document.version + 2,
      pace: 0.5,
      students: 'nothing',
    });
  });

  test('that can’t be made again is noted: nothing is lost without a word', async () => {
    const byAda = tab(ada, base);
    await byAda.plane.change(slower);
    await tell(byAda, host.node, await changed(base, host, { kind: 'end' }));
    await expect.poll(() => byAda.plane.refused).toMatchObject([{ kind: 'overtaken', from: host.node }]);
    const dismissed = tab(ada, base);
    await dismissed.plane.change(slower);
    await tell(dismissed, host.node, await changed(base, host, { kind: 'dismiss', node: ada.node }));
    await expect.poll(() => dismissed.plane.refused).toMatchObject([{ kind: 'overtaken', from: host.node }]);
  });

  test('of an earlier life of this page that the room does not hold is noted', async () => {
    const kept = await changed(base, ada, slower);
    const byAda = tab(ada, kept);
    await tell(byAda, host.node, await changed(base, host, { kind: 'permit', students: 'nothing' }));
    expect(byAda.plane.refused).toMatchObject([{ kind: 'lost', from: host.node }]);
  });

  test('of three at once, told in any order, leaves all with one version that holds all of them', async () => {
    const pairs = [
      [0, 1],
      [0, 2],
      [1, 0],
      [1, 2],
      [2, 0],
      [2, 1],
    ] as const;
    const orders = fc.shuffledSubarray([...pairs], { minLength: 6 });
    await fc.assert(
      fc.asyncProperty(orders, async (order) => {
        const tabs = [tab(host, base), tab(ada, base), tab(jun, base)];
        await Promise.all(
          tabs.map(({ plane }, i) =>
            plane.change({ kind: 'rename', node: `${i}`.repeat(26), name: `name ${i}` }),
          ),
        );
        const isOne = (): boolean => {
          const digests = new Set(tabs.map(({ plane }) => plane.version?.digest));
          return digests.size === 1 && tabs[0]?.plane.version?.document.names.length === 3;
        };
        // Each round tells everybody what the others have; what has to be made again is signed meanwhile.
        await expect
          .poll(
            async () => {
              for (const [from, to] of order) {
                const version = tabs[from]?.plane.version ?? null;
                const other = tabs[to];
                if (version !== null && other !== undefined) await tell(other, `${from}`, version);
              }
              return isOne();
            },
            { interval: 2, timeout: 4_000 },
          )
          .toBe(true);
        for (const { plane, refused } of tabs) {
          expect(plane.refused).toEqual([]);
          expect(refused).toEqual([]);
        }
      }),
      { numRuns: 30 },
    );
  });
});
