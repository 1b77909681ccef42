/** Data of a note or an event, as the trace carries it. */
export type Data = { readonly [key: string]: string | number | boolean | null };

/** The name to show for a node's id. */
export type NameOf = (node: string) => string;

// Made once: making one takes longer than drawing a panel.
const format = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

/** A number with separators. */
export function num(n: number): string {
  return format.format(n);
}

/** A field as text; a dash where there is none. */
export function text(data: Data, key: string): string {
  const value = data[key];
  if (value === undefined || value === null) return '–';
  return typeof value === 'number' ? num(value) : String(value);
}

/** Two numeric fields, put into words by `words`. */
export function list(
  data: Data,
  first: string,
  last: string,
  words: (first: number, last: number) => string,
): string {
  const to = data[last];
  const from = data[first] ?? to;
  return typeof from === 'number' && typeof to === 'number' ? words(from, to) : '–';
}

/** Unicode's isolates stand around a node's name: right for mixed scripts, and the view sets what is between in bold. */
const isolateStart = '\u2068';
const isolateEnd = '\u2069';

export function isolated(name: string): string {
  return `${isolateStart}${name}${isolateEnd}`;
}

export type Piece = { readonly text: string; readonly strong: boolean };

/** A sentence in pieces, names apart from the rest. */
export function pieces(sentence: string): readonly Piece[] {
  return sentence
    .split(isolateStart)
    .flatMap((part, i): readonly Piece[] => {
      const end = i === 0 ? -1 : part.indexOf(isolateEnd);
      if (end < 0) return [{ text: part, strong: false }];
      return [
        { text: part.slice(0, end), strong: true },
        { text: part.slice(end + 1), strong: false },
      ];
    })
    .filter((piece) => piece.text !== '');
}

/** The names of the nodes in a field that lists their ids with spaces between. */
export function namesIn(data: Data, key: string, name: NameOf): readonly string[] {
  const value = data[key];
  return typeof value === 'string' && value !== '' ? value.split(' ').map(name) : [];
}
