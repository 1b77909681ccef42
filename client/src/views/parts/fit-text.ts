import { fontFamily } from './font.js';

/** Widths asked for are remembered up to so many: states and names recur. */
const widthsMax = 500;
const widths = new Map<string, number>();
let context: CanvasRenderingContext2D | null = null;

/** As many of `parts` as fit into `room` CSS pixels, the first one shortened where even that is too long. */
export function fitParts(parts: readonly string[], room: number, fontPx: number, weight: 400 | 600): string {
  for (let count = parts.length; count > 1; count--) {
    const text = parts.slice(0, count).join(' · ');
    if (widthOf(text, fontPx, weight) <= room) return text;
  }
  return shortened(parts[0] ?? '', room, fontPx, weight);
}

function shortened(text: string, room: number, fontPx: number, weight: 400 | 600): string {
  if (widthOf(text, fontPx, weight) <= room) return text;
  const letters = [...text];
  for (let count = letters.length - 1; count > 1; count--) {
    const short = `${letters.slice(0, count).join('').trimEnd()}…`;
    if (widthOf(short, fontPx, weight) <= room) return short;
  }
  return `${letters[0] ?? ''}…`;
}

function widthOf(text: string, fontPx: number, weight: 400 | 600): number {
  const font = `${weight} ${fontPx}px ${fontFamily}`;
  const key = `${font} ${text}`;
  const known = widths.get(key);
  if (known !== undefined) return known;
  context ??= document.createElement('canvas').getContext('2d');
  if (context === null) return 0;
  context.font = font;
  const { width } = context.measureText(text);
  if (widths.size >= widthsMax) widths.clear();
  widths.set(key, width);
  return width;
}
