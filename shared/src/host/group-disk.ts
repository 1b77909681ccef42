import { assert } from '../core/index.js';
import { bytesOf, DiskArea, emptyImage } from './disk-area.js';
import { DiskError, type DiskStats } from './disk-error.js';
import { diskGroupBytesMax } from './limits.js';
import type { Disk, StoredImage, StoredOp } from './ports.js';

/** What one `write` or `remove` changes. A removed area has null for ops. */
export type DiskBatch = { readonly area: string; readonly ops: readonly StoredOp[] | null };

/** Everything there is once a group is durable, for a device that would rather write it all anew. */
export type DiskState = { readonly bytes: number; batches(): Iterable<DiskBatch> };

/** Where a `GroupDisk` makes its groups durable. */
export type DiskDevice = {
  /**
   * Makes a group durable: after a crash a beginning of the batches may be there, each of them whole. Answers once,
   * with the bytes it wrote; it may answer before it returns. Never called while another commit is under way.
   */
  commit(
    batches: readonly DiskBatch[],
    state: DiskState,
    done: (error: Error | null, bytes: number) => void,
  ): void;
  /** Lets go of files and handles. */
  close(done: () => void): void;
};

export type GroupDiskOptions = {
  readonly device: DiskDevice;
  /** What the device held when it was opened. The disk goes on to change these. */
  readonly areas: Map<string, DiskArea>;
  /** Calls back in a later turn. */
  readonly defer: (callback: () => void) => void;
  /** Whether a group waits for the end of the turn, so that all instances' writes of one turn share a flush. */
  readonly gathers: boolean;
};

/** One call, in the order in which it came. `error` is known beforehand when the call was refused. */
type Task = {
  readonly batch: DiskBatch | null;
  readonly error: DiskError | null;
  readonly finish: (error: Error | null) => void;
};

/**
 * A `Disk` made of a device that can only commit groups: keeps all areas in memory, checks each batch when it comes, and
 * commits together whatever came while the last group was under way.
 */
export class GroupDisk implements Disk {
  readonly #options: GroupDiskOptions;
  readonly #areas: Map<string, DiskArea>;
  readonly #opened = new Set<string>();
  #waiting: Task[] = [];
  /** A commit is under way, or has been asked for. */
  #busy = false;
  #refused = false;
  #failure: DiskError | null = null;
  #closed = false;
  #writes = 0;
  #flushes = 0;
  #bytes = 0;

  constructor(options: GroupDiskOptions) {
    this.#options = options;
    this.#areas = options.areas;
  }

  stats(): DiskStats {
    return { writes: this.#writes, flushes: this.#flushes, bytes: this.#bytes };
  }

  open(area: string, done: (error: Error | null, image: StoredImage) => void): void {
    this.#opened.add(area);
    // Taken now: writes that come after this call are not part of what it answers.
    const image = this.#areas.get(area)?.image() ?? emptyImage;
    this.#push(null, null, (error) => done(error, error === null ? image : emptyImage));
  }

  write(area: string, ops: readonly StoredOp[], done: (error: Error | null) => void): void {
    this.#writes += 1;
    const refusal = this.#opened.has(area)
      ? (this.#areas.get(area) ?? new DiskArea()).refusal(ops)
      : 'the area was not opened before it was written';
    if (refusal !== null) {
      return this.#push(null, new DiskError('refused', `area ${area}: ${refusal}`), done);
    }
    this.#push({ area, ops }, null, done);
  }

  remove(area: string, done: (error: Error | null) => void): void {
    this.#opened.delete(area);
    this.#push({ area, ops: null }, null, done);
  }

  list(done: (error: Error | null, areas: readonly string[]) => void): void {
    const areas = [...this.#areas].filter(([, area]) => !area.isEmpty).map(([name]) => name);
    areas.sort((a, b) => (a < b ? -1 : 1));
    this.#push(null, null, (error) => done(error, error === null ? areas : []));
  }

  close(done: () => void): void {
    const end = (): void => this.#options.device.close(done);
    if (this.#closed) return this.#options.defer(done);
    this.#push(null, null, end);
    this.#closed = true;
  }

  #push(batch: DiskBatch | null, error: DiskError | null, finish: (error: Error | null) => void): void {
    let known = error;
    if (this.#closed) known = new DiskError('closed', 'the disk is closed');
    else if (this.#refused) known = new DiskError('broken', 'an earlier write was refused');
    this.#refused ||= error !== null;
    if (known === null && batch !== null) applyBatch(this.#areas, batch);
    this.#waiting.push({ batch: known === null ? batch : null, error: known, finish });
    if (this.#busy) return;
    this.#busy = true;
    if (this.#options.gathers) this.#options.defer(() => this.#commit());
    else this.#commit();
  }

  #commit(): void {
    const group = this.#takeGroup();
    assert(group.length > 0, 'a commit has something to answer');
    const batches = group.flatMap(({ batch }) => (batch === null ? [] : [batch]));
    if (batches.length === 0 || this.#failure !== null) {
      if (this.#options.gathers) this.#finish(group);
      else this.#options.defer(() => this.#finish(group));
      return;
    }
    this.#options.device.commit(batches, this.#state(), (error, bytes) => {
      if (error === null) {
        this.#flushes += 1;
        this.#bytes += bytes;
      } else {
        this.#failure = error instanceof DiskError ? error : new DiskError('io', error.message, error);
      }
      this.#finish(group, this.#failure);
    });
  }

  #takeGroup(): Task[] {
    let bytes = 0;
    let count = 0;
    for (const { batch } of this.#waiting) {
      bytes += bytesOf(batch?.ops ?? []);
      if (count > 0 && bytes > diskGroupBytesMax) break;
      count += 1;
    }
    return this.#waiting.splice(0, count);
  }

  /** Answers a whole group; what its callers write meanwhile is the next. */
  #finish(group: readonly Task[], failure: DiskError | null = this.#broken()): void {
    for (const { error, finish } of group) finish(error ?? failure);
    if (this.#waiting.length === 0) this.#busy = false;
    else if (this.#options.gathers) this.#options.defer(() => this.#commit());
    else this.#commit();
  }

  #broken(): DiskError | null {
    const failure = this.#failure;
    return failure && new DiskError('broken', `an earlier write failed: ${failure.message}`, failure);
  }

  #state(): DiskState {
    const areas = this.#areas;
    let bytes = 0;
    for (const area of areas.values()) bytes += area.bytes;
    return {
      bytes,
      *batches() {
        for (const [area, content] of areas) yield* inBatches(area, content);
      },
    };
  }
}

/** Carries a batch out on the areas that a disk holds. */
export function applyBatch(areas: Map<string, DiskArea>, { area: name, ops }: DiskBatch): void {
  if (ops === null) {
    areas.delete(name);
    return;
  }
  let area = areas.get(name);
  if (area === undefined) {
    area = new DiskArea();
    areas.set(name, area);
  }
  area.apply(ops);
}

/** Carries out a batch read back from a disk. Throws `DiskError` `corrupt` when it can't have been written there. */
export function replayBatch(areas: Map<string, DiskArea>, batch: DiskBatch): void {
  const refusal = (areas.get(batch.area) ?? new DiskArea()).refusal(batch.ops ?? []);
  if (refusal !== null)
    throw new DiskError('corrupt', `the disk's records contradict each other: ${refusal}`);
  applyBatch(areas, batch);
}

/** How much one batch of a rewritten area holds before the next begins, so that no record grows without bound. */
const rewriteBatchBytes = 1024 * 1024;

function* inBatches(area: string, content: DiskArea): Generator<DiskBatch> {
  let ops: StoredOp[] = [];
  let bytes = 0;
  for (const op of content.ops()) {
    ops.push(op);
    bytes += bytesOf([op]);
    if (bytes < rewriteBatchBytes) continue;
    yield { area, ops };
    ops = [];
    bytes = 0;
  }
  if (ops.length > 0) yield { area, ops };
}
