import { milestones } from '@quorate/shared/host';
import { strings } from '../../strings/index.js';
import { Button } from '../parts/Button.js';
import { Play } from '../parts/icons.js';
import { useScreen } from '../screen.js';

/** While the lab is paused: what can be let happen, one thing at a time. */
export function StepPanel() {
  const screen = useScreen();
  const text = strings.value.step;
  const status = screen.app.status.value;
  if (!screen.isOn || !status.paused || screen.app.watching) return null;
  return (
    <div class="part step">
      <h3>{text.title}</h3>
      <div class="step-on">
        {milestones.map((until) => (
          <Button
            key={until}
            kind="quiet"
            off={screen.hostOnly()}
            title={text.untilTitle[until]}
            onClick={() => screen.act(() => screen.app.quorate.step({ until }, screen.run))}
          >
            <Play /> {text.until[until]}
          </Button>
        ))}
      </div>
      <p class="why">{text.choose}</p>
    </div>
  );
}
