import { useEffect, useRef, useState } from 'preact/hooks';
import { strings } from '../../strings/index.js';
import type { KeptName } from '../app.js';
import { Button } from '../parts/Button.js';
import { useScreen } from '../screen.js';
import { invitationOf } from './code.js';
import { enter } from './enter.js';

const nameLettersMax = 32;
const keptEveryMs = 2000;

/** The first page: open a room, join one, or come back under a name kept in this browser. */
export function Front() {
  const text = strings.value.front;
  const screen = useScreen();
  return (
    <main class="front">
      <h1>Quorate</h1>
      <p class="what">{text.what}</p>
      <div class="doors">
        <JoinDoor />
        <HostDoor />
      </div>
      <Kept />
      {screen.trouble.value !== null && (
        <p class="trouble" role="alert">
          {screen.trouble.value}
        </p>
      )}
    </main>
  );
}

function HostDoor() {
  const screen = useScreen();
  const text = strings.value.front;
  const [name, setName] = useState('');
  const off = name.trim() === '' ? text.needName : null;
  const open = (): void => enter(screen, { host: name.trim() });
  return (
    <form
      class="panel door"
      onSubmit={(event) => {
        event.preventDefault();
        if (off === null) open();
      }}
    >
      <h2>{text.hostTitle}</h2>
      <p class="soft">{text.hostText}</p>
      <Field id="host-name" label={text.name} value={name} set={setName} />
      <Button kind="main" off={off}>
        {text.hostButton}
      </Button>
      {off !== null && <p class="why">{off}</p>}
    </form>
  );
}

function JoinDoor() {
  const screen = useScreen();
  const text = strings.value.front;
  const { invitedTo } = screen.app;
  const [code, setCode] = useState(invitedTo?.room ?? '');
  const [name, setName] = useState('');
  const typed = invitationOf(code);
  const { room } = typed;
  // The link that led to this page may have named the host of this room.
  const key = typed.key ?? (invitedTo?.room === room ? invitedTo.key : null);
  const noCode = room === '' ? text.needCode : null;
  const off = noCode ?? (name.trim() === '' ? text.needName : null);
  const join = (): void => enter(screen, { room, key, name: name.trim() });
  return (
    <form
      class="panel door"
      onSubmit={(event) => {
        event.preventDefault();
        if (off === null) join();
      }}
    >
      <h2>{text.joinTitle}</h2>
      <p class="soft">{text.joinText}</p>
      <Field id="join-code" label={text.code} value={code} set={setCode} hint={text.codeHint} isCode />
      <Field id="join-name" label={text.name} value={name} set={setName} focused={invitedTo !== null} />
      <div class="buttons">
        <Button kind="main" off={off}>
          {text.joinButton}
        </Button>
        <Button kind="quiet" off={noCode} onClick={() => enter(screen, { room, key, watch: true })}>
          {text.watchButton}
        </Button>
      </div>
      {off !== null && <p class="why">{off}</p>}
    </form>
  );
}

type FieldProps = {
  readonly id: string;
  readonly label: string;
  readonly value: string;
  readonly set: (value: string) => void;
  readonly hint?: string;
  readonly isCode?: boolean;
  /** It is all that is left to fill in. */
  readonly focused?: boolean;
};

function Field(props: FieldProps) {
  const ref = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (props.focused === true) ref.current?.focus();
  }, [props.focused]);
  return (
    <>
      <label for={props.id}>{props.label}</label>
      <input
        ref={ref}
        id={props.id}
        class={props.isCode === true ? 'mono' : ''}
        value={props.value}
        placeholder={props.hint}
        maxLength={props.isCode === true ? undefined : nameLettersMax}
        autocomplete="off"
        autocapitalize={props.isCode === true ? 'off' : 'words'}
        spellcheck={false}
        onInput={(event) => props.set(event.currentTarget.value)}
      />
    </>
  );
}

function Kept() {
  const screen = useScreen();
  const text = strings.value.front;
  const [kept, setKept] = useState<readonly KeptName[]>([]);
  useEffect(() => {
    const look = (): void => screen.act(async () => setKept(await screen.app.kept()));
    look();
    // A tab that is closed meanwhile frees its name.
    const timer = setInterval(look, keptEveryMs);
    return () => clearInterval(timer);
  }, [screen]);
  if (kept.length === 0) return null;
  return (
    <section class="kept" aria-label={text.keptTitle}>
      <h2>{text.keptTitle}</h2>
      <p class="soft">{text.keptText}</p>
      <div class="buttons">
        {[...kept]
          .sort((a, b) => b.lastUsedMs - a.lastUsedMs)
          .slice(0, 6)
          .map(({ room, name, held }) => (
            <Button
              key={`${room} ${name}`}
              off={held === true ? text.inUse(name) : null}
              onClick={() => enter(screen, { room, key: null, name })}
            >
              {text.keptButton(name, room)}
            </Button>
          ))}
      </div>
    </section>
  );
}
