import { strings } from '../../strings/index.js';
import type { Member } from '../members.js';
import { Button } from '../parts/Button.js';
import { useScreen } from '../screen.js';
import { halfWay } from './half-way.js';

/** Situations at the press of a button, where nobody leads. */
export function BroadcastSetups(props: { readonly members: readonly Member[] }) {
  const screen = useScreen();
  const text = strings.value.cluster;
  const { quorate } = screen.app;
  const self = screen.self?.id;
  const others = props.members.map((member) => member.id).filter((id) => id !== self);
  const hostOnly = screen.hostOnly();
  const elsewhere = screen.app.status.value.takesPart ? null : screen.sendOff();
  const off = hostOnly ?? elsewhere ?? (others.length < 2 ? text.tooFew : null);
  return (
    <div class="setups">
      <p class="setups-title">
        {text.setUp}
        {off !== null && `: ${off}`}
      </p>
      {screen.self?.lab === 'crashed' ? (
        <Button onClick={() => screen.act(() => quorate.restart())}>{text.comeBack}</Button>
      ) : (
        <Button
          off={off}
          title={text.halfWayTitle}
          onClick={() => screen.act(() => halfWay(quorate, others, text.halfWaySaid))}
        >
          {text.halfWay}
        </Button>
      )}
    </div>
  );
}
