import { reignVar } from '../theme.js';

type Props = { readonly class?: string };

export function Crown(props: Props & { readonly reign: number }) {
  return (
    <svg class={`icon ${props.class ?? ''}`} viewBox="0 0 24 18" aria-hidden="true">
      <path d={crownPath} style={{ fill: reignVar(props.reign) }} />
    </svg>
  );
}

/** A crown in a box of 24 by 18. */
export const crownPath = 'M1 3l5.6 5L12 0l5.4 8L23 3l-2.6 15H3.6z';

export function Pause(props: Props) {
  return (
    <svg class={`icon ${props.class ?? ''}`} viewBox="0 0 12 12" aria-hidden="true">
      <path d="M2 1h3v10H2zM7 1h3v10H7z" fill="currentColor" />
    </svg>
  );
}

export function Play(props: Props) {
  return (
    <svg class={`icon ${props.class ?? ''}`} viewBox="0 0 12 12" aria-hidden="true">
      <path d="M2.5 1l8 5-8 5z" fill="currentColor" />
    </svg>
  );
}

export function Check(props: Props) {
  return (
    <svg class={`icon ${props.class ?? ''}`} viewBox="0 0 12 12" aria-hidden="true">
      <path d="M2 6.5l3 3 5-6.5" fill="none" stroke="currentColor" stroke-width="1.6" />
    </svg>
  );
}

/** A fault. */
export function Bolt(props: Props) {
  return (
    <svg class={`icon ${props.class ?? ''}`} viewBox="0 0 12 12" aria-hidden="true">
      <path d="M7 0L2 7h3.4L5 12l5-7H6.6z" fill="currentColor" />
    </svg>
  );
}
