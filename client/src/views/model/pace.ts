/** The paces that the slider steps through, from real time to a thousand times slower. */
export const paces: readonly number[] = [1, 2, 5, 10, 20, 40, 80, 160, 320, 1000].map((times) => 1 / times);

/** The place on the slider: that of the named pace nearest by ratio. A script may have set one in between. */
export function sliderOfPace(pace: number): number {
  let nearest = 0;
  for (const [i, each] of paces.entries()) {
    if (Math.abs(Math.log(each / pace)) < Math.abs(Math.log((paces[nearest] ?? 1) / pace))) nearest = i;
  }
  return nearest;
}

export function paceOfSlider(place: number): number {
  return paces[Math.min(paces.length - 1, Math.max(0, Math.round(place)))] ?? 1;
}

/** How many times slower than real time, rounded to what one would say: 1, 2, 40, 250. */
export function slowdown(pace: number): number {
  const times = 1 / pace;
  if (times < 10) return Math.max(1, Math.round(times));
  const digit = 10 ** (Math.floor(Math.log10(times)) - 1);
  return Math.round(times / digit) * digit;
}
