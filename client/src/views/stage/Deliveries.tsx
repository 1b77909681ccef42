import { strings } from '../../strings/index.js';
import { type Member, useCluster } from '../members.js';
import { type Compared, compareOrders, type Delivered, referenceOf } from '../model/deliveries.js';
import { redundancy } from '../model/spreads.js';
import { notShown } from '../model/tallies.js';
import { useScreen } from '../screen.js';
import { reignVar } from '../theme.js';
import { RecordTabs } from './RecordTabs.js';

/** What every node has delivered, side by side, each in its own order; what another has in another order is marked. */
export function Deliveries() {
  const screen = useScreen();
  const text = strings.value.deliveries;
  const members = useCluster();
  const all = screen.store.panels.value.deliveries;
  const columns = members.map((member) => ({ member, ...(all.get(member.id) ?? { before: 0, shown: [] }) }));
  const reference = referenceOf(columns.map(({ shown }) => shown));
  const compared = columns.map(({ shown }) => compareOrders(shown, reference));
  const movedCount = compared.reduce((count, { moved }) => count + moved.size, 0);
  const missingCount = compared.reduce((count, { missing }) => count + missing.length, 0);
  const { proofs } = notShown(screen.store.panels.value.tallies);
  return (
    <section class="panel deliveries" aria-label={text.title}>
      <header>
        <h2>{text.title}</h2>
        <RecordTabs />
        <p role="status">
          {reference.length === 0 ? text.note : verdictOf(movedCount, missingCount, proofs)}
        </p>
      </header>
      {reference.length === 0 ? (
        <p class="empty">{text.empty}</p>
      ) : (
        <div class="delivery-columns" style={{ '--columns': columns.length }}>
          {columns.map(({ member, before, shown }, i) => (
            <Column
              key={member.id}
              member={member}
              before={before}
              shown={shown}
              compared={compared[i] ?? { moved: new Set(), missing: [] }}
            />
          ))}
        </div>
      )}
      <LastSpread reference={reference} reached={columns.map(({ shown }) => shown)} />
    </section>
  );
}

/** What the columns say; that nothing differs, they can't where some of it is lost. */
function verdictOf(moved: number, missing: number, lost: number): string {
  const { deliveries, notShown: text } = strings.value;
  if (lost === 0) return deliveries.verdict(moved, missing);
  const incomplete = text.verdict(lost);
  return moved + missing === 0 ? incomplete : `${deliveries.verdict(moved, missing)} · ${incomplete}`;
}

/** How the newest broadcast came to everybody, where the protocol's messages tell. */
function LastSpread(props: {
  readonly reference: readonly Delivered[];
  readonly reached: readonly (readonly Delivered[])[];
}) {
  const screen = useScreen();
  const last = props.reference.at(-1);
  const spread = last === undefined ? undefined : screen.store.panels.value.spreads.get(last.id);
  if (last === undefined || spread === undefined) return null;
  const reached = props.reached.filter((shown) => shown.some(({ id }) => id === last.id)).length;
  const more = redundancy(spread, reached);
  return (
    <p class="spread">
      {strings.value.deliveries.spread(last.preview, reached, spread.hops, spread.copies)}
      {more !== null && <strong> {strings.value.deliveries.redundancy(more)}</strong>}
    </p>
  );
}

function Column(props: {
  readonly member: Member;
  readonly before: number;
  readonly shown: readonly Delivered[];
  readonly compared: Compared;
}) {
  const screen = useScreen();
  const text = strings.value.deliveries;
  const { member, compared } = props;
  return (
    <div class={`delivery-column ${member.look}`}>
      <h3 class="clip" title={member.name}>
        {member.name}
      </h3>
      <ol start={props.before + 1}>
        {props.shown.map((each) => {
          const isMoved = compared.moved.has(each.id);
          return (
            <li key={each.id}>
              <Chip each={each} look={isMoved ? 'moved' : ''} said={isMoved ? text.moved : ''} />
            </li>
          );
        })}
      </ol>
      {compared.missing.length > 0 && (
        <ul aria-label={text.missing(screen.nameOf(member.id))}>
          {compared.missing.map((each) => (
            <li key={each.id}>
              <Chip each={each} look="missing" said={text.notHere} />
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

function Chip(props: { readonly each: Delivered; readonly look: string; readonly said: string }) {
  const screen = useScreen();
  const { each, look, said } = props;
  const from = strings.value.deliveries.from(screen.nameOf(each.origin));
  const place = screen.nodes.value.indexOf(each.origin);
  return (
    <span
      class={`delivery ${look}`}
      style={{ '--of': reignVar(place + 1) }}
      title={[each.preview, from, said].filter((part) => part !== '').join(' · ')}
    >
      <span class="clip">{each.preview}</span>
      {look === 'moved' && (
        <span class="mark" aria-hidden="true">
          ↕
        </span>
      )}
      {said !== '' && <span class="unseen">{said}</span>}
    </span>
  );
}
