/** The size of the page's text in CSS pixels; the projector's is larger. */
export function rootFontPx(): number {
  return Number.parseFloat(getComputedStyle(document.documentElement).fontSize);
}

/** What canvases write with; the same as the style sheet's. */
export const fontFamily = "'Inter Variable', 'Noto Sans KR', 'Noto Sans CJK KR', sans-serif";
