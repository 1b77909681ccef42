import { findProtocol } from '@quorate/shared/registry';
import type { GroupInfo } from '../../api/types.js';
import { isolated, strings } from '../../strings/index.js';
import { type Member, membersIn } from '../members.js';
import { isUp } from '../model/looks.js';
import { Button } from '../parts/Button.js';
import { Bolt, Crown, Pause, Play } from '../parts/icons.js';
import { paceWords } from '../parts/PaceSlider.js';
import { protocolName } from '../parts/protocol-words.js';
import { Sentence } from '../parts/Sentence.js';
import { type Screen, useScreen } from '../screen.js';
import { GroupRing } from './GroupRing.js';

/** All groups at once, each as a small picture that opens it. */
export function Overview() {
  const screen = useScreen();
  return (
    <main class="overview" aria-label={strings.value.groups.overview}>
      {screen.groups.map((group) => (
        <GroupCard key={group.run} group={group} />
      ))}
      {screen.trouble.value !== null && (
        <p class="trouble" role="alert">
          {screen.trouble.value}
        </p>
      )}
    </main>
  );
}

function GroupCard(props: { readonly group: GroupInfo }) {
  const screen = useScreen();
  const text = strings.value.groups;
  const { group } = props;
  const members = membersIn(screen, group);
  return (
    <article class={group.own ? 'panel group-card own' : 'panel group-card'}>
      <header>
        <h2>
          <button type="button" class="group-open" onClick={() => screen.showGroup(group.run)}>
            {text.name(group.number)}
          </button>
          {group.own && <small>{text.yours}</small>}
        </h2>
        <p>{protocolName(group.protocol)}</p>
      </header>
      <div class="group-arena">
        <GroupRing members={members} faults={group.faults} />
        {group.paused && (
          <p class="pace-mark paused">
            <Pause /> {strings.value.bar.paused}
          </p>
        )}
      </div>
      <footer>
        <div class="group-words">
          <GroupState group={group} members={members} />
        </div>
        {screen.mayDrive && <PauseOne group={group} />}
      </footer>
    </article>
  );
}

type Props = { readonly group: GroupInfo; readonly members: readonly Member[] };

/** Who leads and how far the log has come, or how much a broadcast has delivered; and what is out of the ordinary. */
function GroupState({ group, members }: Props) {
  const screen = useScreen();
  const text = strings.value.groups;
  const pace = group.pace < 1 ? paceWords(group.pace) : '';
  const troubles = <GroupTroubles group={group} members={members} />;
  if (findProtocol(group.protocol)?.kind === 'broadcast') {
    const delivered = text.delivered(Math.max(0, ...members.map((member) => member.number)));
    return (
      <>
        <p>{delivered}</p>
        <p class="soft">
          {pace} {troubles}
        </p>
      </>
    );
  }
  const { leader, reign, lastIndex, commitIndex } = stateOf(group, members);
  const progress = text.committed(commitIndex, lastIndex);
  return (
    <>
      <p>
        {leader === null ? (
          text.noLeader(reign)
        ) : (
          <>
            <Crown reign={reign} /> <Sentence text={text.leads(isolated(screen.nameOf(leader)), reign)} />
          </>
        )}
      </p>
      <p class="soft">
        {[progress, pace].filter((each) => each !== '').join(' · ')} {troubles}
      </p>
    </>
  );
}

type State = Pick<GroupInfo, 'leader' | 'reign' | 'lastIndex' | 'commitIndex'>;

/** As the leader that runs tells, or, while none does, the best that anybody is known to have. */
function stateOf(group: GroupInfo, members: readonly Member[]): State {
  const leading = members.find((member) => member.look === 'leader');
  const told = leading?.node?.observation;
  if (leading !== undefined && told)
    return {
      leader: leading.id,
      reign: told.reign,
      lastIndex: told.lastIndex,
      commitIndex: told.commitIndex,
    };
  const reign = Math.max(group.reign, ...members.map((member) => member.number));
  return { leader: null, reign, lastIndex: group.lastIndex, commitIndex: group.commitIndex };
}

/** Faults that are on, and who is gone. */
function GroupTroubles({ group, members }: Props) {
  const text = strings.value.groups;
  const gone = members.filter((member) => !isUp(member.look)).length;
  const troubles = [
    group.faults.length > 0 ? text.faults(group.faults.length) : '',
    gone > 0 ? text.gone(gone) : '',
  ].filter((each) => each !== '');
  if (troubles.length === 0) return null;
  return (
    <span class="faulty">
      <Bolt /> {troubles.join(' · ')}
    </span>
  );
}

function PauseOne(props: { readonly group: GroupInfo }) {
  const screen: Screen = useScreen();
  const text = strings.value;
  const { run, paused, number } = props.group;
  const { quorate } = screen.app;
  const words = paused ? text.bar.resume : text.bar.pause;
  return (
    <Button
      pressed={paused}
      label={`${words}: ${text.groups.name(number)}`}
      title={words}
      onClick={() => screen.act(() => (paused ? quorate.resume(run) : quorate.pause(run)))}
    >
      {paused ? <Play /> : <Pause />}
    </Button>
  );
}
