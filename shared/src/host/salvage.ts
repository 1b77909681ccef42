import { type AnyProtocol, type NodeId, type RunId, type Salvaged, serverInstance } from '../core/index.js';
import { encodeValue } from '../wire/index.js';
import { bytesOf } from './disk-area.js';
import { decodeImage, encodeOps } from './disk-codec.js';
import { diskGroupBytesMax } from './limits.js';
import type { Disk, StoredImage, StoredOp } from './ports.js';

/** What the administrator must be shown before and after: how far the survivor's log goes, and how far it is certain. */
export type SalvageSummary = Omit<Salvaged, 'image'>;

/** The writes that begin a new run, of which `self` is the only voter, with what an older run's server had on its disk. */
export function salvageImage(
  protocol: AnyProtocol,
  stored: StoredImage,
  self: NodeId,
): { readonly ops: readonly StoredOp[]; readonly summary: SalvageSummary } | null {
  if (protocol.salvage === undefined) return null;
  const { image, ...summary } = protocol.salvage(decodeImage(stored), self);
  // The values last: where there are any, all of it is there.
  const ops: StoredOp[] = encodeOps([
    ...image.log.map(({ index, value }) => ({ kind: 'append', index, value }) as const),
    ...Object.entries(image.values).map(([key, value]) => ({ kind: 'set', key, value }) as const),
  ]);
  const { snapshot } = image;
  if (snapshot !== null && stored.snapshot !== null) {
    const { data } = stored.snapshot;
    ops.unshift({ kind: 'snapshot', index: snapshot.index, meta: encodeValue(snapshot.meta), data });
  }
  return { ops, summary };
}

/**
 * UNSAFE: prepares this node's disk for the run `to` with what it kept of `from`; then `to` may be started with this node as
 * its only voter, and others be made voters. Nothing of `from` is changed, and nothing of a run `to` that was prepared
 * before. Answers `summary` null then, and where the protocol can't or there is nothing of `from`; `error` when the disk
 * fails or holds what the protocol never wrote.
 */
export function salvageRun(
  options: {
    readonly disk: Disk;
    readonly protocol: AnyProtocol;
    readonly from: RunId;
    readonly to: RunId;
    readonly self: NodeId;
  },
  done: (error: Error | null, summary: SalvageSummary | null) => void,
): void {
  const { disk, to } = options;
  disk.open(`${to}/${serverInstance}`, (error, begun) => {
    if (error !== null || begun.values.size > 0) done(error, null);
    else prepare(options, done);
  });
}

function prepare(
  { disk, protocol, from, to, self }: Parameters<typeof salvageRun>[0],
  done: Parameters<typeof salvageRun>[1],
): void {
  disk.open(`${from}/${serverInstance}`, (error, stored) => {
    if (error !== null) return done(error, null);
    if (stored.values.size === 0 && stored.log.length === 0 && stored.snapshot === null)
      return done(null, null);
    let salvaged: ReturnType<typeof salvageImage>;
    try {
      salvaged = salvageImage(protocol, stored, self);
    } catch (cause) {
      return done(cause instanceof Error ? cause : new Error(String(cause)), null);
    }
    if (salvaged === null) return done(null, null);
    const { ops, summary } = salvaged;
    begin(disk, `${to}/${serverInstance}`, ops, (failed) => done(failed, failed === null ? summary : null));
  });
}

/** Fills an area anew, whatever an attempt that was cut short may have left there. */
function begin(
  disk: Disk,
  area: string,
  ops: readonly StoredOp[],
  done: (error: Error | null) => void,
): void {
  disk.remove(area, (stuck) => {
    if (stuck !== null) return done(stuck);
    disk.open(area, (refused) => {
      if (refused !== null) return done(refused);
      const batches = cut(ops);
      batches.forEach((batch, i) => {
        // Completions come in order, and after a failure all that follow fail as well.
        disk.write(area, batch, (failed) => {
          if (i === batches.length - 1) done(failed);
        });
      });
    });
  });
}

/** Batches that a disk takes, and at least one: whole logs may weigh more than one may. */
function cut(ops: readonly StoredOp[]): StoredOp[][] {
  const batches: StoredOp[][] = [[]];
  let bytes = 0;
  for (const op of ops) {
    const more = bytesOf([op]);
    if (bytes > 0 && bytes + more > diskGroupBytesMax) {
      batches.push([]);
      bytes = 0;
    }
    batches.at(-1)?.push(op);
    bytes += more;
  }
  return batches;
}
