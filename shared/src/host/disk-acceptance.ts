import { assert } from '../core/index.js';
import { DiskError, type DiskErrorCode, type DiskStats } from './disk-error.js';
import type { Disk, StoredImage, StoredOp } from './ports.js';

/** A disk of one kind, empty at first, with what a test does to it from outside. */
export type DiskUnderTest = {
  /** Opens the disk, as a node does when it starts. */
  start(): Promise<Disk>;
  /** Ends the one that has it open without a goodbye: its worker terminated, its machine crashed. */
  kill(): Promise<void>;
  /** The platform fails the next write. */
  failNextWrite(): Promise<void>;
  /** Counts since `start`. */
  stats(): Promise<DiskStats>;
};

/** Makes an empty disk for one case. */
export type MakeDisk = () => Promise<DiskUnderTest>;
export type DiskCase = { readonly name: string; readonly run: (makeDisk: MakeDisk) => Promise<void> };

const bytes = (...values: readonly number[]): Uint8Array => Uint8Array.from(values);
const set = (key: string, ...value: readonly number[]): StoredOp => ({
  kind: 'set',
  key,
  value: bytes(...value),
});
const append = (index: number, ...value: readonly number[]): StoredOp => ({
  kind: 'append',
  index,
  value: bytes(...value),
});
const snapshot = (index: number, meta: Uint8Array, data: Uint8Array): StoredOp => ({
  kind: 'snapshot',
  index,
  meta,
  data,
});

function open(disk: Disk, area: string): Promise<StoredImage> {
  return new Promise((resolve, reject) => {
    disk.open(area, (error, image) => (error === null ? resolve(image) : reject(error)));
  });
}

function write(disk: Disk, area: string, ...ops: readonly StoredOp[]): Promise<void> {
  return new Promise((resolve, reject) => {
    disk.write(area, ops, (error) => (error === null ? resolve() : reject(error)));
  });
}

function remove(disk: Disk, area: string): Promise<void> {
  return new Promise((resolve, reject) => {
    disk.remove(area, (error) => (error === null ? resolve() : reject(error)));
  });
}

function list(disk: Disk): Promise<readonly string[]> {
  return new Promise((resolve, reject) => {
    disk.list((error, areas) => (error === null ? resolve(areas) : reject(error)));
  });
}

const close = (disk: Disk): Promise<void> => new Promise((resolve) => disk.close(resolve));

async function errorOf(promise: Promise<unknown>): Promise<DiskErrorCode | 'none'> {
  try {
    await promise;
    return 'none';
  } catch (error) {
    assert(error instanceof DiskError, `errors of a disk are DiskErrors, this is ${String(error)}`);
    return error.code;
  }
}

/** An image in one line, to compare and to read in a failure. */
function inWords({ values, log, snapshot: taken }: StoredImage): string {
  const keys = [...values.keys()].sort();
  return [
    ...keys.map((key) => `${key}=${values.get(key)?.join('.')}`),
    ...log.map(({ index, value }) => `#${index}:${value.join('.')}`),
    ...(taken === null ? [] : [`snapshot ${taken.index}:${taken.meta.join('.')}/${taken.data.join('.')}`]),
  ].join(' ');
}

function equal(found: string, expected: string): void {
  assert(found === expected, `expected "${expected}", found "${found}"`);
}

async function expectArea(disk: Disk, area: string, expected: string): Promise<void> {
  equal(inWords(await open(disk, area)), expected);
}

/** What every disk must do, whatever it is made of. The cases need nothing of the platform, so they run in browsers too. */
export const diskAcceptance: readonly DiskCase[] = [
  {
    name: 'an area that was never written opens empty and is not listed',
    run: async (makeDisk) => {
      const disk = await (await makeDisk()).start();
      await expectArea(disk, 'run/server', '');
      equal((await list(disk)).join(), '');
    },
  },
  {
    name: 'values, log and snapshot come back as they were written',
    run: async (makeDisk) => {
      const under = await makeDisk();
      const disk = await under.start();
      await open(disk, 'a');
      await write(disk, 'a', set('term', 7), set('이름', 1, 2), set('', 9), append(1), append(2, 255, 0));
      await write(disk, 'a', snapshot(1, bytes(5), bytes(6, 7)), set('term', 8));
      const expected = '=9 term=8 이름=1.2 #1: #2:255.0 snapshot 1:5/6.7';
      await expectArea(disk, 'a', expected);
      await close(disk);
      await expectArea(await under.start(), 'a', expected);
    },
  },
  {
    name: 'ops of a batch take effect in order',
    run: async (makeDisk) => {
      const under = await makeDisk();
      const disk = await under.start();
      await open(disk, 'a');
      await write(disk, 'a', append(1, 1), append(2, 2), set('k', 1), set('k', 2));
      await write(disk, 'a', { kind: 'truncateFrom', index: 2 }, append(2, 3), append(3, 4));
      await expectArea(disk, 'a', 'k=2 #1:1 #2:3 #3:4');
      await under.kill();
      await expectArea(await under.start(), 'a', 'k=2 #1:1 #2:3 #3:4');
    },
  },
  {
    name: 'the log is truncated and compacted at its ends, inside it and beyond it, and goes on from there',
    run: async (makeDisk) => {
      const under = await makeDisk();
      const disk = await under.start();
      await open(disk, 'a');
      await write(disk, 'a', append(5, 5), append(6, 6), append(7, 7), append(8, 8));
      await write(disk, 'a', { kind: 'compactTo', index: 5 });
      await write(disk, 'a', { kind: 'compactTo', index: 3 }, { kind: 'truncateFrom', index: 20 });
      await expectArea(disk, 'a', '#6:6 #7:7 #8:8');
      await write(disk, 'a', { kind: 'truncateFrom', index: 8 }, append(8, 80), append(9, 9));
      await expectArea(disk, 'a', '#6:6 #7:7 #8:80 #9:9');
      await write(disk, 'a', { kind: 'compactTo', index: 100 }, append(101, 1));
      await expectArea(disk, 'a', '#101:1');
      await write(disk, 'a', { kind: 'truncateFrom', index: 1 }, append(2, 2), append(3, 3));
      await expectArea(disk, 'a', '#2:2 #3:3');
      await close(disk);
      await expectArea(await under.start(), 'a', '#2:2 #3:3');
    },
  },
  {
    name: 'a snapshot replaces the one before and leaves the log alone',
    run: async (makeDisk) => {
      const under = await makeDisk();
      const disk = await under.start();
      await open(disk, 'a');
      await write(disk, 'a', append(1, 1), append(2, 2), snapshot(1, bytes(1), bytes(1)));
      await write(disk, 'a', snapshot(2, bytes(), bytes(2)), { kind: 'compactTo', index: 1 });
      await close(disk);
      await expectArea(await under.start(), 'a', '#2:2 snapshot 2:/2');
    },
  },
  {
    name: 'a batch that leaves a gap in the log is refused whole, and the disk is broken from then on',
    run: async (makeDisk) => {
      const under = await makeDisk();
      const disk = await under.start();
      await open(disk, 'a');
      const before = write(disk, 'a', append(1, 1));
      const refused = errorOf(write(disk, 'a', set('k', 1), append(2, 2), append(4, 4)));
      const after = errorOf(write(disk, 'a', set('k', 2)));
      await before;
      equal(await refused, 'refused');
      equal(await after, 'broken');
      equal(await errorOf(write(disk, 'a', append(2, 2))), 'broken');
      await under.kill();
      await expectArea(await under.start(), 'a', '#1:1');
    },
  },
  {
    name: 'an area must be opened before it is written',
    run: async (makeDisk) => {
      const disk = await (await makeDisk()).start();
      equal(await errorOf(write(disk, 'a', set('k', 1))), 'refused');
    },
  },
  {
    name: 'areas are independent, listed in order, and removed whole',
    run: async (makeDisk) => {
      const under = await makeDisk();
      const disk = await under.start();
      for (const area of ['r2/server', 'r1/server', 'r1/client']) await open(disk, area);
      await write(disk, 'r2/server', set('k', 2), append(1, 2));
      await write(disk, 'r1/server', set('k', 1), append(7, 1));
      await write(disk, 'r1/client', set('k', 3));
      equal((await list(disk)).join(), 'r1/client,r1/server,r2/server');
      await remove(disk, 'r1/server');
      await expectArea(disk, 'r1/server', '');
      await write(disk, 'r1/server', append(1, 9));
      await remove(disk, 'r1/client');
      await close(disk);
      const again = await under.start();
      equal((await list(again)).join(), 'r1/server,r2/server');
      await expectArea(again, 'r2/server', 'k=2 #1:2');
      await expectArea(again, 'r1/server', '#1:9');
    },
  },
  {
    name: 'every call answers later, and in the order of the calls',
    run: async (makeDisk) => {
      const disk = await (await makeDisk()).start();
      const answered: string[] = [];
      await new Promise<void>((resolve) => {
        disk.open('a', () => answered.push('open a'));
        disk.open('b', () => answered.push('open b'));
        disk.write('a', [set('k', 1)], () => answered.push('write a'));
        disk.write('b', [], () => answered.push('write b'));
        disk.list(() => answered.push('list'));
        disk.write('a', [append(3)], () => answered.push('append a'));
        disk.remove('b', () => answered.push('remove b'));
        disk.close(() => {
          answered.push('close');
          resolve();
        });
        equal(answered.join(), '');
      });
      equal(answered.join(), 'open a,open b,write a,write b,list,append a,remove b,close');
    },
  },
  {
    name: 'an image is of the moment of its open: what is written later is not in it',
    run: async (makeDisk) => {
      const disk = await (await makeDisk()).start();
      await open(disk, 'a');
      const first = write(disk, 'a', append(1, 1));
      const image = open(disk, 'a');
      const second = write(disk, 'a', append(2, 2), { kind: 'compactTo', index: 1 });
      await Promise.all([first, second]);
      equal(inWords(await image), '#1:1');
    },
  },
  {
    name: 'writes that come while one is under way share a flush, across areas, and all complete',
    run: async (makeDisk) => {
      const under = await makeDisk();
      const disk = await under.start();
      const areas = ['a', 'b', 'c', 'd'];
      for (const area of areas) await open(disk, area);
      const before = await under.stats();
      const writes: Promise<void>[] = [];
      for (let index = 1; index <= 100; index += 1) {
        for (const area of areas) writes.push(write(disk, area, append(index, index)));
      }
      await Promise.all(writes);
      const after = await under.stats();
      equal(String(after.writes - before.writes), '400');
      assert(after.bytes > before.bytes, 'bytes are counted');
      const flushes = after.flushes - before.flushes;
      assert(flushes >= 1 && flushes <= 40, `400 writes share few flushes, these took ${flushes}`);
      await close(disk);
      equal(String((await open(await under.start(), 'd')).log.length), '100');
    },
  },
  {
    name: 'after its holder was killed, every completed batch is there and none is there in part',
    run: async (makeDisk) => {
      const under = await makeDisk();
      let last = 0;
      for (let round = 0; round < 3; round += 1) {
        const disk = await under.start();
        const { log, values } = await open(disk, 'a');
        const found = values.get('x')?.[0] ?? 0;
        equal(String(values.get('y')?.[0] ?? 0), String(found));
        equal(String(log.at(-1)?.index ?? 0), String(found));
        assert(found >= last, `batch ${last} completed, the disk ends with ${found}`);
        last = found;
        await new Promise<void>((resolve) => {
          for (let index = found + 1; index <= found + 60; index += 1) {
            disk.write('a', [set('x', index), append(index, index), set('y', index)], (error) => {
              if (error === null) last = Math.max(last, index);
              if (index === found + 20) resolve();
            });
          }
        });
        await under.kill();
      }
    },
  },
  {
    name: 'a batch of two thousand entries and a snapshot of a mebibyte survive a kill',
    run: async (makeDisk) => {
      const under = await makeDisk();
      const disk = await under.start();
      await open(disk, 'a');
      const ops = Array.from({ length: 2000 }, (_, at) => append(at + 1, at & 0xff, at >> 8));
      const data = Uint8Array.from({ length: 1024 * 1024 }, (_, at) => (at * 31) & 0xff);
      await write(disk, 'a', ...ops, snapshot(500, bytes(1), data));
      await under.kill();
      const image = await open(await under.start(), 'a');
      equal(String(image.log.length), '2000');
      assert(
        image.log.every(({ index, value: [low = 0, high = 0] }) => index === low + high * 256 + 1),
        'entries are those that were written',
      );
      assert(image.snapshot?.data.every((byte, at) => byte === data[at]) === true, 'so is the snapshot');
      equal(String(image.snapshot.data.length), String(data.length));
    },
  },
  {
    name: 'a write that the platform fails says so, and the disk is broken until it is opened again',
    run: async (makeDisk) => {
      const under = await makeDisk();
      const disk = await under.start();
      await open(disk, 'a');
      await write(disk, 'a', append(1, 1));
      await under.failNextWrite();
      equal(await errorOf(write(disk, 'a', append(2, 2))), 'io');
      equal(await errorOf(write(disk, 'a', append(3, 3))), 'broken');
      equal(await errorOf(open(disk, 'a')), 'broken');
      await under.kill();
      const again = await under.start();
      await expectArea(again, 'a', '#1:1');
      await write(again, 'a', append(2, 9));
      await expectArea(again, 'a', '#1:1 #2:9');
    },
  },
  {
    name: 'nothing can be done with a disk that was closed',
    run: async (makeDisk) => {
      const disk = await (await makeDisk()).start();
      await open(disk, 'a');
      await close(disk);
      equal(await errorOf(write(disk, 'a', set('k', 1))), 'closed');
      equal(await errorOf(open(disk, 'a')), 'closed');
      await close(disk);
    },
  },
  {
    name: 'many times overwritten, the disk holds the last of everything, before and after a kill',
    run: async (makeDisk) => {
      const under = await makeDisk();
      const disk = await under.start();
      await open(disk, 'a');
      await open(disk, 'keep');
      await write(disk, 'keep', set('k', 1), append(3, 4), snapshot(2, bytes(3), bytes(4)));
      const filler = new Uint8Array(64 * 1024);
      let next = 1;
      for (let round = 0; round < 24; round += 1) {
        const writes: Promise<void>[] = [];
        for (let count = 0; count < 16; count += 1, next += 1) {
          writes.push(
            write(
              disk,
              'a',
              { kind: 'set', key: 'big', value: filler },
              append(next, next & 0xff),
              ...(next > 4 ? ([{ kind: 'compactTo', index: next - 4 }] as const) : []),
            ),
          );
        }
        await Promise.all(writes);
      }
      const expected = '#381:125 #382:126 #383:127 #384:128';
      const check = async (opened: Disk): Promise<void> => {
        const { values, log } = await open(opened, 'a');
        equal(inWords({ values: new Map(), log, snapshot: null }), expected);
        equal(String(values.get('big')?.length), String(filler.length));
        await expectArea(opened, 'keep', 'k=1 #3:4 snapshot 2:3/4');
      };
      await check(disk);
      await under.kill();
      await check(await under.start());
    },
  },
];
