import { majority } from '@quorate/shared/core';
import { strings } from '../../strings/index.js';
import type { Member } from '../members.js';
import { eligible, votersMax, votersMin } from '../model/voters.js';
import { Button } from '../parts/Button.js';
import { useScreen } from '../screen.js';

/** Who votes and who leads, changed while the protocol runs: for the host, and for tabs that came late. */
export function Membership(props: { readonly member: Member | undefined }) {
  const screen = useScreen();
  const text = strings.value.membership;
  const status = screen.app.status.value;
  const { voters, incoming, learners } = status;
  if (!screen.mayDrive || !screen.isOn) return null;
  const taken = new Set([...voters, ...screen.groups.flatMap((group) => group.voters)]);
  const others = eligible(screen.tabs).filter((tab) => !taken.has(tab.id));
  const isChanging = incoming.length > 0 || learners.length > 0;
  const changing = isChanging ? text.changing : null;
  const { quorate } = screen.app;
  return (
    <details class="part membership">
      <summary>{text.title}</summary>
      {props.member !== undefined && <OneVoter member={props.member} changing={changing} />}
      <div class="buttons">
        {others.map((tab) => (
          <Button
            key={tab.id}
            kind="quiet"
            off={changing ?? (voters.length >= votersMax ? text.tooMany(votersMax) : null)}
            onClick={() => screen.act(() => quorate.reconfigure([...voters, tab.id], screen.run))}
          >
            {text.giveVote(tab.name)}
          </Button>
        ))}
      </div>
      {others.length === 0 && <p class="why">{text.allVote}</p>}
      <MajorityGone />
      {changing !== null && <p class="why">{changing}</p>}
    </details>
  );
}

/** The way out when a majority never comes back; what it costs stands beside it. */
function MajorityGone() {
  const screen = useScreen();
  const text = strings.value.membership;
  const { voters } = screen.app.status.value;
  const here = screen.tabs.filter((tab) => voters.includes(tab.id) && tab.presence === 'here').length;
  if (here >= majority(voters.length)) return null;
  return (
    <>
      <p class="why">{text.majorityGone(here, voters.length)}</p>
      <Button kind="fault" onClick={() => screen.act(() => screen.app.quorate.salvage(screen.run))}>
        {text.startAnew}
      </Button>
    </>
  );
}

/** That a run began unsafely stays on the Stage, for everybody. */
export function Unsafe() {
  const screen = useScreen();
  const { salvaged } = screen.app.status.value;
  if (salvaged === null) return null;
  const { node, lastIndex, committedIndex } = salvaged;
  return (
    <p class="unsafe" role="status">
      {strings.value.membership.salvaged(screen.nameOf(node), lastIndex, committedIndex)}
    </p>
  );
}

function OneVoter(props: { readonly member: Member; readonly changing: string | null }) {
  const screen = useScreen();
  const text = strings.value.membership;
  const { member, changing } = props;
  const { voters } = screen.app.status.value;
  const { quorate } = screen.app;
  const leads = member.look === 'leader';
  const tooFew = voters.length <= votersMin ? text.tooFew(votersMin) : null;
  if (!voters.includes(member.id)) return null;
  return (
    <div class="buttons">
      <Button
        off={changing ?? (leads ? text.leads(member.name) : null)}
        onClick={() => screen.act(() => quorate.transferLeadership(member.id, screen.run))}
      >
        {text.letLead(member.name)}
      </Button>
      <Button
        off={changing ?? tooFew}
        onClick={() => {
          const rest = voters.filter((id) => id !== member.id);
          screen.act(() => quorate.reconfigure(rest, screen.run));
        }}
      >
        {text.takeVote(member.name)}
      </Button>
    </div>
  );
}
