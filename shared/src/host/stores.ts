import { assert, type Index, type Outcome } from '../core/index.js';
import { createStore, type Store } from '../store/index.js';

/** As an effect carries them. */
export type StoreEntry = { readonly index: Index; readonly command: Uint8Array | null };

/**
 * An instance's store, and beside it what the store would be with what has been executed tentatively. The second one is made
 * when it is first needed, and kept in step from then on: to undo is to forget it.
 */
export class Stores {
  #committed: Store = createStore();
  #tentative: Store | null = null;

  get committed(): Store {
    return this.#committed;
  }

  /** Applies what is final. What was executed tentatively before must be the same. */
  commit(entries: readonly StoreEntry[]): Outcome[] {
    const outcomes = applyAll(this.#committed, entries);
    const tentative = this.#tentative;
    if (tentative === null) return outcomes;
    applyAll(
      tentative,
      entries.filter(({ index }) => index > tentative.appliedIndex),
    );
    const isLevel = tentative.appliedIndex === this.#committed.appliedIndex;
    assert(
      !isLevel || tentative.digest() === this.#committed.digest(),
      'what is committed is what was executed, or that was undone before',
    );
    return outcomes;
  }

  /** Applies what may be undone. */
  execute(entries: readonly StoreEntry[]): { readonly outcomes: Outcome[]; readonly digest: string } {
    if (this.#tentative === null) {
      this.#tentative = createStore();
      if (this.#committed.appliedIndex > 0) this.#tentative.restore(this.#committed.snapshot());
    }
    const outcomes = applyAll(this.#tentative, entries);
    return { outcomes, digest: this.#tentative.digest() };
  }

  /** Undoes what was executed and not committed. */
  rollback(): void {
    this.#tentative = null;
  }

  /** Becomes another store; what was executed tentatively is undone. */
  replace(store: Store): void {
    this.#committed = store;
    this.#tentative = null;
  }
}

function applyAll(store: Store, entries: readonly StoreEntry[]): Outcome[] {
  return entries.map(({ index, command }) => ({ index, result: store.apply(index, command) }));
}
