import { strings, when } from '../../strings/index.js';
import { useScreen } from '../screen.js';
import { Button } from './Button.js';

/** Whoever comes back to a room with nobody in it hears from when it is, and is asked whether to go on with it. */
export function Reopened() {
  const screen = useScreen();
  const text = strings.value.control;
  const { app } = screen;
  const savedAtMs = app.reopened.value;
  if (savedAtMs === null) return null;
  return (
    <section class="question" role="status">
      <p>{text.reopened(when(savedAtMs))}</p>
      <div class="buttons">
        <Button kind="main" onClick={() => app.continueRoom()}>
          {text.goOn}
        </Button>
        <Button onClick={() => screen.act(() => app.openNew())}>{text.openNew}</Button>
      </div>
    </section>
  );
}
