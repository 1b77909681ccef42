import type { NodeId } from '@quorate/shared/core';

/**
 * What was refused of the room document. `forged`: no signature of the host or of a co-host holds for it. `other-host`: it is
 * of another host than this tab's. `older`: its sender had told it or a newer one before, so it was replayed. `overtaken`: a change
 * made here that another one has beaten and that can't be made any more. `lost`: changes made here in an earlier life that the
 * room does not hold.
 */
export type RefusedKind = 'forged' | 'other-host' | 'older' | 'overtaken' | 'lost';

export type RefusedEntry = {
  readonly kind: RefusedKind;
  /** Who sent it; for `overtaken` and `lost`, whose version stands now. */
  readonly from: NodeId;
  /** This machine's clock, ms since 1970. */
  readonly atMs: number;
  /** In English, for the curious: what was wrong with it. */
  readonly message: string;
  /** How often it has happened in a row. */
  readonly times: number;
};

const entriesMax = 32;

/** The last of what was refused; what the same tab does again and again is one entry. */
export class RefusedLog {
  #entries: readonly RefusedEntry[] = [];

  /** The newest last. */
  get entries(): readonly RefusedEntry[] {
    return this.#entries;
  }

  add(entry: Omit<RefusedEntry, 'times'>): void {
    const same = this.#entries.findLast(
      ({ kind, from, message }) => kind === entry.kind && from === entry.from && message === entry.message,
    );
    const others = this.#entries.filter((each) => each !== same);
    this.#entries = [...others, { ...entry, times: (same?.times ?? 0) + 1 }].slice(-entriesMax);
  }
}
