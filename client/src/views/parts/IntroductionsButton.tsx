import { strings } from '../../strings/index.js';
import { useScreen } from '../screen.js';
import { Button } from './Button.js';

/** The host's switch between a server that introduces tabs and one that only serves pages. */
export function IntroductionsButton() {
  const screen = useScreen();
  const text = strings.value.introductions;
  const isStopped = screen.app.room.value?.introductions === false;
  const { quorate } = screen.app;
  return (
    <Button
      off={screen.hostOnly()}
      title={text.title}
      onClick={() =>
        screen.act(() => (isStopped ? quorate.resumeIntroductions() : quorate.stopIntroductions()))
      }
    >
      {isStopped ? text.resume : text.stop}
    </Button>
  );
}
