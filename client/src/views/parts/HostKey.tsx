import { strings } from '../../strings/index.js';
import { useScreen } from '../screen.js';

/** The host's key, to be compared between two screens, and how this tab knows it. */
export function HostKey() {
  const screen = useScreen();
  const text = strings.value.control;
  const room = screen.app.room.value;
  if (room === null || room.hostKey === null || room.trust === null) return null;
  return (
    <div class={`host-key ${room.trust}`}>
      <p>
        <span class="soft">
          {room.trust === 'first-use' && <span aria-hidden="true">△ </span>}
          {text.hostKey}
        </span>{' '}
        <span class="mono">{inGroups(room.hostKey)}</span>
      </p>
      <p class="why">{text.trust[room.trust]}</p>
    </div>
  );
}

/** Four letters at a time, as one would read them out. */
function inGroups(key: string): string {
  return key.match(/.{1,4}/g)?.join(' ') ?? key;
}
