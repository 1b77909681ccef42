/** The slowest pace: a thousand times slower than real time. */
export const paceMin = 1 / 1000;

/** The slider's ends: 0 is real time, 1 is 1/1000, logarithmic in between. */
export function paceOfSlider(position: number): number {
  const pace = paceMin ** Math.min(1, Math.max(0, position));
  return 1 / slowdown(pace);
}

export function sliderOfPace(pace: number): number {
  return Math.min(1, Math.max(0, Math.log(pace) / Math.log(paceMin)));
}

/** How many times slower than real time, rounded to what one would say: 1, 2, 40, 250. */
export function slowdown(pace: number): number {
  const times = 1 / pace;
  if (times < 10) return Math.max(1, Math.round(times));
  const digit = 10 ** (Math.floor(Math.log10(times)) - 1);
  return Math.round(times / digit) * digit;
}

/** `1`, `1/40`. */
export function paceText(pace: number): string {
  const times = slowdown(pace);
  return times === 1 ? '1' : `1/${times}`;
}
