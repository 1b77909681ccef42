import { useEffect, useRef } from 'preact/hooks';
import { strings } from '../../strings/index.js';
import { useScreen } from '../screen.js';
import { Button } from './Button.js';
import { HostKey } from './HostKey.js';
import { spoken, useInvite } from './invite.js';
import { Qr } from './Qr.js';
import { RefusedList } from './Refused.js';

/** What lies above a screen: the room's code for latecomers, or the list of keys. */
export function Overlay() {
  const screen = useScreen();
  const ref = useRef<HTMLDialogElement>(null);
  const which = screen.overlay.value;
  useEffect(() => {
    const dialog = ref.current;
    if (dialog === null) return;
    if (which === null) dialog.close();
    else if (!dialog.open) dialog.showModal();
  }, [which]);
  const close = (): void => {
    screen.overlay.value = null;
  };
  return (
    <dialog ref={ref} class="overlay" onClose={close}>
      {which === 'code' && <Code />}
      {which === 'keys' && <Keys />}
      {which === 'refused' && <RefusedList />}
      {which !== null && <Button onClick={close}>{strings.value.common.close}</Button>}
    </dialog>
  );
}

function Code() {
  const text = strings.value.lobby;
  const invite = useInvite();
  return (
    <div class="code-overlay">
      <Qr text={invite.link} label={invite.link} />
      <div>
        <p class="soft">{text.orOpen}</p>
        <p class="address">{invite.address}</p>
        <p class="soft">{text.andType}</p>
        <p class="code">{spoken(invite.code)}</p>
        <HostKey />
      </div>
    </div>
  );
}

function Keys() {
  const text = strings.value.keysHelp;
  return (
    <>
      <h2>{text.title}</h2>
      <dl class="keys">
        {text.list.map(([key = '', what = '']) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
    </>
  );
}
