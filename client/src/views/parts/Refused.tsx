import { useEffect } from 'preact/hooks';
import { isolated, strings, timeOfDay } from '../../strings/index.js';
import { useScreen } from '../screen.js';
import { Sentence } from './Sentence.js';

/** How often something was refused: shown once something was, and opens the list. */
export function RefusedChip() {
  const screen = useScreen();
  const text = strings.value.control;
  const count = useRefused().reduce((sum, entry) => sum + entry.times, 0);
  if (count === 0) return null;
  const isNews = count > screen.refusedSeen.value;
  return (
    <button
      type="button"
      class={`chip refused ${isNews ? 'news' : ''}`}
      title={text.refusedText}
      onClick={() => {
        screen.overlay.value = 'refused';
      }}
    >
      {text.refused(count)}
    </button>
  );
}

/** What was refused of the room's document, the newest first. */
export function RefusedList() {
  const screen = useScreen();
  const text = strings.value.control;
  const entries = useRefused();
  const count = entries.reduce((sum, entry) => sum + entry.times, 0);
  useEffect(() => {
    screen.refusedSeen.value = count;
  }, [screen, count]);
  return (
    <>
      <h2>{text.refusedTitle}</h2>
      <p class="soft">{text.refusedText}</p>
      <ul class="refused-list">
        {[...entries].reverse().map((entry) => {
          const sentence = text.refusedKinds[entry.kind]?.(isolated(screen.nameOf(entry.from)));
          return (
            <li key={`${entry.kind} ${entry.from} ${entry.message}`} title={entry.message}>
              <span class="mono soft">{timeOfDay(entry.atMs)}</span>
              <span>
                <Sentence text={sentence ?? entry.message} />
                {entry.times > 1 && <span class="soft"> · {text.times(entry.times)}</span>}
              </span>
            </li>
          );
        })}
      </ul>
    </>
  );
}

function useRefused() {
  return useScreen().app.room.value?.refused ?? [];
}
