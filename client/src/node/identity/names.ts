import { signalingLimits } from '@quorate/shared/wire';

const numbered = /^(.*\S) ([2-9]|[1-9]\d{1,2})$/u;

/** The name to try when `name` is taken: "tiger", "tiger 2", "tiger 3". A name too long for a number loses its end. */
export function nextName(name: string): string {
  const [, base = name, number = '1'] = numbered.exec(name) ?? [];
  const suffix = ` ${Number(number) + 1}`;
  const room = signalingLimits.nameCodePointsMax - suffix.length;
  return [...base].slice(0, room).join('').trimEnd() + suffix;
}
