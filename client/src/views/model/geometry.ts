export type Point = { readonly x: number; readonly y: number };

/** A place on the ring, and where its label stands. */
export type Place = Point & { readonly label: 'below' | 'above' | 'left' | 'right' };

export type Ring = {
  readonly width: number;
  readonly height: number;
  /** Radius of a disc. */
  readonly disc: number;
  /** Too many nodes to say more than their names. */
  readonly isCrowded: boolean;
  /** Centres, in the order of the nodes; the first stands at the top, the rest follow clockwise. */
  readonly places: readonly Place[];
};

/** Up to so many nodes have room for their states. */
const roomyMax = 9;
/** Heights and widths in units of the text's size. */
const labelHeightEm = 3;
const labelWidthEm = 5.4;
const labelHalfEm = 3.4;
const discMostEm = 3.3;
/** Below this height labels stand beside their discs. */
const flatEm = 26;

/** Places `count` discs on an ellipse that leaves room for their labels; all lengths in CSS pixels. */
export function ringOf(count: number, width: number, height: number, fontPx: number): Ring {
  const isCrowded = count > roomyMax;
  const isBeside = isCrowded || height < flatEm * fontPx;
  const perNode = (Math.min(width, height * 1.5) * 1.25) / Math.max(5, count);
  const disc = Math.max(8, Math.min(discMostEm * fontPx, height * (isBeside ? 0.105 : 0.115), perNode * 0.5));
  const below = isCrowded ? 1.6 * fontPx : isBeside ? disc * 0.5 : labelHeightEm * fontPx;
  // The timer's arc and the crown stand above the uppermost disc.
  const above = disc * 1.1 + (isCrowded ? 1.6 * fontPx : 0);
  const radiusY = Math.max(0, (height - above - below) / 2 - disc * 1.25);
  const outside = isBeside ? disc * 1.5 + labelWidthEm * fontPx : Math.max(disc * 1.5, labelHalfEm * fontPx);
  const radiusX = Math.min(Math.max(0, width / 2 - outside), radiusY * (isBeside ? 2 : 1.4));
  const centre = { x: width / 2, y: above + disc * 1.1 + radiusY };
  const places = Array.from({ length: count }, (_, i): Place => {
    if (count === 1) return { ...centre, label: 'below' };
    const angle = (i / count) * 2 * Math.PI - Math.PI / 2;
    const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
    const place = { x: centre.x + radiusX * cos, y: centre.y + radiusY * sin };
    return { ...place, label: labelSide(cos, sin, count, isBeside) };
  });
  return { width, height, disc: Math.min(disc, nearest(places) / 2.75), isCrowded, places };
}

/** The least distance between neighbours on the ring. */
function nearest(places: readonly Point[]): number {
  const distances = places.map((place, i) => {
    const next = places[(i + 1) % places.length] ?? place;
    return Math.hypot(next.x - place.x, next.y - place.y);
  });
  return places.length < 2 ? Number.POSITIVE_INFINITY : Math.max(20, Math.min(...distances));
}

function labelSide(cos: number, sin: number, count: number, isBeside: boolean): Place['label'] {
  if (count > roomyMax && Math.abs(cos) < 0.25) return sin > 0 ? 'below' : 'above';
  // Beside the top disc stand its neighbours when there are many; within the ring there is room.
  if (sin < -0.99) return count < 7 ? 'right' : 'below';
  if (isBeside) return cos < -0.01 ? 'left' : 'right';
  return 'below';
}

/** The point at `share` (0..1) of the way between the rims of two discs. */
export function along(from: Point, to: Point, rim: number, share: number): Point {
  const length = Math.hypot(to.x - from.x, to.y - from.y);
  return towards(from, to, rim + Math.max(0, length - 2 * rim) * share);
}

/** The point at distance `radius` from `from` in the direction of `to`. */
export function towards(from: Point, to: Point, radius: number): Point {
  const length = Math.hypot(to.x - from.x, to.y - from.y);
  if (length === 0) return from;
  return { x: from.x + ((to.x - from.x) * radius) / length, y: from.y + ((to.y - from.y) * radius) / length };
}
