import { strings } from '../../strings/index.js';
import type { Member } from '../members.js';
import { cellAt } from '../model/strip.js';
import { useScreen } from '../screen.js';

/** The number above a column of the logs; pressed, its entry is followed, and pressed again no longer. */
export function IndexButton(props: { readonly index: number }) {
  const { chosenEntry } = useScreen();
  const { index } = props;
  const isChosen = chosenEntry.value === index;
  return (
    <button
      type="button"
      class="index"
      aria-pressed={isChosen}
      aria-label={strings.value.logs.follow(index)}
      onClick={() => {
        chosenEntry.value = isChosen ? null : index;
      }}
    >
      {index}
    </button>
  );
}

/** What is known of the entry that is followed, in a line that is always there. */
export function EntryLine(props: { readonly members: readonly Member[] }) {
  const screen = useScreen();
  const text = strings.value.logs;
  const index = screen.chosenEntry.value;
  if (index === null) return <Idle />;
  const cells = props.members.flatMap(({ node }) => {
    const observation = node?.observation ?? null;
    const cell = observation === null ? null : cellAt(observation, index);
    return cell?.kind === 'entry' ? [cell] : [];
  });
  // Where logs differ, the committed one is the entry; else the one of the newest term may become it.
  const cell = cells.find((each) => each.committed) ?? cells.toSorted((a, b) => b.reign - a.reign)[0];
  if (cell === undefined) return <Idle />;
  const held = cells.filter((each) => each.reign === cell.reign).length;
  const own = screen.ownCommands.value.get(index);
  const parts = [
    text.entry(index, cell.reign),
    text.held(held, props.members.length),
    cell.committed ? text.committed : text.uncommitted,
    // A page that only watches sends no commands.
    ...(screen.app.watching ? [] : [own === undefined ? text.unknown : text.command(own)]),
  ];
  return (
    <p class="entry-line clip" role="status">
      {parts.join(' · ')}
    </p>
  );
}

function Idle() {
  const text = strings.value.logs;
  if (useScreen().app.watching) return <p class="why entry-line">{text.choose}</p>;
  return (
    <p class="why entry-line">
      <span class="own-mark" /> {text.own} · {text.choose}
    </p>
  );
}
