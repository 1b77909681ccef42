import { signal } from '@preact/signals';
import { crashesTolerated } from '@quorate/shared/core';
import { findProtocol } from '@quorate/shared/registry';
import { strings } from '../../strings/index.js';
import { votersProblem } from '../model/voters.js';
import { Button } from '../parts/Button.js';
import { PaceSlider } from '../parts/PaceSlider.js';
import { protocolName, protocolText } from '../parts/protocol-words.js';
import { offered } from '../protocols.js';
import { type Screen, useScreen } from '../screen.js';

/** A typical election, in ms of lab time: a timeout, and a round of votes. */
const electionMs = 250;
/** A class starts at a pace at which elections take seconds; what the host has chosen since stays. */
const chosenPace = signal(1 / 20);
const chosenProtocol = signal<string>('raft');

type Props = {
  readonly voters: readonly string[];
  readonly isSuggested: boolean;
  readonly suggest: () => void;
};

/** What shall run, with whom, how fast; and for the host the button. */
export function StartPanel(props: Props) {
  const screen = useScreen();
  const text = strings.value;
  const { voters } = props;
  const pace = screen.isOn ? screen.app.status.value.pace : chosenPace.value;
  const protocol = screen.app.status.value.protocol ?? chosenProtocol.value;
  const kind = findProtocol(protocol)?.kind ?? 'log';
  const off = startOff(screen, voters);
  return (
    <section class="panel start" aria-label={text.lobby.what}>
      <header>
        <h2>{text.lobby.what}</h2>
      </header>
      <div class="protocols">
        {offered.map((name) => (
          <button
            key={name}
            type="button"
            class="protocol"
            aria-pressed={name === protocol}
            aria-disabled={screen.isOn || !screen.mayDrive}
            onClick={() => {
              if (!screen.isOn && screen.mayDrive) chosenProtocol.value = name;
            }}
          >
            <strong>{protocolName(name)}</strong>
            <p>{protocolText(name)}</p>
          </button>
        ))}
      </div>
      <div class="choices">
        <p>
          {text.lobby.voters} <strong>{voters.length}</strong>
          {kind === 'log' && (
            <span class="soft">
              {' '}
              — {text.lobby.survives(voters.length === 0 ? null : crashesTolerated(voters.length))}
            </span>
          )}
        </p>
        {screen.mayDrive && !screen.isOn && !props.isSuggested && (
          <Button kind="quiet" onClick={props.suggest}>
            {text.lobby.suggest}
          </Button>
        )}
        {screen.mayDrive && !screen.isOn && (
          <PaceSlider
            pace={pace}
            off={null}
            set={(next) => {
              chosenPace.value = next;
            }}
          />
        )}
        {kind === 'log' && <p class="soft">{text.lobby.electionTakes(text.common.ms(electionMs / pace))}</p>}
      </div>
      <div class="buttons">
        {screen.isOn ? (
          <>
            <Button kind="main" onClick={() => screen.show('stage')}>
              {text.lobby.toStage}
            </Button>
            <Button off={screen.hostOnly()} onClick={() => screen.act(() => screen.app.quorate.stop())}>
              {text.lobby.stop}
            </Button>
          </>
        ) : (
          <Button kind="main" off={off} onClick={() => start(screen, protocol, voters)}>
            {text.lobby.start(protocolName(protocol))}
          </Button>
        )}
        {!screen.app.watching && (
          <Button
            kind="quiet"
            title={text.bar.leaveTitle}
            onClick={() => screen.act(() => screen.app.leave())}
          >
            {text.bar.leave}
          </Button>
        )}
      </div>
      <p class="why">{screen.isOn ? text.lobby.running : off}</p>
      {screen.trouble.value !== null && (
        <p class="trouble" role="alert">
          {screen.trouble.value}
        </p>
      )}
    </section>
  );
}

/** A second press while the first is under way starts nothing more. */
let isStarting = false;

function start(screen: Screen, protocol: string, voters: readonly string[]): void {
  if (isStarting) return;
  isStarting = true;
  screen.act(async () => {
    try {
      await screen.app.quorate.pace.set(chosenPace.peek());
      await screen.app.quorate.start({ protocol, voters });
      screen.show('stage');
    } finally {
      isStarting = false;
    }
  });
}

/** Why it can't start now, or null. */
function startOff(screen: Screen, voters: readonly string[]): string | null {
  const text = strings.value.lobby;
  if (!screen.mayDrive) return text.willStart(screen.hostName);
  const problem = votersProblem(voters);
  if (problem === null) return null;
  return { none: text.votersNone, two: text.votersTwo, many: text.votersMany }[problem];
}
