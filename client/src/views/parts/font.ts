/** The size of the page's text in CSS pixels; the projector's is larger. */
export function rootFontPx(): number {
  return Number.parseFloat(getComputedStyle(document.documentElement).fontSize);
}
