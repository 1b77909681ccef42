import {
  applyBatch,
  bytesOf,
  type Disk,
  type DiskArea,
  type DiskBatch,
  DiskError,
  type DiskStats,
  GroupDisk,
  type StoredImage,
  type StoredOp,
} from '../../host/index.js';

export type MemoryDiskOptions = {
  /** Calls back once, `afterMs` later, never before it returns: the simulator's virtual clock. */
  readonly schedule: (afterMs: number, callback: () => void) => void;
  /** How long the next flush takes, in ms; asked once for each group. Without it a flush takes no time. */
  readonly flushMs?: () => number;
};

/** Creates an empty disk in memory, with the faults of a real one. Deterministic: all it asks of the world is in its options. */
export function createMemoryDisk(options: MemoryDiskOptions): MemoryDisk {
  return new MemoryDisk(options);
}

/** What has completed outlives `crash`, so a node that starts again opens the same object. */
export class MemoryDisk implements Disk {
  readonly #options: MemoryDiskOptions;
  /** What would be found after a power cut. */
  readonly #platter = new Map<string, DiskArea>();
  #disk: GroupDisk;
  /** The group whose flush is under way. */
  #flushing: readonly DiskBatch[] = [];
  /** How many writes of the next flush are written before it fails; null when it will not fail. */
  #failsAfter: number | null = null;
  /** Callbacks of an earlier life are told by it. */
  #life = 0;

  constructor(options: MemoryDiskOptions) {
    this.#options = options;
    this.#disk = this.#start();
  }

  open(area: string, done: (error: Error | null, image: StoredImage) => void): void {
    this.#disk.open(area, done);
  }

  write(area: string, ops: readonly StoredOp[], done: (error: Error | null) => void): void {
    this.#disk.write(area, ops, done);
  }

  remove(area: string, done: (error: Error | null) => void): void {
    this.#disk.remove(area, done);
  }

  list(done: (error: Error | null, areas: readonly string[]) => void): void {
    this.#disk.list(done);
  }

  close(done: () => void): void {
    this.#disk.close(done);
  }

  /**
   * The node ends at once: no callback of its calls comes any more. Writes not yet complete are lost, save the first
   * `survivingWrites` of the group under way, which had reached the platter though nobody was told: a torn tail.
   */
  crash(survivingWrites = 0): void {
    this.#store(this.#flushing.slice(0, survivingWrites));
    this.#life += 1;
    this.#disk = this.#start();
  }

  /** How many writes the flush under way holds: the most that a crash now could leave behind. */
  get writesUnderWay(): number {
    return this.#flushing.length;
  }

  /**
   * The next flush fails, its first `survivingWrites` writes written though it says otherwise; the disk is broken from
   * then on, until the node crashes and starts again.
   */
  failNext(survivingWrites = 0): void {
    this.#failsAfter = survivingWrites;
  }

  /** A flush that was to fail will not; a disk that is broken stays so until the node starts again. */
  mend(): void {
    this.#failsAfter = null;
  }

  /** All content is gone, as if someone had cleared the browser's storage; the node's calls are not answered any more. */
  lose(): void {
    this.#flushing = [];
    this.#platter.clear();
    this.crash();
  }

  /** Counts since the node last started. */
  stats(): DiskStats {
    return this.#disk.stats();
  }

  #start(): GroupDisk {
    this.#flushing = [];
    this.#failsAfter = null;
    return new GroupDisk({
      device: {
        commit: (batches, _state, done) => this.#flush(batches, done),
        close: (done) => done(),
      },
      areas: new Map([...this.#platter].map(([name, area]) => [name, area.clone()])),
      defer: (callback) => this.#later(0, callback),
      gathers: false,
    });
  }

  #flush(batches: readonly DiskBatch[], done: (error: Error | null, bytes: number) => void): void {
    this.#flushing = batches;
    this.#later(this.#options.flushMs?.() ?? 0, () => {
      this.#flushing = [];
      if (this.#failsAfter !== null) {
        this.#store(batches.slice(0, this.#failsAfter));
        return done(new DiskError('io', 'the disk failed to write'), 0);
      }
      this.#store(batches);
      done(
        null,
        batches.reduce((sum, { ops }) => sum + bytesOf(ops ?? []), 0),
      );
    });
  }

  #later(afterMs: number, callback: () => void): void {
    const life = this.#life;
    this.#options.schedule(afterMs, () => {
      if (life === this.#life) callback();
    });
  }

  #store(batches: readonly DiskBatch[]): void {
    for (const batch of batches) applyBatch(this.#platter, batch);
  }
}
