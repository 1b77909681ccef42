import { majority } from '@quorate/shared/core';
import { isolated, strings } from '../../strings/index.js';
import { type Member, useCluster } from '../members.js';
import { nextTimer } from '../model/looks.js';
import { Button } from '../parts/Button.js';
import { ChatBox } from '../parts/ChatBox.js';
import { CommandBox } from '../parts/CommandBox.js';
import { NodeFaults } from '../parts/NodeFaults.js';
import { Sentence } from '../parts/Sentence.js';
import { useBriefly } from '../parts/useBriefly.js';
import { useTick } from '../parts/useTick.js';
import { useScreen } from '../screen.js';
import { Deliveries } from '../stage/Deliveries.js';
import { OwnLog } from '../stage/Logs.js';
import { WaitsList } from '../stage/Waiting.js';
import { MyDisc } from './MyDisc.js';

/** What a student has on a phone: only what this node knows. */
export function MyNode() {
  const screen = useScreen();
  const text = strings.value;
  const members = useCluster();
  const { self } = screen;
  if (self === undefined) return null;
  const member = members.find((each) => each.id === self.id);
  const observation = member?.node?.observation ?? null;
  return (
    <main class="mine">
      <div class="mine-head">
        <h1>{self.name}</h1>
        {member !== undefined && <WhereAmI />}
      </div>
      <RoleCard member={member} />
      {member !== undefined && observation !== null && (
        <>
          {screen.kind === 'broadcast' ? (
            <Deliveries />
          ) : (
            <section class="panel" aria-label={text.mine.log}>
              <header>
                <h2>{text.mine.log}</h2>
                <p>{text.logs.summary(observation.lastIndex, observation.commitIndex)}</p>
              </header>
              {observation.lastIndex === 0 ? (
                <p class="empty">{text.logs.empty}</p>
              ) : (
                <OwnLog observation={observation} />
              )}
            </section>
          )}
          <OwnInbox member={member} />
        </>
      )}
      <section class="panel">
        {screen.kind === 'broadcast' ? <ChatBox /> : <CommandBox title={text.command.ask} />}
      </section>
      {member !== undefined && (
        <section class="panel own-faults">
          <NodeFaults member={member} isOwn />
        </section>
      )}
    </main>
  );
}

function OwnInbox(props: { readonly member: Member }) {
  const screen = useScreen();
  const text = strings.value;
  const { id } = props.member;
  return (
    <section class="panel inbox" aria-label={text.mine.inbox}>
      <header>
        <h2>{text.mine.inbox}</h2>
        {screen.app.status.value.paused && <p>{text.bar.paused}</p>}
      </header>
      <WaitsList node={id} />
    </section>
  );
}

function WhereAmI() {
  const screen = useScreen();
  const text = strings.value.mine;
  const [said, setSaid] = useBriefly();
  return (
    <Button
      onClick={() => {
        screen.app.flash();
        setSaid(text.whereDone);
      }}
    >
      {said ?? text.whereAmI}
    </Button>
  );
}

/** My role in one sentence, and what comes next if nothing happens. */
function RoleCard(props: { readonly member: Member | undefined }) {
  const screen = useScreen();
  useTick(200);
  const { title, of, next } = roleWords(screen, props.member);
  return (
    <section class="panel role">
      {props.member !== undefined && <MyDisc member={props.member} />}
      <div>
        <h2>{title}</h2>
        {of !== '' && (
          <p class="of">
            <Sentence text={of} />
          </p>
        )}
        {next !== '' && (
          <p class="next">
            <Sentence text={next} />
          </p>
        )}
      </div>
    </section>
  );
}

type Words = { readonly title: string; readonly of: string; readonly next: string };

function roleWords(screen: ReturnType<typeof useScreen>, member: Member | undefined): Words {
  const text = strings.value.mine;
  const status = screen.app.status.value;
  if (!screen.isOn) return { title: text.nothing, of: text.nothingText(isolated(screen.hostName)), next: '' };
  // Whoever has crashed runs nothing, but the room's run goes on without it.
  if (screen.self?.lab === 'crashed') return { title: text.crashed, of: '', next: text.crashedText };
  const observation = member?.node?.observation ?? null;
  if (screen.groups.length > 0 && screen.ownGroup === undefined) {
    const { outside, outsideText } = strings.value.groups;
    return { title: outside, of: '', next: outsideText };
  }
  if (member === undefined || observation === null)
    return { title: text.client, of: '', next: text.clientText };
  const { role, reign, leader, votes } = observation;
  // Of a broadcast, where nobody leads.
  if (role === 'member') return { title: text.member, of: '', next: text.memberText };
  if (member.standing === 'learner') {
    const of = leader === null ? '' : text.ofTerm(isolated(screen.nameOf(leader)), reign);
    return { title: text.learner, of, next: text.learnerText };
  }
  const timer = nextTimer(member.node);
  const left = timer === null ? null : strings.value.common.ms(realMs(screen, timer.dueMs));
  if (votes !== undefined) {
    // A candidate's own vote counts, told or not.
    const yes = Object.entries(votes).filter(([id, vote]) => vote === 'yes' && id !== member.id).length + 1;
    const title = role === 'pre-candidate' ? text['pre-candidate'] : text.candidate;
    return { title, of: text.term(reign), next: text.votesSoFar(yes, majority(status.voters.length)) };
  }
  if (role === 'leader')
    return { title: text.leader, of: text.term(reign), next: left === null ? '' : text.leads(left) };
  if (leader === null)
    return { title: text.follower, of: text.term(reign), next: left === null ? '' : text.ifNobody(left) };
  const name = isolated(screen.nameOf(leader));
  return {
    title: text.follower,
    of: text.ofTerm(name, reign),
    next: left === null ? '' : text.ifSilent(name, left),
  };
}

/** How long a person waits for a moment of lab time, at the pace that is on. */
function realMs(screen: ReturnType<typeof useScreen>, dueMs: number): number {
  const { pace } = screen.store.panels.value.clock;
  return Math.max(0, dueMs - screen.store.labNowMs()) / pace;
}
