import { strings } from '../../strings/index.js';
import { inboxOf } from '../model/reduce.js';
import { Mark } from '../parts/Mark.js';
import { useTick } from '../parts/useTick.js';
import { useScreen } from '../screen.js';

/** Messages in a node's inbox, the next one first. */
export function Inbox(props: { readonly node: string; readonly most: number }) {
  const screen = useScreen();
  const text = strings.value.inspector;
  const inbox = inboxOf(screen.store.panels.value, props.node);
  return (
    <>
      {inbox.slice(0, props.most).map((flight) => (
        <div class="card" key={flight.id}>
          <Mark info={flight.info} />
          <div>
            <strong>{flight.info.kind}</strong>
            <p>
              {text.from(screen.nameOf(flight.from))} · {text.carries(flight.info.entries)}
            </p>
          </div>
        </div>
      ))}
      {inbox.length > props.most && <p class="why">{text.more(inbox.length - props.most)}</p>}
    </>
  );
}

/** A node's timers and what is left of them. */
export function Timers(props: { readonly node: string }) {
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
          <div class="card" key={name}>
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
            <div>
              <strong>{name}</strong>
              <p>{text.inspector.left(text.common.ms(leftMs), text.common.ms(allMs))}</p>
            </div>
          </div>
        );
      })}
    </>
  );
}
