import { useState } from 'preact/hooks';
import { strings } from '../../strings/index.js';
import type { Member } from '../members.js';
import { isCutOff, isUp } from '../model/looks.js';
import { activeBetween, bothWays, dropRate, type LinkFault, slowMs } from '../model/node-faults.js';
import { type Screen, useScreen } from '../screen.js';
import { Button } from './Button.js';

type Props = { readonly member: Member; readonly isOwn?: boolean };

/** Crash and restart for one's own node, for the host anybody's; the network's faults are the host's. */
export function NodeFaults(props: Props) {
  const screen = useScreen();
  const text = strings.value.faults;
  const [isChoosing, setChoosing] = useState(false);
  const { member } = props;
  const hostOnly = screen.hostOnly();
  const gone = goneReason(member);
  const mayCrash = crashRefusal(screen, member);
  const isCut = isCutOff(member.id, screen.nodes.value, screen.app.faults.value);
  const cutOff = gone ?? (isCut ? text.alreadyCut : null);
  const toAll = { node: member.id, other: '*' };
  if (screen.app.watching) return null;
  return (
    <div class="part faults">
      <h3>{props.isOwn === true ? strings.value.mine.faults : strings.value.inspector.doTo(member.name)}</h3>
      <div class="buttons">
        <LifeButton member={member} mayCrash={mayCrash} />
        <FaultToggle kind="cut" {...toAll} off={cutOff}>
          {text.cutOff}
        </FaultToggle>
        <FaultToggle kind="drop" {...toAll} off={gone} title={text.dropTitle}>
          {text.drop(Math.round(dropRate * 100))}
        </FaultToggle>
        {props.isOwn !== true && (
          <Button off={hostOnly} pressed={isChoosing} onClick={() => setChoosing(!isChoosing)}>
            {text.cutLink}
          </Button>
        )}
        <FaultToggle kind="delay" {...toAll} off={gone} title={text.slowTitle}>
          {text.slow(strings.value.common.ms(slowMs))}
        </FaultToggle>
      </div>
      {isChoosing && <LinkChoice member={member} off={gone} />}
      <Why reason={mayCrash ?? hostOnly ?? gone} />
    </div>
  );
}

/** Crash while the node is up, else restart. */
function LifeButton(props: { readonly member: Member; readonly mayCrash: string | null }) {
  const screen = useScreen();
  const text = strings.value.faults;
  const { member, mayCrash } = props;
  const { quorate } = screen.app;
  if (isUp(member.look) || mayCrash !== null) {
    const off = mayCrash ?? goneReason(member);
    return (
      <Button kind="fault" off={off} onClick={() => screen.act(() => quorate.crash(member.id))}>
        {text.crash}
      </Button>
    );
  }
  return (
    <Button
      kind="main"
      off={restartReason(member)}
      onClick={() => screen.act(() => quorate.restart(member.id))}
    >
      {text.restart}
    </Button>
  );
}

function LinkChoice(props: { readonly member: Member; readonly off: string | null }) {
  const screen = useScreen();
  const { member, off } = props;
  return (
    <fieldset class="buttons" aria-label={strings.value.faults.to}>
      {screen.nodes.value
        .filter((id) => id !== member.id)
        .map((id) => (
          <FaultToggle key={id} kind="cut" node={member.id} other={id} off={off}>
            {screen.nameOf(id)}
          </FaultToggle>
        ))}
    </fieldset>
  );
}

type ToggleProps = {
  readonly kind: LinkFault;
  readonly node: string;
  readonly other: string;
  /** Why it can't be set now, or null; what is set can always be ended by the host. */
  readonly off: string | null;
  readonly title?: string;
  readonly children: string;
};

/** A fault on a link that pressing sets, and pressing again ends. */
function FaultToggle(props: ToggleProps) {
  const screen = useScreen();
  const { kind, node, other } = props;
  const { faults } = screen.app.quorate;
  const on = activeBetween(screen.app.faults.value, kind, node, other);
  const isOn = on.length > 0;
  const toggle = (): Promise<unknown> =>
    Promise.all(
      isOn
        ? on.map(({ id }) => faults.remove(id))
        : bothWays(kind, node, other).map((fault) => faults.add(fault, screen.run)),
    );
  return (
    <Button
      off={screen.hostOnly() ?? (isOn ? null : props.off)}
      pressed={isOn}
      title={props.title ?? ''}
      onClick={() => screen.act(toggle)}
    >
      {props.children}
    </Button>
  );
}

function Why(props: { readonly reason: string | null }) {
  const trouble = useScreen().trouble.value;
  return (
    <>
      {props.reason !== null && <p class="why">{props.reason}</p>}
      {trouble !== null && (
        <p class="trouble" role="alert">
          {trouble}
        </p>
      )}
    </>
  );
}

/** Why this tab may not crash that node, or null. */
function crashRefusal(screen: Screen, member: Member): string | null {
  const text = strings.value.faults;
  if (screen.mayDrive) return null;
  if (!member.isSelf) return text.notYours;
  return screen.app.room.value?.students === 'nothing' ? text.notAllowed : null;
}

function goneReason(member: Member): string | null {
  const text = strings.value.faults;
  if (member.look === 'crashed') return text.isCrashed;
  return member.look === 'left' ? text.isLeft : null;
}

/** A closed tab can't be restarted from here: it must be opened again. */
function restartReason(member: Member): string | null {
  const text = strings.value.faults;
  if (member.look === 'left') return text.isLeft;
  return member.tab !== undefined && member.tab.presence !== 'here' ? text.tabClosed : null;
}
