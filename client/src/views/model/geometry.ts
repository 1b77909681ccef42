export type Point = { readonly x: number; readonly y: number };

export type Ring = {
  readonly width: number;
  readonly height: number;
  /** Radius of a disc. */
  readonly disc: number;
  /** Centres, in the order of the nodes; the first stands at the top, the rest follow clockwise. */
  readonly places: readonly Point[];
};

/** Room for the name and role beneath a disc. */
const labelHeight = 40;
const labelHalfWidth = 64;

/** Places `count` discs on an ellipse that leaves room for their labels; all lengths in CSS pixels. */
export function ringOf(count: number, width: number, height: number): Ring {
  const crowded = count > 9;
  const label = crowded ? 18 : labelHeight;
  const room = Math.min(width, height * 1.15);
  const disc = Math.max(9, Math.min(44, room * 0.1, (room * 1.15) / Math.max(5, count)));
  const radiusX = Math.max(0, width / 2 - disc - (crowded ? 30 : labelHalfWidth));
  const radiusY = Math.max(0, (height - label) / 2 - disc - 24);
  const centre = { x: width / 2, y: (height - label) / 2 + 10 };
  if (count === 1) return { width, height, disc, places: [centre] };
  const rx = Math.min(radiusX, radiusY * 1.35);
  const places = Array.from({ length: count }, (_, i) => {
    const angle = (i / count) * 2 * Math.PI - Math.PI / 2;
    return { x: centre.x + rx * Math.cos(angle), y: centre.y + radiusY * Math.sin(angle) };
  });
  return { width, height, disc, places };
}

/** The point at `share` (0..1) of the way between the rims of two discs. */
export function along(from: Point, to: Point, rim: number, share: number): Point {
  const length = Math.hypot(to.x - from.x, to.y - from.y);
  if (length === 0) return from;
  const at = (rim + Math.max(0, length - 2 * rim) * share) / length;
  return { x: from.x + (to.x - from.x) * at, y: from.y + (to.y - from.y) * at };
}

/** The point at distance `radius` from `from` in the direction of `to`. */
export function towards(from: Point, to: Point, radius: number): Point {
  const length = Math.hypot(to.x - from.x, to.y - from.y);
  if (length === 0) return from;
  return { x: from.x + ((to.x - from.x) * radius) / length, y: from.y + ((to.y - from.y) * radius) / length };
}
