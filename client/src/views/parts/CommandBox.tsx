import { useState } from 'preact/hooks';
import { strings } from '../../strings/index.js';
import { type CommandProblem, parseCommand, valueText } from '../model/command.js';
import { leaderOf } from '../model/looks.js';
import { waitsFor } from '../model/waiting.js';
import { type Screen, type Sent, useScreen } from '../screen.js';
import { Button } from './Button.js';
import { Check } from './icons.js';

/** The id of the command box's field: the key `c` goes there. */
export const commandFieldId = 'command';

/** `say hello` is no command to the store but a broadcast in the order of the log. */
const sayPattern = /^\s*say\s+(.*\S)\s*$/is;

/** A line to the cluster, and what the last ones came to. */
export function CommandBox(props: { readonly title: string }) {
  const screen = useScreen();
  const text = strings.value.command;
  const [line, setLine] = useState('');
  const [problem, setProblem] = useState<CommandProblem | null>(null);
  const off = screen.sendOff();
  const send = (): void => {
    const said = sayPattern.exec(line)?.[1];
    if (said !== undefined) {
      setProblem(null);
      setLine('');
      return screen.act(() => screen.app.quorate.broadcast(said));
    }
    const parsed = parseCommand(line);
    setProblem(parsed.ok ? null : parsed.problem);
    if (!parsed.ok) return;
    screen.submit(parsed.command);
    setLine('');
  };
  return (
    <form
      class="command"
      onSubmit={(event) => {
        event.preventDefault();
        if (off === null) send();
      }}
    >
      <label for={commandFieldId}>{props.title}</label>
      <div class="line">
        <input
          id={commandFieldId}
          class="mono"
          value={line}
          placeholder={text.placeholder}
          autocomplete="off"
          autocapitalize="off"
          spellcheck={false}
          onInput={(event) => setLine(event.currentTarget.value)}
        />
        <Button off={off}>{text.send}</Button>
      </div>
      {problem === null ? (
        <p class="why" title={text.helpLong}>
          {off ?? text.help}
        </p>
      ) : (
        <p class="trouble" role="alert">
          {text.problems[problem]}
        </p>
      )}
      <ul class="results" aria-live="polite">
        {screen.sent.value.map((sent) => (
          <Result key={sent.key} sent={sent} />
        ))}
      </ul>
    </form>
  );
}

function Result(props: { readonly sent: Sent }) {
  const screen = useScreen();
  const { sent } = props;
  const { outcome } = sent;
  const isDone = outcome.type === 'result' && outcome.result.ok;
  return (
    <li class={outcome.type === 'error' ? 'trouble' : isDone ? 'done' : ''}>
      <code>{sent.text}</code> {isDone && <Check />} {outcomeText(outcome, screen)}
    </li>
  );
}

function outcomeText(outcome: Sent['outcome'], screen: Screen): string {
  const text = strings.value.command;
  if (outcome.type === 'waiting') {
    const leader = leaderOf(screen.store.panels.value);
    return text.waits[waitsFor(screen.app.status.value, screen.tabs, leader)];
  }
  if (outcome.type === 'error') return outcome.message;
  const { result } = outcome;
  if (!result.ok) return text.mismatch(valueText(result.value));
  switch (result.op) {
    case 'get':
      return result.version === 0 ? text.nothing : valueText(result.value);
    case 'list':
      return result.paths.length === 0 ? text.empty : result.paths.join(', ');
    case 'delete':
      return result.existed ? `${text.gone}, ${text.entry(result.index)}` : text.wasNothing;
    default:
      return text.entry(result.index);
  }
}
