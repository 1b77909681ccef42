import { strings } from '../../strings/index.js';
import { paceOfSlider, paceText, sliderOfPace } from '../model/pace.js';

const steps = 300;

type Props = {
  readonly pace: number;
  readonly set: (pace: number) => void;
  /** Why it can't be moved, or null. */
  readonly off: string | null;
};

/** The pace, logarithmic from real time to 1/1000. */
export function PaceSlider(props: Props) {
  const text = strings.value.bar;
  const { pace, off } = props;
  const shown = paceText(pace);
  return (
    <label class="pace" title={off ?? undefined}>
      <span>{text.realTime}</span>
      <input
        type="range"
        min={0}
        max={steps}
        value={Math.round(sliderOfPace(pace) * steps)}
        disabled={off !== null}
        aria-label={text.pace}
        aria-valuetext={shown === '1' ? text.realTime : shown}
        onChange={(event) => props.set(paceOfSlider(Number(event.currentTarget.value) / steps))}
      />
      <output>{shown}</output>
    </label>
  );
}
