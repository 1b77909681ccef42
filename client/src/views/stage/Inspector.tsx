import { num, strings } from '../../strings/index.js';
import { type Member, stateText, useCluster } from '../members.js';
import { inboxOf } from '../model/reduce.js';
import { CommandBox } from '../parts/CommandBox.js';
import { NodeFaults } from '../parts/NodeFaults.js';
import { useScreen } from '../screen.js';
import { reignVar } from '../theme.js';
import { ActiveFaults } from './ActiveFaults.js';
import { Membership } from './Membership.js';
import { Inbox, Timers } from './Waiting.js';

/** The edge of the Stage: the chosen node whole, what one can do to it, and the command box. */
export function Inspector() {
  const screen = useScreen();
  const text = strings.value;
  const members = useCluster();
  const member = members.find((each) => each.id === screen.node.value);
  return (
    <aside class="panel inspector" aria-label={text.inspector.title}>
      {member === undefined ? (
        <p class="empty">{text.inspector.choose}</p>
      ) : (
        <>
          <NodeHead member={member} />
          <Fields member={member} />
          <Waits member={member} />
          <NodeFaults member={member} />
        </>
      )}
      <Membership member={member} />
      <ActiveFaults />
      <div class="part">
        <CommandBox title={text.command.title(screen.self?.name ?? text.common.you)} />
      </div>
    </aside>
  );
}

function NodeHead(props: { readonly member: Member }) {
  const { member } = props;
  const text = strings.value;
  const link = member.tab === undefined ? '' : text.link[member.tab.link];
  const roundTrip = member.tab?.roundTripMs ?? null;
  const about = [
    stateText(member),
    member.tab?.browser ?? '',
    member.isSelf ? '' : link,
    roundTrip === null ? '' : `${roundTrip.toFixed(1)} ms`,
  ];
  return (
    <div class="part head">
      <span
        class={`dot big ${member.look}`}
        style={{ '--reign': reignVar(member.node?.observation?.reign ?? 0) }}
      >
        {member.node?.observation?.reign ?? ''}
      </span>
      <div>
        <h2>{member.name}</h2>
        <p>{about.filter((part) => part !== '').join(' · ')}</p>
      </div>
    </div>
  );
}

function Fields(props: { readonly member: Member }) {
  const screen = useScreen();
  const text = strings.value.inspector;
  const observation = props.member.node?.observation ?? null;
  if (observation === null) return null;
  const nameIfNode = (value: string | number | boolean | null): string => {
    if (typeof value === 'number') return num(value);
    if (typeof value !== 'string') return value === null ? '–' : String(value);
    return screen.tab(value) === undefined ? value : screen.nameOf(value);
  };
  const rows: readonly (readonly [string, string])[] = [
    [text.term, num(observation.reign)],
    [text.leader, nameIfNode(observation.leader)],
    [text.lastIndex, num(observation.lastIndex)],
    [text.commitIndex, num(observation.commitIndex)],
    [text.appliedIndex, num(observation.appliedIndex)],
    ...Object.entries(observation.detail).map(([name, value]) => [name, nameIfNode(value)] as const),
    [text.digest, props.member.node?.digest?.slice(0, 8) ?? '–'],
  ];
  return (
    <dl class="part fields">
      {rows.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function Waits(props: { readonly member: Member }) {
  const screen = useScreen();
  const text = strings.value.inspector;
  const { id, name, node } = props.member;
  const isEmpty =
    inboxOf(screen.store.panels.value, id).length === 0 && Object.keys(node?.timers ?? {}).length === 0;
  return (
    <div class="part waits">
      <h3>{text.waiting(name)}</h3>
      {isEmpty && <p class="why">{text.nothingWaits}</p>}
      <Inbox node={id} most={3} />
      <Timers node={id} />
    </div>
  );
}
