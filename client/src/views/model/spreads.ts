import type { TraceEvent } from '@quorate/shared/trace';

/** How one broadcast went through an overlay: copies that came in anywhere, and how far the last of them had come. */
export type Spread = { readonly copies: number; readonly hops: number };
/** By the broadcast's name, the newest last. */
export type Spreads = ReadonlyMap<string, Spread>;

const spreadsMax = 100;

/** With one more message delivered; only payloads that say their broadcast and their round count. */
export function withCopy(all: Spreads, { info }: TraceEvent & { readonly type: 'delivered' }): Spreads {
  const { message, round } = info.summary;
  if (info.entries === 0 || typeof message !== 'string' || typeof round !== 'number') return all;
  const known = all.get(message) ?? { copies: 0, hops: 0 };
  const next = new Map(all).set(message, {
    copies: known.copies + 1,
    hops: Math.max(known.hops, round),
  });
  for (const oldest of next.keys()) {
    if (next.size <= spreadsMax) break;
    next.delete(oldest);
  }
  return next;
}

/** Relative message redundancy (Leitão et al.): copies beyond the one that each of the others needs; null for nobody. */
export function redundancy({ copies }: Spread, reached: number): number | null {
  return reached < 2 ? null : copies / (reached - 1) - 1;
}
