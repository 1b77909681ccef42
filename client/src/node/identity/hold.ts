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
  /** The holder does not answer, and may be dead. Called about twice a second. */
  readonly onWaiting?: ((remainingMs: number) => void) | undefined;
  /** Another tab has become the holder, since this one had slept: it must stop. */
  readonly onSucceeded?: (() => void) | undefined;
};

/**
 * A live holder answers at once, so this is how long one that says nothing may be dying: its lock is free within 100 ms of
 * its end, and within seconds where the machine has more to do than it can. A frozen one keeps it for longer.
 */
const lockWaitMs = 6_000;
const tellWaitingMs = 500;

/** Becomes the holder, or answers null when a live tab is. */
export async function takeHold(options: HoldOptions): Promise<Hold | null> {
  const { room, name } = options;
  const key = keyOf(room, name);
  // There are no Web Locks on plain http.
  if (!('locks' in navigator)) return LeaseHold.take(key, options);
  const unlock = await lock(key, options);
  if (unlock === null) return null;
  const generation = await nextGeneration(room, name);
  const stopAnswering = answerFor(key);
  const release = (): void => {
    stopAnswering();
    unlock();
  };
  return { generation, release };
}

function keyOf(room: string, name: string): string {
  return `quorate/${room}/${name}`;
}

/** Answers whether a live tab of this browser is the node of a room and name; where only a lease could tell, never. */
export async function heldNow(): Promise<(room: string, name: string) => boolean> {
  if (!('locks' in navigator)) return () => false;
  const { held = [] } = await navigator.locks.query();
  const keys = new Set(held.map((lock) => lock.name));
  return (room, name) => keys.has(keyOf(room, name));
}

/** The function that frees the lock, or null when a live tab has it. */
function lock(key: string, { onWaiting }: HoldOptions): Promise<(() => void) | null> {
  return new Promise((resolve, reject) => {
    const givenUp = new AbortController();
    const end = (): void => {
      clearTimeout(timer);
      clearInterval(telling);
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
    const untilMs = performance.now() + lockWaitMs;
    const telling = setInterval(() => onWaiting?.(untilMs - performance.now()), tellWaitingMs);
    navigator.locks.request(key, { signal: givenUp.signal }, held).catch((error: unknown) => {
      end();
      reject(error);
    });
  });
}
