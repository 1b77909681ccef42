import { useState } from 'preact/hooks';
import type { Fault } from '../../api/types.js';
import { strings } from '../../strings/index.js';
import type { Member } from '../members.js';
import { isCutOff, isUp } from '../model/looks.js';
import { useScreen } from '../screen.js';
import { Button } from './Button.js';

/** What "Slow" adds to a message, in ms of lab time, and what "Drop" takes away. */
const slowMs = 120;
const dropRate = 0.3;

/** Both directions between a node and another, or all. */
function bothWays(make: (from: string, to: string) => Fault, node: string, other: string): readonly Fault[] {
  return [make(node, other), make(other, node)];
}

type Props = { readonly member: Member; readonly isOwn?: boolean };

/** Crash and restart for one's own node, for the host anybody's; the network's faults are the host's. */
export function NodeFaults(props: Props) {
  const screen = useScreen();
  const text = strings.value.faults;
  const [isChoosing, setChoosing] = useState(false);
  const { member } = props;
  const { quorate } = screen.app;
  const hostOnly = screen.hostOnly();
  const gone = goneReason(member);
  const mayCrash = screen.isHost || member.isSelf ? null : text.notYours;
  const add = (faults: readonly Fault[]): void =>
    screen.act(() => Promise.all(faults.map((fault) => quorate.faults.add(fault))));
  const voters = screen.nodes.value;
  const isCut = isCutOff(member.id, voters, screen.app.faults.value);
  const cutOff = hostOnly ?? gone ?? (isCut ? text.alreadyCut : null);
  if (screen.app.watching) return null;
  return (
    <div class="part faults">
      <h3>{props.isOwn === true ? strings.value.mine.faults : strings.value.inspector.doTo(member.name)}</h3>
      <div class="buttons">
        {isUp(member.look) || mayCrash !== null ? (
          <Button
            kind="fault"
            off={mayCrash ?? gone}
            onClick={() => screen.act(() => quorate.crash(member.id))}
          >
            {text.crash}
          </Button>
        ) : (
          <Button
            kind="main"
            off={restartReason(member)}
            onClick={() => screen.act(() => quorate.restart(member.id))}
          >
            {text.restart}
          </Button>
        )}
        <Button
          off={cutOff}
          onClick={() => add(bothWays((from, to) => ({ kind: 'cut', from, to }), member.id, '*'))}
        >
          {text.cutOff}
        </Button>
        {props.isOwn !== true && (
          <Button off={cutOff} pressed={isChoosing} onClick={() => setChoosing(!isChoosing)}>
            {text.cutLink}
          </Button>
        )}
        <Button
          title={text.slowTitle}
          off={hostOnly ?? gone}
          onClick={() =>
            add(bothWays((from, to) => ({ kind: 'delay', from, to, ms: slowMs }), member.id, '*'))
          }
        >
          {text.slow}
        </Button>
        <Button
          title={text.dropTitle}
          off={hostOnly ?? gone}
          onClick={() =>
            add(bothWays((from, to) => ({ kind: 'drop', from, to, rate: dropRate }), member.id, '*'))
          }
        >
          {text.drop}
        </Button>
      </div>
      {isChoosing && (
        <fieldset class="buttons" aria-label={text.to}>
          {voters
            .filter((id) => id !== member.id)
            .map((id) => (
              <Button
                key={id}
                kind="quiet"
                onClick={() => {
                  add(bothWays((from, to) => ({ kind: 'cut', from, to }), member.id, id));
                  setChoosing(false);
                }}
              >
                {screen.nameOf(id)}
              </Button>
            ))}
        </fieldset>
      )}
      <Why reason={mayCrash ?? hostOnly ?? gone} />
    </div>
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
