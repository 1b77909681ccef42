import { answerFor, isAnswered } from './doorbell.js';
import type { Hold, HoldOptions } from './hold.js';
import { identityStore, type Lease } from './store.js';

/** A hidden tab's timers run once a second, so a live holder always renews in time. */
const leaseMs = 6_000;
const renewEveryMs = 2_000;
const answerMs = 300;
const askAgainMs = 500;

/** Takes the next generation of a name whose holder is known to be gone. */
export async function nextGeneration(room: string, name: string): Promise<number> {
  const database = await identityStore();
  const transaction = database.transaction('leases', 'readwrite', { durability: 'strict' });
  const generation = ((await transaction.store.get([room, name]))?.generation ?? 0) + 1;
  await transaction.store.put({ room, name, generation, renewedAtMs: Date.now() });
  await transaction.done;
  return generation;
}

/**
 * Holds a name where there are no Web Locks: by a lease in the database, renewed by a timer, and by answering whoever
 * asks. A lease may be taken over when nobody answers and it has run out; or at once when its holder has said goodbye.
 */
export class LeaseHold implements Hold {
  readonly generation: number;
  readonly #key: string;
  readonly #options: HoldOptions;
  #stopAnswering: () => void;
  #timer: ReturnType<typeof setInterval>;
  #over = false;

  private constructor(key: string, options: HoldOptions, generation: number) {
    this.generation = generation;
    this.#key = key;
    this.#options = options;
    localStorage.removeItem(noteOf(key));
    this.#stopAnswering = answerFor(key);
    this.#timer = setInterval(this.#renew, renewEveryMs);
    addEventListener('pagehide', this.#onPageHide);
    addEventListener('pageshow', this.#onPageShow);
    document.addEventListener('freeze', this.#onFreeze);
    document.addEventListener('resume', this.#onResume);
    document.addEventListener('visibilitychange', this.#renew);
  }

  static async take(key: string, options: HoldOptions): Promise<LeaseHold | null> {
    const { room, name, onWaiting } = options;
    let seen: Lease | undefined;
    for (;;) {
      const lease = await (await identityStore()).get('leases', [room, name]);
      if (lease !== undefined && !isNoted(key, lease.generation)) {
        // Renewed while we waited: its holder lives, though it did not hear us.
        const lives = seen?.generation === lease.generation && seen.renewedAtMs !== lease.renewedAtMs;
        if (lives || (await isAnswered(key, answerMs))) return null;
        seen = lease;
        const remainingMs = lease.renewedAtMs + leaseMs - Date.now();
        // A clock that was set back must not lock anyone out for longer than a lease.
        if (remainingMs > 0 && remainingMs <= leaseMs) {
          onWaiting?.(remainingMs);
          await new Promise((resolve) => setTimeout(resolve, Math.min(askAgainMs, remainingMs)));
          continue;
        }
      }
      if (await takeFrom(lease, room, name)) return new LeaseHold(key, options, (lease?.generation ?? 0) + 1);
    }
  }

  release(): void {
    if (this.#over) return;
    this.#end();
    this.#sayGoodbye();
  }

  #end(): void {
    this.#over = true;
    this.#onFreeze();
    removeEventListener('pagehide', this.#onPageHide);
    removeEventListener('pageshow', this.#onPageShow);
    document.removeEventListener('freeze', this.#onFreeze);
    document.removeEventListener('resume', this.#onResume);
    document.removeEventListener('visibilitychange', this.#renew);
  }

  /** In localStorage, since nothing asynchronous is sure to happen any more in a page that goes. */
  #sayGoodbye(): void {
    localStorage.setItem(noteOf(this.#key), String(this.generation));
  }

  /** Chromium delivers messages to a frozen page, whose timers and workers stand still: it must not say that it lives. */
  readonly #onFreeze = (): void => {
    clearInterval(this.#timer);
    this.#stopAnswering();
  };

  /** Who wakes up finds out first whether it is still the holder. */
  readonly #onResume = (): void => {
    this.#onFreeze();
    this.#stopAnswering = answerFor(this.#key);
    this.#timer = setInterval(this.#renew, renewEveryMs);
    this.#renew();
  };

  readonly #onPageHide = (): void => {
    this.#onFreeze();
    this.#sayGoodbye();
  };

  readonly #onPageShow = (event: PageTransitionEvent): void => {
    if (!event.persisted) return;
    // Back from the back-forward cache: the goodbye was no goodbye, unless someone has acted on it.
    if (isNoted(this.#key, this.generation)) localStorage.removeItem(noteOf(this.#key));
    this.#onResume();
  };

  readonly #renew = (): void => {
    const { room, name } = this.#options;
    const stop = (): void => {
      if (this.#over) return;
      this.#end();
      this.#options.onSucceeded?.();
    };
    // A lease that can't be read or written can't be relied upon either.
    renewLease(room, name, this.generation).then((renewed) => (renewed ? undefined : stop()), stop);
  };
}

const noteOf = (key: string): string => `${key}/released`;

/** Whether the holder of that generation has said goodbye. */
function isNoted(key: string, generation: number): boolean {
  return localStorage.getItem(noteOf(key)) === String(generation);
}

/** Takes over the lease as it was seen; false when it has changed since. */
async function takeFrom(seen: Lease | undefined, room: string, name: string): Promise<boolean> {
  const database = await identityStore();
  const transaction = database.transaction('leases', 'readwrite', { durability: 'strict' });
  const lease = await transaction.store.get([room, name]);
  const isSame = lease?.generation === seen?.generation && lease?.renewedAtMs === seen?.renewedAtMs;
  if (isSame) {
    const generation = (lease?.generation ?? 0) + 1;
    await transaction.store.put({ room, name, generation, renewedAtMs: Date.now() });
  }
  await transaction.done;
  return isSame;
}

async function renewLease(room: string, name: string, generation: number): Promise<boolean> {
  const database = await identityStore();
  const transaction = database.transaction('leases', 'readwrite');
  const isMine = (await transaction.store.get([room, name]))?.generation === generation;
  if (isMine) await transaction.store.put({ room, name, generation, renewedAtMs: Date.now() });
  await transaction.done;
  return isMine;
}
