import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';

type Props = {
  /** Absent on a form's own button: the form acts on `submit`. */
  readonly onClick?: () => void;
  readonly children: ComponentChildren;
  readonly kind?: 'plain' | 'main' | 'fault' | 'quiet';
  /** Why it is off; null or absent where it is on. */
  readonly off?: string | null | undefined;
  readonly title?: string;
  readonly pressed?: boolean;
  readonly label?: string;
};

/** A button that says why when it is off: it can still be reached and read, and does nothing. */
export function Button(props: Props) {
  const id = useId();
  const { off = null, kind = 'plain' } = props;
  const isOff = off !== null;
  return (
    <button
      type={props.onClick === undefined ? 'submit' : 'button'}
      class={`button ${kind}`}
      title={off ?? props.title}
      aria-disabled={isOff}
      aria-describedby={isOff ? id : undefined}
      aria-pressed={props.pressed}
      aria-label={props.label}
      onClick={() => {
        if (!isOff) props.onClick?.();
      }}
    >
      {props.children}
      {isOff && (
        <span id={id} class="unseen">
          {off}
        </span>
      )}
    </button>
  );
}
