import { signal } from '@preact/signals';

/** Whether the person asks for less motion. */
export const reducedMotion = signal(false);

if (typeof matchMedia !== 'undefined') {
  const query = matchMedia('(prefers-reduced-motion: reduce)');
  reducedMotion.value = query.matches;
  query.addEventListener('change', () => {
    reducedMotion.value = query.matches;
  });
}
