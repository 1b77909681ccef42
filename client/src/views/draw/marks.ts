import { isAside } from '../model/aside.js';
import type { Ring } from '../model/geometry.js';
import { along, type Box, type Point } from '../model/geometry.js';
import { nextTimer } from '../model/looks.js';
import type { Flight, ViewState } from '../model/state.js';
import { shapeOf } from '../protocols.js';
import type { Frame } from '../store.js';
import { type Palette, reignColour } from '../theme.js';
import { paintTag } from './tags.js';

/** A message that takes less than this is shown for as long as this, or nobody would see it. */
const visibleMs = 260;
/** How long the end of a lost message stays. */
const lostMs = 1100;
const marksMax = 140;
/** How many marks there are besides of what the protocol stands on, and how clear they are. */
const asideMarksMax = 60;
const asideClearness = 0.4;
/** A message whose next event should have come, and has not, is no longer drawn after this. */
const unheardMs = 2000;
/** Above this many messages a second the marks are thinned out, and a number says how many there are. */
export const summariseAbove = 400;

export type Scene = {
  readonly ring: Ring;
  readonly places: ReadonlyMap<string, Point>;
  readonly colours: Palette;
  readonly isStill: boolean;
  readonly lostText: (reason: NonNullable<Flight['reason']>) => string;
  readonly fontPx: number;
};

/** Draws what moves on the cluster's ring: the arcs of the timers, and the messages on their way. */
export function paintMarks(context: CanvasRenderingContext2D, frame: Frame, scene: Scene): void {
  paintTimers(context, frame, scene);
  const thinned = frame.view.traffic.perSecond > summariseAbove;
  // At real time one mark a link and direction says as much as a train of them.
  const ways = new Set<string>();
  const tags: Box[] = [];
  const left = { own: marksMax, aside: asideMarksMax };
  for (const flight of recent(frame)) {
    const whose = isAside(flight.instance) ? 'aside' : 'own';
    if (left[whose] === 0) continue;
    const share = shareOf(flight, frame);
    if (share === null) continue;
    if (share < 1 && isQuick(flight, frame)) {
      const way = `${flight.from} ${flight.to} ${flight.info.answer} ${whose}`;
      if (ways.has(way) && flight.info.entries === 0) continue;
      ways.add(way);
    }
    if (thinned && flight.reason === null && !isSampled(flight)) continue;
    left[whose] -= 1;
    paintFlight(context, flight, share, { ...scene, tags });
  }
}

/** Messages that may be visible, the newest first. */
function* recent(frame: Frame): Generator<Flight> {
  const { landed, flights, clock } = frame.view;
  const since = frame.nowMs - Math.max(visibleMs, lostMs) - 200;
  for (let i = landed.length - 1; i >= 0 && i >= landed.length - 600; i--) {
    const flight = landed[i];
    if (flight === undefined) break;
    const isFresh =
      flight.seenMs > since || (flight.endMs ?? 0) > frame.labMs - lostMs * (clock.paused ? 1 : clock.pace);
    if (isFresh) yield flight;
  }
  yield* [...flights.values()].reverse();
}

/** How far a message is on its way, 0 to 1; above 1 a lost one's end fades; null when there is nothing to see. */
function shareOf(flight: Flight, frame: Frame): number | null {
  const { clock } = frame.view;
  const seenForMs = frame.nowMs - flight.seenMs;
  if (flight.endMs === null) {
    return seenForMs > unheardMs && !clock.paused ? null : 0.12 * (1 - Math.exp(-seenForMs / 400));
  }
  const quick = isQuick(flight, frame);
  const share = quick
    ? seenForMs / visibleMs
    : (frame.labMs - flight.sentMs) / (flight.endMs - flight.sentMs);
  if (flight.end !== 'lost') {
    if (share < 1) return Math.max(0, share);
    const isLate = flight.end === 'waiting' && (seenForMs < unheardMs || clock.paused);
    return isLate ? 1 : null;
  }
  const sinceMs = quick ? seenForMs - visibleMs : (frame.labMs - flight.endMs) / clock.pace;
  return sinceMs > lostMs ? null : 1 + Math.max(0, sinceMs) / lostMs;
}

/** True when a message takes less time than an eye needs. */
function isQuick(flight: Flight, frame: Frame): boolean {
  return flight.endMs !== null && (flight.endMs - flight.sentMs) / frame.view.clock.pace < visibleMs;
}

function isSampled(flight: Flight): boolean {
  let hash = 0;
  for (let i = 0; i < flight.id.length; i++) hash = (hash * 31 + flight.id.charCodeAt(i)) | 0;
  return (hash & 7) === 0;
}

function paintTimers(context: CanvasRenderingContext2D, frame: Frame, scene: Scene): void {
  const { ring, colours } = scene;
  const radius = ring.disc + Math.max(4, ring.disc * 0.17);
  context.lineWidth = Math.max(2, ring.disc * 0.085);
  context.lineCap = 'round';
  for (const [id, at] of scene.places) {
    const node = frame.view.nodes.get(id);
    const timer = node?.lab === 'running' && node.observation?.role !== 'leader' ? nextTimer(node) : null;
    if (timer === null) continue;
    const share = (timer.dueMs - frame.labMs) / Math.max(1, timer.dueMs - timer.setMs);
    const shown = Math.min(1, Math.max(0, scene.isStill ? Math.ceil(share * 8) / 8 : share));
    context.strokeStyle = colours.line;
    context.beginPath();
    context.arc(at.x, at.y, radius, 0, 2 * Math.PI);
    context.stroke();
    if (shown === 0) continue;
    context.strokeStyle = colours.muted;
    context.beginPath();
    context.arc(at.x, at.y, radius, -Math.PI / 2, -Math.PI / 2 + shown * 2 * Math.PI);
    context.stroke();
  }
}

/** With the places of the texts drawn so far: the next one must not cover them. */
type Drawing = Scene & { readonly tags: Box[] };

function paintFlight(context: CanvasRenderingContext2D, flight: Flight, share: number, scene: Drawing): void {
  const from = scene.places.get(flight.from);
  const to = scene.places.get(flight.to);
  if (from === undefined || to === undefined) return;
  const isLost = flight.end === 'lost';
  const rim = scene.ring.disc * 1.3;
  const way = isLost ? Math.min(1, share) * 0.55 : scene.isStill ? 0.5 : share;
  const at = along(from, to, rim, way);
  const colour = reignColour(scene.colours, flight.info.reign);
  if (isLost && share >= 1) {
    paintLost(context, flight, at, 2 - share, scene);
    return;
  }
  const size = Math.max(4, Math.min(10, scene.ring.disc * 0.24));
  const tail = along(from, to, rim, Math.max(0, way - 0.16));
  const clearness = isAside(flight.instance) ? asideClearness : 1;
  context.strokeStyle = colour;
  context.globalAlpha = 0.55 * clearness;
  context.lineWidth = 1.5;
  context.beginPath();
  context.moveTo(tail.x, tail.y);
  context.lineTo(at.x, at.y);
  context.stroke();
  context.globalAlpha = clearness;
  paintMark(
    context,
    flight.info,
    { at, angle: Math.atan2(to.y - from.y, to.x - from.x), size },
    {
      colour,
      back: scene.colours.panel,
      on: scene.colours.onReign,
    },
  );
  context.globalAlpha = 1;
}

function paintLost(
  context: CanvasRenderingContext2D,
  flight: Flight,
  at: Point,
  alpha: number,
  scene: Drawing,
): void {
  const size = Math.max(4, scene.ring.disc * 0.16);
  context.globalAlpha = Math.min(1, alpha * 1.5);
  context.strokeStyle = scene.colours.fault;
  context.lineWidth = 2;
  context.beginPath();
  context.moveTo(at.x - size, at.y - size);
  context.lineTo(at.x + size, at.y + size);
  context.moveTo(at.x + size, at.y - size);
  context.lineTo(at.x - size, at.y + size);
  context.stroke();
  if (flight.reason !== null && !scene.ring.isCrowded) {
    paintTag(context, scene.lostText(flight.reason), { at, beside: size + 4 }, scene);
  }
  context.globalAlpha = 1;
}

type Place = { readonly at: Point; readonly angle: number; readonly size: number };
type Ink = { readonly colour: string; readonly back: string; readonly on: string };

/** One message's mark. Also drawn in the legend and in the lists of waiting messages. */
export function paintMark(
  context: CanvasRenderingContext2D,
  info: Flight['info'],
  place: Place,
  ink: Ink,
): void {
  const { size } = place;
  const shape = shapeOf(info.kind);
  context.save();
  context.translate(place.at.x, place.at.y);
  context.strokeStyle = ink.colour;
  context.fillStyle = ink.back;
  context.lineWidth = 1.8;
  context.lineJoin = 'round';
  if (info.answer !== undefined) paintAnswer(context, info.answer, size, shape === 'ask');
  else if (shape === 'request') {
    path(context, [
      [0, -size * 0.6],
      [size * 0.6, 0],
      [0, size * 0.6],
      [-size * 0.6, 0],
    ]);
    context.fillStyle = ink.colour;
    context.fill();
  } else {
    context.rotate(shape === 'ask' ? 0 : uprightAngle(place.angle));
    outline(context, shape, size);
    if (info.entries > 0 || shape !== 'entries') context.fillStyle = ink.colour;
    context.fill();
    context.stroke();
    if (info.entries > 0) paintBars(context, size, Math.min(3, info.entries), ink.on);
  }
  context.restore();
}

function uprightAngle(angle: number): number {
  return Math.abs(angle) > Math.PI / 2 ? angle + Math.PI : angle;
}

function outline(
  context: CanvasRenderingContext2D,
  shape: 'entries' | 'ask' | 'snapshot',
  size: number,
): void {
  context.beginPath();
  if (shape === 'ask') {
    path(context, [
      [0, -size],
      [size, 0],
      [0, size],
      [-size, 0],
    ]);
    return;
  }
  const height = shape === 'snapshot' ? size * 1.1 : size * 0.72;
  context.roundRect(-size * 1.2, -height, size * 2.4, height * 2, shape === 'snapshot' ? 1 : size * 0.4);
}

function path(context: CanvasRenderingContext2D, points: readonly (readonly [number, number])[]): void {
  context.beginPath();
  for (const [x, y] of points) context.lineTo(x, y);
  context.closePath();
}

function paintBars(context: CanvasRenderingContext2D, size: number, count: number, colour: string): void {
  context.strokeStyle = colour;
  context.lineWidth = Math.max(1, size * 0.18);
  context.beginPath();
  for (let i = 0; i < count; i++) {
    const x = (i - (count - 1) / 2) * size * 0.55;
    context.moveTo(x, -size * 0.35);
    context.lineTo(x, size * 0.35);
  }
  context.stroke();
}

/** An answer is a circle with a tick or a cross; an answer to a request for a vote is a diamond. */
function paintAnswer(
  context: CanvasRenderingContext2D,
  answer: 'yes' | 'no',
  size: number,
  isVote: boolean,
): void {
  if (isVote)
    path(context, [
      [0, -size],
      [size, 0],
      [0, size],
      [-size, 0],
    ]);
  else {
    context.beginPath();
    context.arc(0, 0, size * 0.8, 0, 2 * Math.PI);
  }
  context.fill();
  context.stroke();
  const arm = size * 0.34;
  context.beginPath();
  if (answer === 'yes') {
    context.moveTo(-arm, 0);
    context.lineTo(-arm * 0.2, arm * 0.8);
    context.lineTo(arm, -arm * 0.7);
  } else {
    context.moveTo(-arm, -arm);
    context.lineTo(arm, arm);
    context.moveTo(arm, -arm);
    context.lineTo(-arm, arm);
  }
  context.stroke();
}

/** True when the view has traffic above what can be drawn one by one. */
export function isDense(view: ViewState): boolean {
  return view.traffic.perSecond > summariseAbove;
}
