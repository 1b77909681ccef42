import { DiskArea, type DiskBatch, DiskError, type DiskState, type StoredOp } from '@quorate/shared/host';
import { describe, expect, it } from 'vitest';
import { BatchEncoder, decodeBatches } from './batch-codec.js';
import { crc32c } from './crc32c.js';
import { openWal, type Wal, type WalFile, type WalFiles } from './wal.js';
import { headerBytes } from './wal-header.js';

class PowerCut extends Error {}

type Write = { readonly at: number; readonly bytes: Uint8Array };
/** What a platform has made durable of writes it was not made to flush: all, none, or, in an order of its own, the newest. */
type Kept = 'everything' | 'flushed' | 'newest';

function overwrite(file: Uint8Array, { at, bytes }: Write): Uint8Array {
  const grown = new Uint8Array(Math.max(file.length, at + bytes.length));
  grown.set(file);
  grown.set(bytes, at);
  return grown;
}

/** Two files whose power can be cut at any call, in the middle of a write, with or without what was not yet flushed. */
class Machine {
  callsLeft = Number.POSITIVE_INFINITY;
  #contents: [Uint8Array, Uint8Array];
  #durable: [Uint8Array, Uint8Array];
  /** Of each file, the write that was last not yet flushed. */
  readonly #newest: [Write | null, Write | null] = [null, null];

  constructor(contents: readonly [Uint8Array, Uint8Array] = [new Uint8Array(), new Uint8Array()]) {
    this.#contents = [contents[0].slice(), contents[1].slice()];
    this.#durable = [contents[0].slice(), contents[1].slice()];
  }

  get files(): WalFiles {
    return [this.#file(0), this.#file(1)];
  }

  /** What a restart finds. */
  after(kept: Kept): readonly [Uint8Array, Uint8Array] {
    if (kept === 'everything') return this.#contents;
    if (kept === 'flushed') return this.#durable;
    const [first, second] = this.#newest;
    return [
      first === null ? this.#durable[0] : overwrite(this.#durable[0], first),
      second === null ? this.#durable[1] : overwrite(this.#durable[1], second),
    ];
  }

  #file(which: 0 | 1): WalFile {
    const change = (apply: (share: number) => void): void => {
      this.callsLeft -= 1;
      if (this.callsLeft >= 0) return apply(1);
      apply(0.5);
      throw new PowerCut();
    };
    return {
      size: () => this.#contents[which].length,
      read: (at, length) => this.#contents[which].slice(at, at + length),
      write: (at, bytes) =>
        change((share) => {
          const written = { at, bytes: bytes.slice(0, Math.floor(bytes.length * share)) };
          this.#contents[which] = overwrite(this.#contents[which], written);
          this.#newest[which] = written;
        }),
      truncate: (size) =>
        change((share) => {
          if (share === 1) this.#contents[which] = this.#contents[which].slice(0, size);
        }),
      flush: () =>
        change((share) => {
          if (share < 1) return;
          this.#durable[which] = this.#contents[which].slice();
          this.#newest[which] = null;
        }),
    };
  }
}

const owner = 'abcdefghijklmnopqrstuvwxyz';
let salt = 1;
const newSalt = (): number => {
  salt = (salt * 48271) % 0x7fff_ffff;
  return salt;
};
const open = (machine: Machine) => openWal(machine.files, { owner, mustExist: false, newSalt });
const append = (index: number): StoredOp => ({ kind: 'append', index, value: Uint8Array.of(index, 1, 2) });
const batch = (index: number, area = 'run/server'): DiskBatch => ({
  area,
  ops: [append(index), { kind: 'set', key: 'last', value: Uint8Array.of(index) }],
});

function stateOf(areas: ReadonlyMap<string, DiskArea>): DiskState {
  return {
    bytes: 0,
    batches: () => [...areas].map(([area, content]) => ({ area, ops: [...content.ops()] })),
  };
}

function lastOf(areas: ReadonlyMap<string, DiskArea>): number {
  const image = areas.get('run/server')?.image();
  const last = image?.log.at(-1)?.index ?? 0;
  expect(image?.values.get('last')?.[0] ?? 0).toBe(last);
  return last;
}

/** A log of five frames, and where each begins. */
function written(): { contents: readonly [Uint8Array, Uint8Array]; boundaries: number[] } {
  const machine = new Machine();
  const { wal } = open(machine);
  const boundaries = [wal.bytes];
  for (let index = 1; index <= 5; index += 1) {
    wal.commit([batch(index)], stateOf(new Map()));
    boundaries.push(wal.bytes);
  }
  return { contents: machine.after('flushed'), boundaries };
}

describe('the write-ahead log', () => {
  it('uses CRC-32C, as its check value says', () => {
    expect(crc32c(new TextEncoder().encode('123456789'))).toBe(0xe306_9283);
  });

  it('encodes every kind of batch so that it reads back the same, across growth of its buffer', () => {
    const batches: DiskBatch[] = [
      {
        area: 'a',
        ops: [{ kind: 'set', key: '열쇠', value: Uint8Array.of() }, append(Number.MAX_SAFE_INTEGER)],
      },
      { area: 'b', ops: null },
      { area: '', ops: [] },
      {
        area: 'c',
        ops: [
          { kind: 'truncateFrom', index: 4 },
          { kind: 'compactTo', index: 2 },
          { kind: 'snapshot', index: 9, meta: Uint8Array.of(1), data: new Uint8Array(50_000).fill(7) },
        ],
      },
    ];
    const encoder = new BatchEncoder();
    expect(decodeBatches(encoder.encode(batches, 16).subarray(16))).toEqual(batches);
    const snapshot = {
      kind: 'snapshot',
      index: 1,
      meta: Uint8Array.of(),
      data: new Uint8Array(3_000_000),
    } as const;
    const [large] = decodeBatches(encoder.encode([{ area: 'a', ops: [snapshot] }], 0));
    expect(large?.ops?.[0]).toMatchObject({ data: { length: 3_000_000 } });
    expect(decodeBatches(encoder.encode([batch(1)], 0))).toEqual([batch(1)]);
  });

  it('refuses to read a group that ends early, goes on too long or has an unknown operation', () => {
    const bytes = new BatchEncoder().encode([batch(1)], 0);
    for (let length = 1; length < bytes.length; length += 1) {
      expect(() => decodeBatches(bytes.subarray(0, length))).toThrow(DiskError);
    }
    expect(() => decodeBatches(Uint8Array.of(...bytes, 1))).toThrow(DiskError);
    const unknown = bytes.slice();
    unknown[4 + 'run/server'.length + 4] = 99;
    expect(() => decodeBatches(unknown)).toThrow('unknown kind 99');
  });

  it('is created empty, and found again with its owner', () => {
    const machine = new Machine();
    expect(open(machine).created).toBe(true);
    const again = open(new Machine(machine.after('flushed')));
    expect(again.created).toBe(false);
    expect(again.areas.size).toBe(0);
  });

  it('is lost when it must exist and does not, and is not made then', () => {
    const machine = new Machine();
    expect(() => openWal(machine.files, { owner, mustExist: true, newSalt })).toThrow('is empty');
    expect(machine.after('everything')[0]).toHaveLength(0);
  });

  it('refuses the disk of another node', () => {
    const machine = new Machine();
    open(machine);
    expect(() => openWal(machine.files, { owner: 'someone-else', mustExist: true, newSalt })).toThrow(
      'belongs to node abcdef',
    );
  });

  it('cut at any byte, ends with the last frame that is whole, and goes on from there', () => {
    const { contents, boundaries } = written();
    for (let size = headerBytes; size <= contents[0].length; size += 1) {
      const machine = new Machine([contents[0].slice(0, size), contents[1]]);
      const { wal, areas } = open(machine);
      const whole = boundaries.filter((boundary) => boundary <= size).length - 1;
      expect(lastOf(areas)).toBe(whole);
      expect(machine.after('flushed')[0]).toHaveLength(wal.bytes);
      wal.commit([batch(whole + 1)], stateOf(areas));
      expect(lastOf(open(new Machine(machine.after('flushed'))).areas)).toBe(whole + 1);
    }
  });

  it('with a tail of zeros or of noise behind the last frame, drops the tail', () => {
    const { contents } = written();
    for (const tail of [
      new Uint8Array(4096),
      Uint8Array.from({ length: 4096 }, (_, at) => (at * 131) >> 3),
    ]) {
      expect(lastOf(open(new Machine([Uint8Array.of(...contents[0], ...tail), contents[1]])).areas)).toBe(5);
    }
  });

  it('with any bit flipped before the last frame, says that it is corrupt; within the last, cuts that one', () => {
    const { contents, boundaries } = written();
    const lastAt = boundaries[4] ?? 0;
    for (let bit = 0; bit < contents[0].length * 8; bit += 1) {
      const damaged = contents[0].slice();
      damaged[bit >> 3] = (damaged[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      const machine = new Machine([damaged, contents[1]]);
      if (bit < lastAt * 8) {
        let found: unknown;
        try {
          open(machine);
        } catch (error) {
          found = error;
        }
        expect(found, `bit ${bit}`).toMatchObject({ name: 'DiskError', code: 'corrupt' });
      } else {
        expect(lastOf(open(machine).areas), `bit ${bit}`).toBe(4);
      }
    }
  });

  it('takes no frame from inside a value for one of its own', () => {
    const { contents, boundaries } = written();
    const forged = contents[0].slice(boundaries[1], boundaries[3]);
    const machine = new Machine();
    const { wal } = open(machine);
    wal.commit([{ area: 'a', ops: [{ kind: 'set', key: 'k', value: forged }] }], stateOf(new Map()));
    const torn = machine.after('flushed')[0].slice(0, -1);
    expect(open(new Machine([torn, new Uint8Array()])).areas.size).toBe(0);
  });

  it('says that it is corrupt when its records contradict each other', () => {
    const machine = new Machine();
    open(machine).wal.commit([batch(1), batch(3)], stateOf(new Map()));
    expect(() => open(machine)).toThrow('contradict');
  });
});

/** Creates, writes three frames, rewrites twice with a frame after each; answers with the batches that completed. */
function work(machine: Machine, note: (last: number) => void): void {
  const { wal, areas } = open(machine);
  let next = lastOf(areas) + 1;
  const commit = (commits: (wal: Wal, group: DiskBatch) => void): void => {
    const group = batch(next);
    areas.set('run/server', areas.get('run/server') ?? new DiskArea());
    areas.get('run/server')?.apply(group.ops ?? []);
    commits(wal, group);
    note(next);
    next += 1;
  };
  const plain = (): void => commit((opened, group) => void opened.commit([group], stateOf(new Map())));
  const rewriting = (): void => commit((opened) => void opened.rewrite(stateOf(areas)));
  for (const step of [plain, plain, plain, rewriting, plain, rewriting, plain]) step();
}

describe('the write-ahead log when the power fails', () => {
  it.each(['everything', 'flushed', 'newest'] as const)(
    'at any call, holds every group that completed and none in part (%s was kept)',
    (kept) => {
      for (let calls = 0; ; calls += 1) {
        const machine = new Machine();
        machine.callsLeft = calls;
        let completed = 0;
        let cut = false;
        try {
          work(machine, (last) => {
            completed = last;
          });
        } catch (error) {
          if (!(error instanceof PowerCut)) throw error;
          cut = true;
        }
        const restarted = new Machine(machine.after(kept));
        const found = lastOf(open(restarted).areas);
        expect([completed, completed + 1], `cut at call ${calls}`).toContain(found);
        work(restarted, () => undefined);
        expect(lastOf(open(new Machine(restarted.after(kept))).areas)).toBe(found + 7);
        if (!cut) break;
      }
    },
  );

  it('finds the same content after a rewrite, in a smaller file', () => {
    const machine = new Machine();
    const { wal, areas } = open(machine);
    areas.set('run/server', new DiskArea());
    for (let index = 1; index <= 50; index += 1) {
      const group = batch(index);
      areas.get('run/server')?.apply([...(group.ops ?? []), { kind: 'compactTo', index: index - 2 }]);
      wal.commit(
        [{ ...group, ops: [...(group.ops ?? []), { kind: 'compactTo', index: index - 2 }] }],
        stateOf(areas),
      );
    }
    const before = wal.bytes;
    wal.rewrite(stateOf(areas));
    expect(wal.bytes).toBeLessThan(before / 5);
    const again = open(new Machine(machine.after('flushed')));
    expect(again.areas.get('run/server')?.image()).toEqual(areas.get('run/server')?.image());
  });
});
