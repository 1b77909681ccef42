import { useState } from 'preact/hooks';
import { strings } from '../../strings/index.js';
import { useScreen } from '../screen.js';
import { Button } from './Button.js';
import { commandFieldId } from './CommandBox.js';

/** Longer lines would not be told apart on the Stage. */
const lineLengthMax = 200;

/** A line to everybody, where the protocol broadcasts. */
export function ChatBox() {
  const screen = useScreen();
  const text = strings.value.chat;
  const [line, setLine] = useState('');
  const off = screen.sendOff();
  return (
    <form
      class="command"
      onSubmit={(event) => {
        event.preventDefault();
        if (off !== null || line.trim() === '') return;
        screen.act(() => screen.app.quorate.broadcast(line.trim()));
        setLine('');
      }}
    >
      <label for={commandFieldId}>{text.title(screen.self?.name ?? strings.value.common.you)}</label>
      <div class="line">
        <input
          id={commandFieldId}
          value={line}
          maxLength={lineLengthMax}
          placeholder={text.placeholder}
          autocomplete="off"
          onInput={(event) => setLine(event.currentTarget.value)}
        />
        <Button off={off}>{strings.value.command.send}</Button>
      </div>
      <p class="why">{off ?? text.help}</p>
    </form>
  );
}
