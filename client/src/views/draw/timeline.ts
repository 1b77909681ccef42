import type { Flight, ViewState } from '../model/state.js';
import { fontFamily } from '../parts/font.js';
import { shapeOf } from '../protocols.js';
import type { Frame } from '../store.js';
import { type Palette, reignColour } from '../theme.js';

/** Lines drawn in one frame; of more, every nth. */
export const linesMax = 400;
/** How long a message stays in sight, in real time; at real time less, or there would be nothing but lines. */
const windowRealMs = 9000;
/** So high is a diagram that shows all of it; a lower one shows less time, not lines on top of each other. */
const wholeHeightEm = 26;
const windowMostMs = 1000;
/** Lines beyond this many make each other fainter. */
const linesClear = 60;

export type TimelineScene = {
  readonly width: number;
  readonly height: number;
  readonly nodes: readonly string[];
  readonly nameOf: (node: string) => string;
  readonly colours: Palette;
  readonly fontPx: number;
  readonly nowText: string;
  /** Where the pointer is, or null. */
  readonly pointer: { readonly x: number; readonly y: number } | null;
  readonly said: (flight: Flight) => string;
  readonly crashText: string;
};

type Axes = {
  readonly top: number;
  readonly bottom: number;
  readonly x: ReadonlyMap<string, number>;
  readonly y: (labMs: number) => number;
  readonly fromMs: number;
  readonly toMs: number;
};

/** Lab time that a diagram of this height (in units of its text) spans at this pace. */
export function windowMs(pace: number, heightEm: number): number {
  const share = Math.min(1, Math.max(0.3, heightEm / wholeHeightEm));
  return Math.max(20, Math.min(windowMostMs, windowRealMs * pace) * share);
}

/** Draws the space-time diagram: a column a node, time down to now, messages as slanted lines. Answers how many it left out. */
export function paintTimeline(context: CanvasRenderingContext2D, frame: Frame, scene: TimelineScene): number {
  const axes = axesOf(frame, scene);
  paintGrid(context, axes, scene);
  paintColumns(context, frame.view, axes, scene);
  const flights = inWindow(frame.view, axes);
  const step = Math.max(1, Math.ceil(flights.length / linesMax));
  const clearness = Math.max(0.35, Math.min(1, Math.sqrt(linesClear / Math.max(1, flights.length))));
  let near: { flight: Flight; distance: number } | null = null;
  context.save();
  context.beginPath();
  context.rect(0, axes.top - 4, scene.width, axes.bottom - axes.top + 8);
  context.clip();
  for (let i = 0; i < flights.length; i += step) {
    const flight = flights[i];
    if (flight === undefined) continue;
    const distance = paintLine(context, flight, axes, scene, clearness);
    if (distance < 9 && (near === null || distance < near.distance)) near = { flight, distance };
  }
  context.restore();
  paintEvents(context, frame.view, axes, scene);
  if (near !== null) paintLabel(context, near.flight, axes, scene);
  return step === 1 ? 0 : flights.length;
}

function axesOf(frame: Frame, scene: TimelineScene): Axes {
  const { width, height, nodes, fontPx } = scene;
  const left = fontPx * 5.2;
  const right = fontPx * 3.4;
  const top = fontPx * 2;
  const bottom = height - fontPx * 1.5;
  const toMs = frame.labMs;
  const fromMs = toMs - windowMs(frame.view.clock.pace, (bottom - top) / fontPx);
  const gap = nodes.length > 1 ? (width - left - right - fontPx * 4) / (nodes.length - 1) : 0;
  const x = new Map(
    nodes.map((node, i) => [
      node,
      left + fontPx * 2 + (nodes.length > 1 ? i * gap : (width - left) / 2 - right),
    ]),
  );
  const y = (labMs: number): number => top + ((labMs - fromMs) / (toMs - fromMs)) * (bottom - top);
  return { top, bottom, x, y, fromMs, toMs };
}

function paintGrid(context: CanvasRenderingContext2D, axes: Axes, scene: TimelineScene): void {
  const { colours, fontPx, width } = scene;
  const stepMs = roundStep((axes.toMs - axes.fromMs) / 5);
  context.font = `${fontPx * 0.82}px ${fontFamily}`;
  context.textAlign = 'right';
  context.textBaseline = 'middle';
  context.lineWidth = 1;
  for (let at = Math.max(0, Math.ceil(axes.fromMs / stepMs)) * stepMs; at < axes.toMs; at += stepMs) {
    const y = Math.round(axes.y(at)) + 0.5;
    if (y > axes.bottom - fontPx) break;
    context.strokeStyle = colours.line;
    context.globalAlpha = 0.5;
    line(context, fontPx * 5, y, width - fontPx, y);
    context.globalAlpha = 1;
    context.fillStyle = colours.faint;
    context.fillText(timeText(at, stepMs), fontPx * 4.4, y);
  }
  const y = Math.round(axes.bottom) + 0.5;
  context.strokeStyle = colours.muted;
  line(context, fontPx * 5, y, width - fontPx, y);
  context.fillStyle = colours.ink;
  context.fillText(scene.nowText, fontPx * 4.4, y);
}

function timeText(ms: number, stepMs: number): string {
  return stepMs >= 1000
    ? `${Math.round(ms / 1000)} s`
    : stepMs >= 100
      ? `${(ms / 1000).toFixed(1)} s`
      : `${(ms / 1000).toFixed(stepMs >= 10 ? 2 : 3)} s`;
}

function roundStep(ms: number): number {
  const power = 10 ** Math.floor(Math.log10(ms));
  const digit = ms / power;
  return power * (digit >= 7 ? 10 : digit >= 3.5 ? 5 : digit >= 1.5 ? 2 : 1);
}

function paintColumns(
  context: CanvasRenderingContext2D,
  view: ViewState,
  axes: Axes,
  scene: TimelineScene,
): void {
  const { colours, fontPx } = scene;
  const nameLetters = Math.max(
    2,
    Math.min(14, Math.floor((scene.width / scene.nodes.length / fontPx) * 1.5)),
  );
  for (const [id, x] of axes.x) {
    context.textAlign = 'center';
    context.textBaseline = 'middle';
    context.fillStyle = colours.ink;
    context.font = `600 ${fontPx * 0.9}px ${fontFamily}`;
    context.fillText(clip(scene.nameOf(id), nameLetters), x, axes.top - fontPx);
    const spans = view.nodes.get(id)?.reigns ?? [];
    for (const [i, span] of spans.entries()) {
      const until = spans[i + 1]?.atMs ?? axes.toMs;
      if (until < axes.fromMs) continue;
      const y0 = axes.y(Math.max(span.atMs, axes.fromMs));
      context.strokeStyle = span.reign === null ? colours.faint : reignColour(colours, span.reign);
      context.lineWidth = span.reign === null ? 1.5 : 4;
      context.setLineDash(span.reign === null ? [2, 5] : []);
      line(context, x, y0, x, axes.y(until));
    }
    context.setLineDash([]);
  }
}

function inWindow(view: ViewState, axes: Axes): readonly Flight[] {
  const found: Flight[] = [];
  for (let i = view.landed.length - 1; i >= 0; i--) {
    const flight = view.landed[i];
    if (flight === undefined || (flight.endMs ?? 0) < axes.fromMs - (axes.toMs - axes.fromMs)) break;
    if ((flight.endMs ?? 0) >= axes.fromMs) found.push(flight);
  }
  for (const flight of view.flights.values()) found.push(flight);
  return found;
}

/** Draws one message, as far as it has come; answers how far the pointer is from it. */
function paintLine(
  context: CanvasRenderingContext2D,
  flight: Flight,
  axes: Axes,
  scene: TimelineScene,
  clearness: number,
): number {
  const x0 = axes.x.get(flight.from);
  const x1 = axes.x.get(flight.to);
  if (x0 === undefined || x1 === undefined || flight.endMs === null) return Number.POSITIVE_INFINITY;
  const isLost = flight.end === 'lost';
  const span = Math.max(flight.endMs - flight.sentMs, 0.001);
  const share = Math.min(1, Math.max(0, (axes.toMs - flight.sentMs) / span)) * (isLost ? 0.55 : 1);
  const y0 = axes.y(flight.sentMs);
  const xEnd = x0 + (x1 - x0) * share;
  const yEnd = axes.y(Math.min(axes.toMs, flight.endMs));
  // Heartbeats and their answers are most of the lines and the least of the news.
  const isQuiet = flight.info.entries === 0 && shapeOf(flight.info.kind) === 'entries';
  context.strokeStyle = reignColour(scene.colours, flight.info.reign);
  context.globalAlpha = (isQuiet ? 0.42 : 0.95) * clearness;
  context.lineWidth = flight.info.entries > 0 ? 2 : 1.2;
  line(context, x0, y0, xEnd, yEnd);
  if (isLost) paintCross(context, xEnd, yEnd, 4.5, scene.colours.fault);
  else if (share === 1) paintHead(context, x0, y0, xEnd, yEnd);
  context.globalAlpha = 1;
  return scene.pointer === null ? Number.POSITIVE_INFINITY : distanceTo(scene.pointer, x0, y0, xEnd, yEnd);
}

function paintHead(context: CanvasRenderingContext2D, x0: number, y0: number, x1: number, y1: number): void {
  const angle = Math.atan2(y1 - y0, x1 - x0);
  const tip = x1 - Math.sign(x1 - x0) * 3;
  context.fillStyle = context.strokeStyle;
  context.beginPath();
  context.moveTo(tip, y1);
  context.lineTo(tip - 7 * Math.cos(angle - 0.4), y1 - 7 * Math.sin(angle - 0.4));
  context.lineTo(tip - 7 * Math.cos(angle + 0.4), y1 - 7 * Math.sin(angle + 0.4));
  context.fill();
}

function paintCross(
  context: CanvasRenderingContext2D,
  x: number,
  y: number,
  size: number,
  colour: string,
): void {
  context.globalAlpha = 1;
  context.strokeStyle = colour;
  context.lineWidth = 2;
  line(context, x - size, y - size, x + size, y + size);
  line(context, x + size, y - size, x - size, y + size);
}

/** Crashes, and what was said of the nodes: a small circle on the column, its number how much happened there at once. */
function paintEvents(
  context: CanvasRenderingContext2D,
  view: ViewState,
  axes: Axes,
  scene: TimelineScene,
): void {
  const { colours, fontPx } = scene;
  const counts = new Map<string, { x: number; y: number; count: number }>();
  for (const item of view.happened) {
    const x = axes.x.get(item.node);
    if (x === undefined || item.atMs < axes.fromMs || item.atMs > axes.toMs) continue;
    const y = axes.y(item.atMs);
    if (item.code === 'crashed') {
      paintCross(context, x, y, 6, colours.fault);
      context.fillStyle = colours.fault;
      context.textAlign = 'left';
      context.font = `${fontPx * 0.82}px ${fontFamily}`;
      context.fillText(scene.crashText, x + 12, y);
      continue;
    }
    const key = `${item.node}:${Math.round(y / 16)}`;
    const at = counts.get(key) ?? { x, y, count: 0 };
    counts.set(key, { ...at, count: at.count + 1 });
  }
  for (const { x, y, count } of counts.values()) paintCount(context, x, y, count, scene);
}

function paintCount(
  context: CanvasRenderingContext2D,
  x: number,
  y: number,
  count: number,
  scene: TimelineScene,
): void {
  const { colours, fontPx } = scene;
  context.fillStyle = colours.ground;
  context.strokeStyle = colours.ink;
  context.lineWidth = 1.5;
  context.beginPath();
  context.arc(x, y, fontPx * 0.58, 0, 2 * Math.PI);
  context.fill();
  context.stroke();
  context.fillStyle = colours.ink;
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  context.font = `600 ${fontPx * 0.72}px ${fontFamily}`;
  context.fillText(String(count), x, y + 0.5);
}

function paintLabel(
  context: CanvasRenderingContext2D,
  flight: Flight,
  axes: Axes,
  scene: TimelineScene,
): void {
  const { pointer, colours, fontPx } = scene;
  if (pointer === null) return;
  const text = scene.said(flight);
  context.font = `${fontPx * 0.86}px ${fontFamily}`;
  const half = context.measureText(text).width / 2 + 9;
  const x = Math.min(scene.width - half - 4, Math.max(half + 4, pointer.x));
  const y = Math.max(axes.top + 8, pointer.y - fontPx * 1.4);
  context.fillStyle = colours.ground;
  context.strokeStyle = reignColour(colours, flight.info.reign);
  context.lineWidth = 1;
  context.beginPath();
  context.roundRect(x - half, y - fontPx * 0.8, half * 2, fontPx * 1.6, fontPx * 0.8);
  context.fill();
  context.stroke();
  context.fillStyle = colours.ink;
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  context.fillText(text, x, y);
}

function line(context: CanvasRenderingContext2D, x0: number, y0: number, x1: number, y1: number): void {
  context.beginPath();
  context.moveTo(x0, y0);
  context.lineTo(x1, y1);
  context.stroke();
}

function distanceTo(at: { x: number; y: number }, x0: number, y0: number, x1: number, y1: number): number {
  const length2 = (x1 - x0) ** 2 + (y1 - y0) ** 2;
  if (length2 === 0) return Math.hypot(at.x - x0, at.y - y0);
  const share = Math.min(1, Math.max(0, ((at.x - x0) * (x1 - x0) + (at.y - y0) * (y1 - y0)) / length2));
  return Math.hypot(at.x - x0 - share * (x1 - x0), at.y - y0 - share * (y1 - y0));
}

function clip(name: string, most: number): string {
  return name.length > most ? `${name.slice(0, most - 1)}…` : name;
}
