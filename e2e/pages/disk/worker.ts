import { type Disk, DiskError, type DiskStats } from '@quorate/shared/host';
import { openDisk, openIndexedDbDisk, openOpfsDisk } from '../../../client/src/node/disk/index.js';
import type { Answer, FromWorker, Request, ToWorker } from './protocol.js';

/* Holds a disk, as the lab's worker does, for a page that tests it. */
let disk: (Disk & { stats(): DiskStats }) | null = null;
const openers = { opfs: openOpfsDisk, indexeddb: openIndexedDbDisk, any: openDisk };

addEventListener('message', ({ data: { id, request } }: MessageEvent<ToWorker>) => {
  const answer = (given: Answer): void => postMessage({ id, answer: given } satisfies FromWorker);
  handle(request, answer).catch((error: unknown) => answer({ error: describe(error) }));
});

function describe(error: unknown): Answer['error'] {
  if (error === null) return null;
  return { code: error instanceof DiskError ? error.code : null, message: String(error) };
}

async function handle(request: Request, answer: (given: Answer) => void): Promise<void> {
  if (request.call === 'start') {
    const { kind, nodeId, generation, mustExist } = request;
    const fence = generation === null ? null : { generation };
    const opened = await openers[kind](nodeId, { fence, mustExist });
    disk = opened.disk;
    return answer({ error: null, kind: opened.kind, created: opened.created });
  }
  if (disk === null) throw new Error('the disk was not started');
  switch (request.call) {
    case 'open':
      return disk.open(request.area, (error, image) => answer({ error: describe(error), image }));
    case 'write':
      return disk.write(request.area, request.ops, (error) => answer({ error: describe(error) }));
    case 'remove':
      return disk.remove(request.area, (error) => answer({ error: describe(error) }));
    case 'list':
      return disk.list((error, areas) => answer({ error: describe(error), areas }));
    case 'close':
      return disk.close(() => answer({ error: null }));
    case 'stats':
      return answer({ error: null, stats: disk.stats() });
    case 'failNext':
      failNext();
      return answer({ error: null });
    case 'measure':
      return answer({ error: null, ...(await measure(disk, request.writes, request.bytes)) });
  }
}

/** The next write of the platform below the disk throws, as on a full disk. */
function failNext(): void {
  for (const [type, method] of [
    ['FileSystemSyncAccessHandle', 'write'],
    ['IDBObjectStore', 'put'],
  ] as const) {
    const prototype: unknown = Reflect.get(globalThis, type)?.prototype;
    if (typeof prototype !== 'object' || prototype === null) continue;
    const real: unknown = Reflect.get(prototype, method);
    Reflect.set(prototype, method, () => {
      Reflect.set(prototype, method, real);
      throw new DOMException('no room left', 'QuotaExceededError');
    });
  }
}

async function measure(measured: Disk, writes: number, bytes: number) {
  const value = new Uint8Array(bytes);
  const write = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const ops = [{ kind: 'set', key: 'k', value }] as const;
      measured.write('m', ops, (error) => (error === null ? resolve() : reject(error)));
    });
  await new Promise((resolve) => measured.open('m', resolve));
  const oneMs: number[] = [];
  for (let count = 0; count < writes; count += 1) {
    const beganMs = performance.now();
    await write();
    oneMs.push(performance.now() - beganMs);
  }
  const beganMs = performance.now();
  let left = writes * 10;
  const lane = async (): Promise<void> => {
    while (left-- > 0) await write();
  };
  await Promise.all(Array.from({ length: 256 }, lane));
  return { oneMs, perSecond: (writes * 10_000) / (performance.now() - beganMs) };
}
