import { strings } from '../../strings/index.js';
import { notShown } from '../model/tallies.js';
import { useScreen } from '../screen.js';

/** How many events there were that no panel of this page shows, where there are any. */
export function NotShown() {
  const text = strings.value.notShown;
  const { events, proofs } = notShown(useScreen().store.panels.value.tallies);
  if (events === 0 && proofs === 0) return null;
  return (
    <p class="not-shown" title={text.hint}>
      {events > 0 && text.events(events)}
      {proofs > 0 && <strong>{text.verdict(proofs)}</strong>}
    </p>
  );
}
