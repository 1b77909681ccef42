import { nowMs } from './endings.js';
import { type BenchRoom, pause } from './room.js';
import { type Seen, seenBy } from './seen.js';

/** How often the traces are read: they keep no more than some thousand events. */
const readEveryMs = 4_000;

/** What every node saw while nothing ended. */
export type Quiet = {
  readonly forMs: number;
  readonly seen: readonly (readonly Seen[])[];
};

/** Watches all tabs for so long. */
export async function watchQuiet(room: BenchRoom, forMs: number): Promise<Quiet> {
  const beganMs = nowMs();
  const since = room.tabs.map(() => beganMs);
  const seen: Seen[][] = room.tabs.map(() => []);
  while (nowMs() - beganMs < forMs) {
    await pause(readEveryMs);
    const parts = await Promise.all(room.tabs.map((tab, i) => seenBy(tab, since[i] ?? beganMs)));
    for (const [i, part] of parts.entries()) {
      seen[i]?.push(...part);
      since[i] = part.at(-1)?.atMs ?? since[i] ?? beganMs;
    }
  }
  return { forMs: nowMs() - beganMs, seen };
}
