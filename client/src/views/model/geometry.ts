export type Point = { readonly x: number; readonly y: number };

/** A place on the ring, where its label stands, and how wide the label may be. */
export type Place = Point & {
  readonly label: 'below' | 'above' | 'left' | 'right';
  readonly room: number;
};

export type Ring = {
  readonly width: number;
  readonly height: number;
  readonly fontPx: number;
  /** Radius of a disc. */
  readonly disc: number;
  /** Too many nodes to say more than their names. */
  readonly isCrowded: boolean;
  /** Centres, in the order of the nodes; the first stands at the top, the rest follow clockwise. */
  readonly places: readonly Place[];
};

/** Up to so many nodes have room for their states. */
const roomyMax = 9;
/** Lengths in units of the text's size: a label of two lines, the room one gets at least, and the largest disc. */
const labelHeightEm = 2.7;
const labelWidthEm = 5.6;
const labelMostEm = 18;
const discMostEm = 3.4;
const discLeastPx = 8;
/** In units of a disc's radius: the timer's arc, the mark of the one chosen, and the crown's tip lie so far out. */
const outerShare = 1.34;
const crownShare = 1.85;
/** Between neighbours' centres, in the same units: what travels needs a way. */
const apartShare = 2.9;
const gapPx = 8;

export type Box = {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
};

/** Places `count` discs on an ellipse, as large as their labels allow; all lengths in CSS pixels. */
export function ringOf(count: number, width: number, height: number, fontPx: number): Ring {
  if (count > roomyMax) return crowdedRing(count, width, height, fontPx);
  const most = Math.min(discMostEm * fontPx, height / 5, width / 5);
  const area = { width, height, fontPx };
  for (let disc = most; disc > discLeastPx; disc *= 0.94) {
    const fitting = (['below', 'beside'] as const)
      .map((labels) => placed(count, disc, { ...area, labels }))
      .filter((places) => fits(places, disc, area))
      .sort((a, b) => nearest(b) - nearest(a));
    const [places] = fitting;
    if (places !== undefined)
      return { ...area, disc, isCrowded: false, places: withRoom(places, disc, area) };
  }
  return crowdedRing(count, width, height, fontPx);
}

type Area = { readonly width: number; readonly height: number; readonly fontPx: number };
type Layout = Area & { readonly labels: 'below' | 'beside' };

/** The largest ellipse whose discs and labels stay inside. */
function placed(count: number, disc: number, layout: Layout): readonly Place[] {
  const { width, height, fontPx, labels } = layout;
  const outer = disc * outerShare + gapPx;
  const label = labelWidthEm * fontPx;
  const angles = anglesOf(count);
  const lowest = Math.max(...angles.map(Math.sin));
  const widest = Math.max(0.01, ...angles.map((angle) => Math.abs(Math.cos(angle))));
  const above = disc * crownShare + 2;
  const below = labels === 'below' ? outer + labelHeightEm * fontPx : disc * outerShare + gapPx;
  const side = labels === 'below' ? Math.max(outer, label / 2 + 2) : outer + label;
  const mostX = Math.max(0, (width / 2 - side) / widest);
  const mostY = Math.max(0, (height - above - below) / (1 + lowest));
  const radiusX = Math.min(mostX, mostY * 2);
  const radiusY = Math.min(mostY, mostX * 1.5);
  const spare = height - above - below - radiusY * (1 + lowest);
  const centre = { x: width / 2, y: above + radiusY + spare / 2 };
  return angles.map((angle): Place => {
    const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
    if (count === 1) return { x: width / 2, y: height / 2, label: 'below', room: label };
    const at = { x: centre.x + radiusX * cos, y: centre.y + radiusY * sin };
    return { ...at, label: labelSide(cos, sin, labels), room: label };
  });
}

function anglesOf(count: number): readonly number[] {
  return Array.from({ length: count }, (_, i) => (i / count) * 2 * Math.PI - Math.PI / 2);
}

function labelSide(cos: number, sin: number, labels: Layout['labels']): Place['label'] {
  if (sin < -0.99) return 'right';
  if (labels === 'below') return 'below';
  return cos < -0.01 ? 'left' : 'right';
}

/** True when no label touches anything or leaves the area, and no disc crowds another. */
function fits(places: readonly Place[], disc: number, area: Area): boolean {
  if (places.length > 1 && nearest(places) < disc * apartShare) return false;
  return places.every((place) => isClear(place, places, disc, area));
}

/** True when the label of `place` touches no other disc, crown or label, and stays inside. */
function isClear(place: Place, places: readonly Place[], disc: number, area: Area): boolean {
  const box = labelBox(place, disc, area.fontPx);
  if (box.left < 0 || box.right > area.width || box.top < 0 || box.bottom > area.height) return false;
  return places.every((other) => {
    if (other.x === place.x && other.y === place.y) return true;
    const crown = {
      left: other.x - disc * 0.35,
      right: other.x + disc * 0.35,
      top: other.y - disc * crownShare,
      bottom: other.y - disc,
    };
    const isFar = distanceTo(box, other) > disc * outerShare + 2;
    return isFar && !touch(box, crown) && !touch(box, labelBox(other, disc, area.fontPx));
  });
}

/** Where a label's two lines stand. */
export function labelBox(place: Place, disc: number, fontPx: number): Box {
  const outer = disc * outerShare + gapPx;
  const tall = labelHeightEm * fontPx;
  if (place.label === 'below' || place.label === 'above') {
    const top = place.label === 'below' ? place.y + outer : place.y - outer - tall;
    return { left: place.x - place.room / 2, right: place.x + place.room / 2, top, bottom: top + tall };
  }
  const left = place.label === 'right' ? place.x + outer : place.x - outer - place.room;
  return { left, right: left + place.room, top: place.y - tall / 2, bottom: place.y + tall / 2 };
}

/** True when a box covers no disc and none of the words that stand beside one. */
export function isFreeOf(ring: Ring, box: Box): boolean {
  const least = labelWidthEm * ring.fontPx;
  return ring.places.every((place) => {
    const words = labelBox({ ...place, room: Math.min(place.room, least) }, ring.disc, ring.fontPx);
    return distanceTo(box, place) > ring.disc * outerShare && !touch(box, words);
  });
}

/** How far from its disc's centre a label begins. */
export function labelOffset(disc: number): number {
  return disc * outerShare + gapPx;
}

/** A label may be as wide as what stands around it allows. */
function withRoom(places: readonly Place[], disc: number, area: Area): readonly Place[] {
  const wide = area.fontPx * labelMostEm;
  return places.map((place) => {
    for (let room = wide; room > place.room; room *= 0.92) {
      if (isClear({ ...place, room }, places, disc, area)) return { ...place, room };
    }
    return place;
  });
}

/** Many nodes: names alone, beside their discs. */
function crowdedRing(count: number, width: number, height: number, fontPx: number): Ring {
  const perNode = (Math.min(width, height * 1.5) * 1.25) / Math.max(5, count);
  const most = Math.max(8, Math.min(discMostEm * fontPx, height * 0.105, perNode * 0.5));
  const above = most * 1.1 + 1.6 * fontPx;
  const radiusY = Math.max(0, (height - above - 1.6 * fontPx) / 2 - most * 1.25);
  const outside = most * 1.5 + labelWidthEm * fontPx;
  const radiusX = Math.min(Math.max(0, width / 2 - outside), radiusY * 2);
  const centre = { x: width / 2, y: above + most * 1.1 + radiusY };
  const places = anglesOf(count).map((angle): Place => {
    const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
    const place = { x: centre.x + radiusX * cos, y: centre.y + radiusY * sin, room: labelWidthEm * fontPx };
    if (Math.abs(cos) < 0.25) return { ...place, label: sin > 0 ? 'below' : 'above' };
    return { ...place, label: cos < 0 ? 'left' : 'right' };
  });
  const disc = Math.min(most, Math.max(20, nearest(places)) / 2.75);
  return { width, height, fontPx, disc, isCrowded: true, places };
}

/** Discs alone, without labels: their centres on the largest ellipse. */
export function bareRing(count: number, width: number, height: number, disc: number): readonly Point[] {
  const [radiusX, radiusY] = [Math.max(0, width / 2 - disc * 1.3), Math.max(0, height / 2 - disc * 1.3)];
  const [centreX, centreY] = [width / 2, height / 2];
  if (count === 1) return [{ x: centreX, y: centreY }];
  const narrow = Math.min(radiusX, radiusY) * 1.5;
  return anglesOf(count).map((angle) => ({
    x: centreX + Math.min(radiusX, narrow) * Math.cos(angle),
    y: centreY + Math.min(radiusY, narrow) * Math.sin(angle),
  }));
}

/** The least distance between neighbours on the ring. */
function nearest(places: readonly Point[]): number {
  const distances = places.map((place, i) => {
    const next = places[(i + 1) % places.length] ?? place;
    return Math.hypot(next.x - place.x, next.y - place.y);
  });
  return places.length < 2 ? Number.POSITIVE_INFINITY : Math.min(...distances);
}

export function touch(a: Box, b: Box): boolean {
  return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
}

function distanceTo(box: Box, point: Point): number {
  const x = Math.max(box.left - point.x, 0, point.x - box.right);
  const y = Math.max(box.top - point.y, 0, point.y - box.bottom);
  return Math.hypot(x, y);
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
