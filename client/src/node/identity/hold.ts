import { answerFor, askWhoHolds } from './doorbell.js';
import { LeaseHold, nextGeneration } from './lease.js';

/** That this tab, and no other of this browser, is the node of a room and name. */
export type Hold = {
  /** Higher than that of every earlier holder. */
  readonly generation: number;
  /** Lets go at once; again does nothing. */
  release(): void;
};

export type HoldOptions = {
  readonly room: string;
  readonly name: string;
  /** Where only a lease can tell: its holder does not answer, and may be dead. Called about twice a second. */
  readonly onWaiting?: ((remainingMs: number) => void) | undefined;
  /** Another tab has become the holder, since this one had slept: it must stop. */
  readonly onSucceeded?: (() => void) | undefined;
};

/** A closed, reloaded or crashed holder frees its lock within 100 ms. */
const lockWaitMs = 400;

/** Becomes the holder, or answers null when a live tab is. */
export async function takeHold(options: HoldOptions): Promise<Hold | null> {
  const { room, name } = options;
  const key = `quorate/${room}/${name}`;
  // There are no Web Locks on plain http.
  if (!('locks' in navigator)) return LeaseHold.take(key, options);
  const unlock = await lock(key);
  if (unlock === null) return null;
  const generation = await nextGeneration(room, name);
  const stopAnswering = answerFor(key);
  const release = (): void => {
    stopAnswering();
    unlock();
  };
  return { generation, release };
}

/** The function that frees the lock, or null when a live tab has it. */
function lock(key: string): Promise<(() => void) | null> {
  return new Promise((resolve, reject) => {
    const givenUp = new AbortController();
    const end = (): void => {
      clearTimeout(timer);
      stopAsking();
    };
    // Not left to the request's own rejection: in Chromium, one that is aborted early may never settle.
    const giveUp = (): void => {
      end();
      givenUp.abort();
      resolve(null);
    };
    const held = (): Promise<void> => {
      end();
      if (givenUp.signal.aborted) return Promise.resolve();
      return new Promise((release) => resolve(release));
    };
    const stopAsking = askWhoHolds(key, giveUp);
    const timer = setTimeout(giveUp, lockWaitMs);
    navigator.locks.request(key, { signal: givenUp.signal }, held).catch((error: unknown) => {
      end();
      reject(error);
    });
  });
}
