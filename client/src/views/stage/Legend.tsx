import { strings } from '../../strings/index.js';
import { Mark } from '../parts/Mark.js';
import { useScreen } from '../screen.js';

const base = { reign: 0, entries: 0, summary: {} };

/** What the marks on the ring mean; always there. */
export function Legend() {
  const { legend } = strings.value.cluster;
  if (useScreen().kind === 'broadcast') return <BroadcastLegend />;
  return (
    <ul class="legend">
      <li>
        <Mark info={{ ...base, kind: 'entries', entries: 3 }} />
        {legend.entries}
      </li>
      <li>
        <Mark info={{ ...base, kind: 'entries' }} />
        {legend.empty}
      </li>
      <li>
        <Mark info={{ ...base, kind: 'RequestVote' }} />
        {legend.ask}
      </li>
      <li>
        <Mark info={{ ...base, kind: 'entries', answer: 'yes' }} />
        {legend.yes}
      </li>
      <li>
        <Mark info={{ ...base, kind: 'entries', answer: 'no' }} />
        {legend.no}
      </li>
      <li>
        <span class="lost-mark" aria-hidden="true">
          ×
        </span>
        {legend.lost}
      </li>
    </ul>
  );
}

function BroadcastLegend() {
  const { legend } = strings.value.cluster;
  return (
    <ul class="legend">
      <li>
        <Mark info={{ ...base, kind: 'entries', entries: 1 }} />
        {legend.broadcast}
      </li>
      <li>
        <Mark info={{ ...base, kind: 'entries' }} />
        {legend.control}
      </li>
      <li>
        <span class="lost-mark" aria-hidden="true">
          ×
        </span>
        {legend.lost}
      </li>
    </ul>
  );
}
