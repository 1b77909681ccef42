import { strings } from '../../strings/index.js';
import { Button } from '../parts/Button.js';
import { HostKey } from '../parts/HostKey.js';
import { IntroductionsButton } from '../parts/IntroductionsButton.js';
import { spoken, useInvite } from '../parts/invite.js';
import { Qr } from '../parts/Qr.js';
import { useBriefly } from '../parts/useBriefly.js';
import { useScreen } from '../screen.js';

const tabsToOpen = ['Ada', 'Jun', 'Minji', 'Tomás', 'Lea'] as const;

/** How to come in: QR code, address, code; readable from ten metres. */
export function Invite() {
  const screen = useScreen();
  const text = strings.value.lobby;
  const invite = useInvite();
  const room = screen.app.room.value;
  const server = room?.server ?? 'online';
  const [said, setSaid] = useBriefly();
  const copy = (): void =>
    screen.act(async () => {
      await copyText(invite.link);
      setSaid(strings.peek().common.copied);
    });
  const openTabs = (): void => {
    const opened = tabsToOpen.map((name) =>
      window.open(`/?${invite.query}&name=${encodeURIComponent(name)}`, '_blank'),
    );
    setSaid(opened.includes(null) ? strings.peek().lobby.blocked : null);
  };
  return (
    <section class="invite" aria-label={text.scan}>
      <h1>{text.scan}</h1>
      <p class="soft">{text.orOpen}</p>
      <p class="address">{invite.address}</p>
      <p class="soft">{text.andType}</p>
      <p class="code">{spoken(invite.code)}</p>
      <Qr text={invite.link} label={invite.link} />
      <div class="buttons">
        <Button onClick={copy}>{text.copy}</Button>
        <Button
          onClick={() => {
            screen.overlay.value = 'code';
            screen.act(() => document.documentElement.requestFullscreen());
          }}
        >
          {text.wholeScreen}
        </Button>
        <Button title={text.openTabsTitle} onClick={openTabs}>
          {text.openTabs}
        </Button>
        {!screen.app.watching && <IntroductionsButton />}
      </div>
      <HostKey />
      <p class="why said" role="status">
        {said}
      </p>
      {invite.isLocal && <p class="why">{text.noLan}</p>}
      <p class={server === 'online' && room?.introductions !== false ? 'why routine' : 'why'}>
        {room?.introductions === false
          ? strings.value.introductions.waits
          : server === 'online'
            ? text.serverOnly
            : server === 'offline'
              ? text.serverOffline
              : text.serverConnecting}
      </p>
    </section>
  );
}

/** Plain http has no clipboard API; there an invisible field is copied from. */
async function copyText(text: string): Promise<void> {
  if (isSecureContext) {
    await navigator.clipboard.writeText(text);
    return;
  }
  const field = document.createElement('textarea');
  field.value = text;
  field.className = 'unseen';
  document.body.append(field);
  field.select();
  document.execCommand('copy');
  field.remove();
}
