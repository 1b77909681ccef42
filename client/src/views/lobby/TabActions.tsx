import { useState } from 'preact/hooks';
import type { TabInfo } from '../../api/types.js';
import { strings } from '../../strings/index.js';
import { Button } from '../parts/Button.js';
import { useScreen } from '../screen.js';

const nameLettersMax = 32;

/** What host and co-hosts can do with one tab: appoint, rename, remove. */
export function TabActions(props: { readonly tab: TabInfo; readonly close: () => void }) {
  const screen = useScreen();
  const text = strings.value.control;
  const { tab, close } = props;
  const { members } = screen.app.quorate;
  const [name, setName] = useState<string | null>(null);
  const act = (action: () => Promise<void>): void =>
    screen.act(async () => {
      await action();
      close();
    });
  if (name !== null) {
    return (
      <form
        class="tab-actions"
        onSubmit={(event) => {
          event.preventDefault();
          act(() => members.rename(tab.id, name));
        }}
      >
        <input
          value={name}
          maxLength={nameLettersMax}
          aria-label={text.newName(tab.name)}
          autocomplete="off"
          spellcheck={false}
          onInput={(event) => setName(event.currentTarget.value)}
        />
        <Button kind="main" off={name.trim() === '' ? strings.value.front.needName : null}>
          {text.save}
        </Button>
        <Button kind="quiet" onClick={() => setName(null)}>
          {strings.value.common.close}
        </Button>
      </form>
    );
  }
  return (
    <div class="tab-actions buttons">
      {screen.isHost && !tab.host && !tab.watching && (
        <Button
          title={text.appointTitle}
          onClick={() => act(() => (tab.coHost ? members.dismiss(tab.id) : members.appoint(tab.id)))}
        >
          {tab.coHost ? text.dismiss : text.appoint}
        </Button>
      )}
      {!tab.watching && <Button onClick={() => setName(tab.name)}>{text.rename}</Button>}
      {!tab.host && (
        <Button
          kind="fault"
          off={tab.coHost ? text.dismissFirst : null}
          title={text.removeTitle}
          onClick={() => act(() => members.remove(tab.id))}
        >
          {text.remove}
        </Button>
      )}
    </div>
  );
}
