import { useState } from 'preact/hooks';
import type { Students } from '../../api/types.js';
import { strings } from '../../strings/index.js';
import { Button } from '../parts/Button.js';
import { useScreen } from '../screen.js';

const choices: readonly Students[] = ['nothing', 'own-node', 'everything'];

/** What students may do, and for the host the end of the room; others read here what they may. */
export function RulesPanel() {
  const screen = useScreen();
  const text = strings.value.control;
  return (
    <section class="panel rules" aria-label={text.title}>
      <header>
        <h2>{text.title}</h2>
      </header>
      {screen.mayManage && <StudentsChoice />}
      <p class="soft">{ownRights(screen)}</p>
      {screen.isHost && <EndRoom />}
    </section>
  );
}

function StudentsChoice() {
  const screen = useScreen();
  const text = strings.value.control;
  const students = screen.app.room.value?.students;
  return (
    <fieldset class="students-may">
      <legend>{text.studentsMay}</legend>
      {choices.map((choice) => (
        <label key={choice}>
          <input
            type="radio"
            name="students-may"
            checked={students === choice}
            onChange={() => screen.act(() => screen.app.quorate.permit(choice))}
          />
          <span>{text.students[choice]}</span>
        </label>
      ))}
    </fieldset>
  );
}

/** Ending is asked twice: nothing brings the room back. */
function EndRoom() {
  const screen = useScreen();
  const text = strings.value.control;
  const [isAsking, setAsking] = useState(false);
  if (!isAsking) {
    return (
      <div class="buttons">
        <Button kind="quiet" onClick={() => setAsking(true)}>
          {text.end}
        </Button>
      </div>
    );
  }
  return (
    <div class="end-room" role="alertdialog" aria-label={text.end}>
      <p>{text.endSure}</p>
      <div class="buttons">
        <Button kind="fault" onClick={() => screen.act(() => screen.app.quorate.endRoom())}>
          {text.endYes}
        </Button>
        <Button onClick={() => setAsking(false)}>{text.endNo}</Button>
      </div>
    </div>
  );
}

function ownRights(screen: ReturnType<typeof useScreen>): string {
  const text = strings.value.control.own;
  const room = screen.app.room.value;
  if (room === null || screen.app.watching) return text.watching;
  if (room.host) return text.host;
  return room.coHost ? text.coHost : text[room.students];
}
