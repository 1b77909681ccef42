import { lastHeardMs } from './fixed-timeout.js';
import { type BenchRoom, type BenchTab, pause, until } from './room.js';
import { firstOf, type Seen, seenBy } from './seen.js';

/** `closed` says goodbye; `killed`: its process crashes; `frozen`: hidden, frozen, and thawed once all suspect it. */
export type Ending = 'closed' | 'killed' | 'frozen';

/** One ended tab, as one of the others noticed it. Durations in ms. */
export type Noticed = {
  /** From the ending to the suspicion. */
  readonly suspectedMs: number;
  /** From the ending back to the last word of it, which may be later than the ending by a message under way. */
  readonly silentSinceMs: number;
  /** From the ending to the end of the link, if it ended before it was suspected: a fixed timeout believes that. */
  readonly linkEndedMs: number | null;
  /** From the thaw until it was trusted again; null where there was none. */
  readonly trustedMs: number | null;
};

export type EndingFigures = {
  readonly noticed: readonly Noticed[];
  /** Suspicions of others by those that had thawed. */
  readonly accusations: number;
};

/** All are watched by all for so long before anything happens: what came with the last ending is over. */
const calmMs = 4_000;
/** The detector's heartbeats, in which an ending may fall anywhere. */
const heartbeatMs = 500;
/** So long after a thaw the thawed node is watched. */
const thawedMs = 3_000;

/** Ends a tab so many times, and tells how each of the others noticed. `random` gives 0 to 1. */
export async function measureEndings(
  room: BenchRoom,
  ending: Ending,
  count: number,
  random: () => number,
): Promise<EndingFigures> {
  const noticed: Noticed[] = [];
  let accusations = 0;
  for (let i = 0; i < count; i++) {
    await settle(room);
    await pause(random() * heartbeatMs);
    const figures = ending === 'frozen' ? await freezeOne(room) : await endOne(room, ending);
    noticed.push(...figures.noticed);
    accusations += figures.accusations;
  }
  return { noticed, accusations };
}

/** Waits until nobody has suspected anybody for a while. */
async function settle(room: BenchRoom): Promise<void> {
  for (let sinceMs = nowMs(); ; sinceMs = nowMs()) {
    await pause(calmMs);
    const seen = (await Promise.all(room.tabs.map((tab) => seenBy(tab, sinceMs)))).flat();
    if (seen.every(({ what }) => what === 'heard')) return;
  }
}

async function endOne(room: BenchRoom, ending: 'closed' | 'killed'): Promise<EndingFigures> {
  const victim = room.visible.at(-1);
  if (victim === undefined || victim === room.host) throw new Error('the host has to stay');
  const others = room.tabs.filter((tab) => tab !== victim);
  const beganMs = nowMs();
  await (ending === 'closed' ? room.close(victim) : room.kill(victim));
  const noticed = await Promise.all(others.map((tab) => noticedBy(tab, victim, beganMs)));
  await room.reopen(victim);
  for (const tab of others) await trustedBy(tab, victim, beganMs);
  return { noticed, accusations: 0 };
}

async function freezeOne(room: BenchRoom): Promise<EndingFigures> {
  const victim = room.hidden.at(-1);
  if (victim === undefined) throw new Error('only a hidden tab can be frozen');
  const others = room.tabs.filter((tab) => tab !== victim);
  const beganMs = nowMs();
  const thaw = await room.freeze(victim);
  const suspected = await Promise.all(others.map((tab) => noticedBy(tab, victim, beganMs)));
  const thawedAtMs = nowMs();
  await thaw();
  const trusted = await Promise.all(others.map((tab) => trustedBy(tab, victim, thawedAtMs)));
  await pause(thawedMs);
  const accusations = (await seenBy(victim, thawedAtMs)).filter(({ what }) => what === 'suspected').length;
  const noticed = suspected.map((one, i) => ({ ...one, trustedMs: trusted[i] ?? null }));
  return { noticed, accusations };
}

/** Waits until the tab's node suspects the victim. */
async function noticedBy(tab: BenchTab, victim: BenchTab, endedMs: number): Promise<Noticed> {
  // Far enough back for the last word of it.
  const sinceMs = endedMs - 20 * heartbeatMs;
  let seen: readonly Seen[] = [];
  const suspicion = (): Seen | null =>
    firstOf(
      seen.filter(({ atMs }) => atMs >= endedMs),
      'suspected',
      victim.id,
    );
  await until(async () => {
    seen = await seenBy(tab, sinceMs);
    return suspicion() !== null;
  }, 'a tab that has ended is suspected');
  const suspectedAtMs = suspicion()?.atMs ?? endedMs;
  const ended = firstOf(
    seen.filter(({ atMs }) => atMs >= endedMs && atMs <= suspectedAtMs),
    'link-ended',
    victim.id,
  );
  return {
    suspectedMs: suspectedAtMs - endedMs,
    silentSinceMs: (lastHeardMs(seen, victim.id, suspectedAtMs) ?? endedMs) - endedMs,
    linkEndedMs: ended === null ? null : ended.atMs - endedMs,
    trustedMs: null,
  };
}

/** Waits until the tab's node trusts the victim again; answers with how long that took. */
async function trustedBy(tab: BenchTab, victim: BenchTab, sinceMs: number): Promise<number> {
  let trust: Seen | null = null;
  await until(async () => {
    trust = firstOf(await seenBy(tab, sinceMs), 'trusted', victim.id);
    return trust !== null;
  }, 'a tab that is back is trusted');
  return trust === null ? 0 : (trust as Seen).atMs - sinceMs;
}

/** The machine's clock, as traces tell it. */
export function nowMs(): number {
  return performance.timeOrigin + performance.now();
}
