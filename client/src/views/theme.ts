import { signal } from '@preact/signals';

export type Theme = 'dark' | 'light';

/** The colours that canvases draw with; the same as the style sheet's. */
export type Palette = {
  readonly reigns: readonly string[];
  readonly ground: string;
  readonly panel: string;
  readonly line: string;
  readonly ink: string;
  readonly muted: string;
  readonly faint: string;
  readonly onReign: string;
  readonly fault: string;
};

const storageKey = 'quorate.theme';
const reignColours = 7;

export const theme = signal<Theme>(initialTheme());

let read: { readonly of: Theme; readonly palette: Palette } | null = null;

/** Chooses a theme, and remembers it. */
export function setTheme(next: Theme): void {
  localStorage.setItem(storageKey, next);
  applyTheme(next);
}

/** Shows a theme without remembering it. */
export function applyTheme(next: Theme): void {
  document.documentElement.dataset['theme'] = next;
  theme.value = next;
}

/** The palette of the theme that is on. */
export function palette(): Palette {
  const of = theme.peek();
  if (read?.of === of) return read.palette;
  const style = getComputedStyle(document.documentElement);
  const colour = (name: string): string => style.getPropertyValue(`--${name}`).trim();
  const found: Palette = {
    reigns: Array.from({ length: reignColours }, (_, i) => colour(`reign-${i}`)),
    ground: colour('ground'),
    panel: colour('panel'),
    line: colour('line'),
    ink: colour('ink'),
    muted: colour('muted'),
    faint: colour('faint'),
    onReign: colour('on-reign'),
    fault: colour('fault'),
  };
  read = { of, palette: found };
  return found;
}

/** The colour of a reign for a canvas; 0 is before the first and has none. */
export function reignColour(colours: Palette, reign: number): string {
  return reign < 1 ? colours.faint : (colours.reigns[(reign - 1) % reignColours] ?? colours.faint);
}

/** The same for a style sheet. */
export function reignVar(reign: number): string {
  return reign < 1 ? 'var(--faint)' : `var(--reign-${(reign - 1) % reignColours})`;
}

function initialTheme(): Theme {
  if (typeof localStorage === 'undefined') return 'dark';
  const kept = localStorage.getItem(storageKey);
  if (kept === 'dark' || kept === 'light') return kept;
  return matchMedia('(prefers-color-scheme: light)').matches ? 'light' : 'dark';
}
