import { useEffect, useState } from 'preact/hooks';
import { strings } from '../../strings/index.js';
import { paceOfSlider, paces, sliderOfPace, slowdown } from '../model/pace.js';

/** A pace that has been asked for is shown until it is on; one that never comes (it was refused) only so long. */
const askedMs = 2000;

type Props = {
  readonly pace: number;
  readonly set: (pace: number) => void;
  /** Why it can't be moved, or null. */
  readonly off: string | null;
};

/** The pace, in named steps from real time to a thousand times slower; by keyboard one step a key. */
export function PaceSlider(props: Props) {
  const text = strings.value.bar;
  const { pace, off } = props;
  const [asked, setAsked] = useState<number | null>(null);
  const isOn = asked !== null && sliderOfPace(pace) === asked;
  useEffect(() => {
    if (asked === null) return undefined;
    // The next key may have come meanwhile: what it asks for stays.
    const forget = (): void => setAsked((now) => (now === asked ? null : now));
    if (isOn) {
      forget();
      return undefined;
    }
    const timer = setTimeout(forget, askedMs);
    return () => clearTimeout(timer);
  }, [asked, isOn]);
  const place = asked ?? sliderOfPace(pace);
  const shown = paceWords(asked === null ? pace : paceOfSlider(asked));
  return (
    <label class="pace" title={off ?? undefined}>
      <span>{text.pace}</span>
      <input
        type="range"
        min={0}
        max={paces.length - 1}
        value={place}
        disabled={off !== null}
        aria-label={text.pace}
        aria-valuetext={shown}
        onInput={(event) => setAsked(Number(event.currentTarget.value))}
        onChange={(event) => props.set(paceOfSlider(Number(event.currentTarget.value)))}
      />
      <output>{shown}</output>
    </label>
  );
}

/** `real time`, `20× slower`. */
export function paceWords(pace: number): string {
  const times = slowdown(pace);
  return times === 1 ? strings.value.bar.realTime : strings.value.bar.slower(times);
}
