import type { MessageInfo } from '@quorate/shared/core';
import type { ComponentChildren } from 'preact';
import type { StepInput } from '../../api/types.js';
import { strings } from '../../strings/index.js';
import { inboxOf } from '../model/reduce.js';
import type { Flight } from '../model/state.js';
import { Mark } from '../parts/Mark.js';
import { useTick } from '../parts/useTick.js';
import { useScreen } from '../screen.js';

/** Messages that a list has room for; it keeps the room, or all below would jump with every heartbeat. */
const messagesShown = 3;
/** While the lab is paused the list scrolls: each of them can be chosen. */
const messagesShownPaused = 40;

/** What a node waits for, in a part of its own. */
export function Waits(props: { readonly node: string; readonly name: string }) {
  const screen = useScreen();
  const text = strings.value.inspector;
  const inbox = inboxOf(screen.store.panels.value, props.node);
  return (
    <div class="part waits">
      <div class="waits-head">
        <h3>{text.waiting(props.name)}</h3>
        {inbox.length > messagesShown && <p class="why">{text.count(inbox.length)}</p>}
      </div>
      <WaitsList node={props.node} />
    </div>
  );
}

/** A node's timers, and the messages in its inbox, the next one first. As high with them as without. */
export function WaitsList(props: { readonly node: string }) {
  const screen = useScreen();
  const view = screen.store.panels.value;
  const inbox = inboxOf(view, props.node);
  const { paused } = screen.app.status.value;
  const shown = inbox.slice(0, paused ? messagesShownPaused : messagesShown);
  const isEmpty = inbox.length === 0 && Object.keys(view.nodes.get(props.node)?.timers ?? {}).length === 0;
  return (
    <ul class={`waits-list ${paused ? 'paused' : ''}`}>
      <Timers node={props.node} />
      {shown.map((flight, i) => (
        <Waiting key={flight.id} flight={flight} isFirst={isFirst(flight, inbox.slice(0, i))} />
      ))}
      {isEmpty && <li class="why">{strings.value.inspector.nothingWaits}</li>}
    </ul>
  );
}

/** Messages of one sender reach an instance in their order. */
function isFirst({ from, instance }: Flight, before: readonly Flight[]): boolean {
  return !before.some((other) => other.from === from && other.instance === instance);
}

function Waiting(props: { readonly flight: Flight; readonly isFirst: boolean }) {
  const screen = useScreen();
  const { id, info, from, to } = props.flight;
  const sender = screen.nameOf(from);
  const about = [sender, carriesText(info)].filter((part) => part !== '').join(' · ');
  return (
    <StepItem
      title={`${info.kind} ${strings.value.inspector.from(sender)}`}
      does={strings.value.step.deliver(info.kind)}
      off={props.isFirst ? null : strings.value.errors['not-first']}
      next={{ node: to, deliver: id }}
    >
      <Mark info={info} />
      <span class="kind clip">{info.kind}</span>
      <span class="about clip">{about}</span>
    </StepItem>
  );
}

/** Something that waits; while the lab is paused a click on it lets it happen. */
function StepItem(props: {
  readonly title: string;
  readonly does: string;
  readonly off: string | null;
  readonly next: StepInput;
  readonly class?: string;
  readonly children: ComponentChildren;
}) {
  const screen = useScreen();
  const { paused } = screen.app.status.value;
  const look = `wait ${props.class ?? ''}`;
  if (!paused || screen.app.watching) {
    return (
      <li class={look} title={props.title}>
        {props.children}
      </li>
    );
  }
  const off = screen.hostOnly() ?? props.off;
  return (
    <li>
      <button
        type="button"
        class={`${look} stepping`}
        title={off ?? props.does}
        aria-disabled={off !== null}
        onClick={() => {
          if (off === null) screen.act(() => screen.app.quorate.step(props.next, screen.run));
        }}
      >
        {props.children}
      </button>
    </li>
  );
}

/** What a message brings; votes and answers carry no entries, and none without them is a heartbeat. */
export function carriesText(info: MessageInfo): string {
  return info.kind === 'AppendEntries' || info.entries > 0
    ? strings.value.inspector.carries(info.entries)
    : '';
}

/** A node's timers and what is left of them. */
function Timers(props: { readonly node: string }) {
  const screen = useScreen();
  useTick(200);
  const text = strings.value;
  const timers = Object.entries(screen.store.panels.value.nodes.get(props.node)?.timers ?? {});
  const nowMs = screen.store.labNowMs();
  return (
    <>
      {timers.map(([name, timer]) => {
        const allMs = Math.max(1, timer.dueMs - timer.setMs);
        const leftMs = Math.min(allMs, Math.max(0, timer.dueMs - nowMs));
        return (
          <StepItem
            class="running"
            key={name}
            title={text.timers[name] ?? name}
            does={text.step.fire(text.timers[name] ?? name)}
            off={null}
            next={{ node: props.node, fire: name }}
          >
            <svg class="timer" viewBox="-10 -10 20 20" aria-hidden="true">
              <circle r="7" class="track" />
              <circle
                r="7"
                class="left"
                pathLength="1"
                stroke-dasharray={`${leftMs / allMs} 1`}
                transform="rotate(-90)"
              />
            </svg>
            <span class="kind clip">{text.timers[name] ?? name}</span>
            <span class="about clip">
              {text.inspector.left(text.common.ms(leftMs), text.common.ms(allMs))}
            </span>
          </StepItem>
        );
      })}
    </>
  );
}
