import { isolated, notes, num, strings } from '../../strings/index.js';
import type { Happening } from '../model/state.js';
import { Sentence } from '../parts/Sentence.js';
import { useScreen } from '../screen.js';
import { NotShown } from './NotShown.js';

const shown = 14;

/** The last things that happened, the newest first, in sentences. */
export function Happened() {
  const screen = useScreen();
  const text = strings.value.happened;
  const view = screen.store.panels.value;
  const items = view.happened.slice(-shown).reverse();
  return (
    <section class="panel happened" aria-label={text.title}>
      <header>
        <h2>{text.title}</h2>
        <NotShown />
      </header>
      {items.length === 0 && <p class="empty">{text.empty}</p>}
      <ol>
        {items.map((item) => (
          <li key={item.key}>
            <time>{(Math.max(0, item.atMs) / 1000).toFixed(2)} s</time>
            <span>
              <Sentence text={sentenceOf(item, (id) => screen.nameOf(id))} />
              {isRepeated(item) && <small> {text.times(item.count)}</small>}
            </span>
          </li>
        ))}
      </ol>
    </section>
  );
}

/** The sentence of a happening in the language of the screen; a code without one shows as it is, with its data. */
export function sentenceOf(item: Happening, nameOf: (id: string) => string): string {
  const { said, unknown } = strings.value.happened;
  const name = (id: string): string => isolated(nameOf(id));
  const me = name(item.node);
  const code = item.code.startsWith('note:') ? item.code.slice('note:'.length) : null;
  const sentence = code === null ? said[item.code] : notes.value[code];
  if (sentence !== undefined) return sentence(me, item.data, name);
  const data = Object.entries(item.data)
    .map(([key, value]) => `${key} ${typeof value === 'number' ? num(value) : nameIfNode(value, nameOf)}`)
    .join(', ');
  return unknown(me, code ?? item.code, data);
}

function nameIfNode(value: string | boolean | null, nameOf: (id: string) => string): string {
  return typeof value === 'string' && value.length === 26 ? nameOf(value) : String(value);
}

/** A range has grown by the repetition, and a list of nodes by as many as are new in it; other sentences say how often. */
function isRepeated(item: Happening): boolean {
  if (item.data['first'] !== undefined) return false;
  const nodes = item.data['nodes'];
  return item.count > (typeof nodes === 'string' ? nodes.split(' ').length : 1);
}
