/**
 * Which sequence numbers of one sender there are: all up to `upTo`, and some beyond. `ahead` is sorted and holds none that
 * follows on `upTo`.
 */
export type Received = { upTo: number; ahead: number[] };

export function createReceived(upTo = 0): Received {
  return { upTo, ahead: [] };
}

export function includes({ upTo, ahead }: Readonly<Received>, sequence: number): boolean {
  return sequence <= upTo || ahead.includes(sequence);
}

/** Adds one number. Answers false when it was there already. */
export function add(received: Received, sequence: number): boolean {
  if (includes(received, sequence)) return false;
  const at = received.ahead.findIndex((other) => other > sequence);
  received.ahead.splice(at < 0 ? received.ahead.length : at, 0, sequence);
  closeUp(received);
  return true;
}

/** From here on counts everything up to `upTo` as there. */
export function advance(received: Received, upTo: number): void {
  if (upTo <= received.upTo) return;
  received.upTo = upTo;
  received.ahead = received.ahead.filter((sequence) => sequence > upTo);
  closeUp(received);
}

/** How many numbers there are. */
export function count({ upTo, ahead }: Readonly<Received>): number {
  return upTo + ahead.length;
}

/** The numbers from `upTo` + 1 to `last` that are not there, the lowest first; at most `max` of them. */
export function missing({ upTo, ahead }: Readonly<Received>, last: number, max: number): number[] {
  const there = new Set(ahead);
  const found: number[] = [];
  for (let sequence = upTo + 1; sequence <= last && found.length < max; sequence++) {
    if (!there.has(sequence)) found.push(sequence);
  }
  return found;
}

function closeUp(received: Received): void {
  let run = 0;
  while (received.ahead[run] === received.upTo + run + 1) run += 1;
  received.upTo += run;
  received.ahead.splice(0, run);
}
