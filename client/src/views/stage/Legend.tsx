import { strings } from '../../strings/index.js';
import type { OverlayLink } from '../model/overlay.js';
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
      <Lost />
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
      {useScreen().app.status.value.protocol === 'gossip' && (
        <>
          <li>
            <LinkMark look="eager" />
            {legend.eager}
          </li>
          <li>
            <LinkMark look="lazy" />
            {legend.lazy}
          </li>
        </>
      )}
      <Lost />
    </ul>
  );
}

function LinkMark(props: { readonly look: OverlayLink }) {
  return (
    <svg class="mark" viewBox="0 0 24 12" aria-hidden="true">
      <line class={`link ${props.look}`} x1="1" y1="6" x2="23" y2="6" />
    </svg>
  );
}

function Lost() {
  return (
    <li>
      <span class="lost-mark" aria-hidden="true">
        ×
      </span>
      {strings.value.cluster.legend.lost}
    </li>
  );
}
