import { type Box, isFreeOf, type Point, type Ring, touch } from '../model/geometry.js';
import { fontFamily } from '../parts/font.js';
import type { Palette } from '../theme.js';

/** Texts that say why a message was lost; of more, the crosses alone are seen. */
const tagsMax = 4;

type Drawing = {
  readonly ring: Ring;
  readonly colours: Palette;
  readonly fontPx: number;
  /** Where the texts of this picture stand so far. */
  readonly tags: Box[];
};

/** A short text on a ground of its own, beside `at` where it covers no disc and no other; else there is only the cross. */
export function paintTag(
  context: CanvasRenderingContext2D,
  text: string,
  { at, beside }: { readonly at: Point; readonly beside: number },
  scene: Drawing,
): void {
  const { colours, fontPx } = scene;
  context.font = `${fontPx * 0.8}px ${fontFamily}`;
  const [width, height] = [context.measureText(text).width + fontPx, fontPx * 1.4];
  const top = at.y - height / 2;
  const tag = [at.x + beside, at.x - beside - width]
    .map((left): Box => ({ left, right: left + width, top, bottom: top + height }))
    .find((each) => isFree(each, scene));
  if (tag === undefined || scene.tags.length >= tagsMax) return;
  scene.tags.push(tag);
  context.textAlign = 'left';
  context.textBaseline = 'middle';
  context.fillStyle = colours.panel;
  context.strokeStyle = colours.line;
  context.lineWidth = 1;
  context.beginPath();
  context.roundRect(tag.left, tag.top, width, height, fontPx * 0.7);
  context.fill();
  context.stroke();
  context.fillStyle = colours.muted;
  context.fillText(text, tag.left + fontPx * 0.5, at.y);
}

function isFree(tag: Box, { ring, tags }: Drawing): boolean {
  if (tag.left < 0 || tag.right > ring.width) return false;
  return tags.every((other) => !touch(tag, other)) && isFreeOf(ring, tag);
}
