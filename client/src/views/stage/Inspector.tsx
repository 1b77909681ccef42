import { strings } from '../../strings/index.js';
import { type Member, stateText, useCluster } from '../members.js';
import { ChatBox } from '../parts/ChatBox.js';
import { CommandBox } from '../parts/CommandBox.js';
import { NodeFaults } from '../parts/NodeFaults.js';
import { browserText } from '../parts/tab-words.js';
import { useScreen } from '../screen.js';
import { reignVar } from '../theme.js';
import { ActiveFaults } from './ActiveFaults.js';
import { Fields } from './Fields.js';
import { Membership } from './Membership.js';
import { StepPanel } from './StepPanel.js';
import { Waits } from './Waiting.js';

/**
 * The edge of the Stage: the chosen node, what one can do to it, what waits for it, and the command box. The node's head
 * and the command box stand still; what changes with every heartbeat stands below what is pressed, at a fixed height.
 */
export function Inspector() {
  const screen = useScreen();
  const text = strings.value;
  const members = useCluster();
  const member = members.find((each) => each.id === screen.node.value);
  return (
    <aside class="panel inspector" aria-label={text.inspector.title}>
      {member !== undefined && <NodeHead member={member} />}
      <div class="inspector-body">
        {member === undefined ? (
          <p class="empty">{text.inspector.choose}</p>
        ) : (
          <>
            <StepPanel />
            <NodeFaults member={member} />
            <Waits node={member.id} name={member.name} />
          </>
        )}
        <ActiveFaults />
        {screen.kind === 'log' && <Membership member={member} />}
        {member !== undefined && <Fields member={member} />}
      </div>
      <div class="part to-cluster">
        {screen.kind === 'broadcast' ? (
          <ChatBox />
        ) : (
          <CommandBox title={text.command.title(screen.self?.name ?? text.common.you)} />
        )}
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
    member.tab === undefined ? '' : browserText(member.tab),
    member.isSelf ? '' : link,
    roundTrip === null ? '' : `${roundTrip.toFixed(1)} ms`,
  ]
    .filter((part) => part !== '')
    .join(' · ');
  return (
    <div class="part head">
      <span
        class={`dot big ${member.look}`}
        style={{ '--reign': reignVar(member.node?.observation?.reign ?? 0) }}
      >
        {member.node?.observation == null ? '' : member.number}
      </span>
      <div class="head-words">
        <h2 class="clip">{member.name}</h2>
        <p class="clip" title={about}>
          {about}
        </p>
      </div>
    </div>
  );
}
