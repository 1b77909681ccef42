import { strings } from '../../strings/index.js';
import { Pause } from '../parts/icons.js';
import { paceWords } from '../parts/PaceSlider.js';
import { useScreen } from '../screen.js';

/** In the corner of the ring: that the lab is paused; on a projector, which has no slider, also how fast it runs. */
export function PaceMark() {
  const screen = useScreen();
  const { paused, pace } = screen.app.status.value;
  if (!screen.isOn) return null;
  if (paused)
    return (
      <p class="pace-mark paused" role="status">
        <Pause /> {strings.value.bar.paused}
      </p>
    );
  return screen.app.watching ? <p class="pace-mark">{paceWords(pace)}</p> : null;
}
