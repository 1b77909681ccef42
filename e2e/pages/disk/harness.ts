import { DiskError, type DiskUnderTest, diskAcceptance } from '@quorate/shared/host';
import { hasDisk, listDisks, removeDisk } from '../../../client/src/node/disk/index.js';
import type { Kind } from './protocol.js';
import { RemoteDisk } from './remote-disk.js';

/* Runs the disks' acceptance suite in a page, with each disk in a worker, and opens disks by hand. */
let made = 0;
const held = new Map<number, RemoteDisk>();

async function makeDisk(kind: Kind, drop: (disk: () => void) => void): Promise<DiskUnderTest> {
  made += 1;
  const nodeId = `case-${Date.now().toString(36)}-${made}`;
  let disk = new RemoteDisk();
  drop(() => disk.kill());
  return {
    start: async () => {
      disk.kill();
      disk = new RemoteDisk();
      await disk.start(kind, nodeId);
      return disk;
    },
    kill: async () => disk.kill(),
    failNextWrite: async () => {
      await disk.ask({ call: 'failNext' });
    },
    stats: async () => {
      const { stats } = await disk.ask({ call: 'stats' });
      if (stats === undefined) throw new Error('no statistics');
      return stats;
    },
  };
}

const codeOf = async (promise: Promise<unknown>): Promise<string> => {
  try {
    await promise;
    return 'ok';
  } catch (error) {
    return error instanceof DiskError ? error.code : String(error);
  }
};

const harness = {
  cases: (): string[] => diskAcceptance.map(({ name }) => name),
  /** Runs one case; answers `ok`, or says what went wrong. */
  run: async (name: string, kind: Kind): Promise<string> => {
    const found = diskAcceptance.find((one) => one.name === name);
    if (found === undefined) return 'no such case';
    const drops: (() => void)[] = [];
    try {
      await found.run(() => makeDisk(kind, (drop) => drops.push(drop)));
      return 'ok';
    } catch (error) {
      return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    } finally {
      for (const drop of drops) drop();
    }
  },
  hasDisk,
  listDisks,
  removeDisk: (nodeId: string) => codeOf(removeDisk(nodeId)),
  /** Opens a disk under a number, in a worker of its own: its kind, or the code of its error. */
  hold: async (slot: number, kind: Kind, nodeId: string, generation: number | null, mustExist = false) => {
    const disk = new RemoteDisk();
    held.set(slot, disk);
    try {
      const opened = await disk.start(kind, nodeId, generation, mustExist);
      return `${opened.kind} ${opened.created ? 'created' : 'found'}`;
    } catch (error) {
      return error instanceof DiskError ? error.code : String(error);
    }
  },
  /** Sets `key` in area `a`. */
  set: (slot: number, key: string): Promise<string> => {
    const disk = held.get(slot);
    if (disk === undefined) return Promise.resolve('no such disk');
    const opened = new Promise<void>((resolve) => disk.open('a', () => resolve()));
    return codeOf(
      opened.then(
        () =>
          new Promise<void>((resolve, reject) => {
            const ops = [{ kind: 'set', key, value: Uint8Array.of(1) }] as const;
            disk.write('a', ops, (error) => (error === null ? resolve() : reject(error)));
          }),
      ),
    );
  },
  keys: (slot: number): Promise<string[]> =>
    new Promise((resolve) => held.get(slot)?.open('a', (_error, image) => resolve([...image.values.keys()]))),
  close: (slot: number): Promise<void> => new Promise((resolve) => held.get(slot)?.close(resolve)),
  kill: (slot: number): void => held.get(slot)?.kill(),
  measure: (slot: number, writes: number, bytes: number) =>
    held.get(slot)?.ask({ call: 'measure', writes, bytes }),
};

export type Harness = typeof harness;

Object.assign(globalThis, { harness });
