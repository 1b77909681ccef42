import { signal } from '@preact/signals';
import { crashesTolerated } from '@quorate/shared/core';
import { findProtocol } from '@quorate/shared/registry';
import type { GroupPlan } from '../../api/plan-groups.js';
import { strings } from '../../strings/index.js';
import { votersProblem } from '../model/voters.js';
import { Button } from '../parts/Button.js';
import { PaceSlider } from '../parts/PaceSlider.js';
import { protocolName, protocolText } from '../parts/protocol-words.js';
import { offered } from '../protocols.js';
import { type Screen, useScreen } from '../screen.js';
import { GroupChoice, Members } from './GroupChoice.js';
import { planProblem } from './group-choice.js';

/** A typical election, in ms of lab time: a timeout, and a round of votes. */
const electionMs = 250;
/** A class starts at a pace at which elections take seconds; what the host has chosen since stays. */
const chosenPace = signal(1 / 20);
const chosenProtocol = signal<string>('raft');

type Props = {
  readonly voters: readonly string[];
  /** Who shall be in which group; null where it is to be one cluster, or something runs. */
  readonly plan: GroupPlan | null;
  readonly isSuggested: boolean;
  readonly suggest: () => void;
};

/** What shall run, with whom, how fast; and for the host the button. */
export function StartPanel(props: Props) {
  const screen = useScreen();
  const text = strings.value;
  const protocol = screen.app.status.value.protocol ?? chosenProtocol.value;
  const off = props.plan === null ? startOff(screen, props.voters) : splitOff(props.plan);
  return (
    <section class="panel start" aria-label={text.lobby.what}>
      <header>
        <h2>{text.lobby.what}</h2>
      </header>
      <Protocols chosen={protocol} />
      {screen.mayDrive && !screen.isOn && <GroupChoice />}
      {screen.groups.length > 0 ? <RunningGroups /> : <Choices {...props} protocol={protocol} />}
      <div class="buttons">
        {screen.isOn ? (
          <OfRunning />
        ) : (
          <StartButton plan={props.plan} voters={props.voters} protocol={protocol} off={off} />
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
      <p class="why">{screen.isOn ? runningText(screen) : off}</p>
      {screen.trouble.value !== null && (
        <p class="trouble" role="alert">
          {screen.trouble.value}
        </p>
      )}
    </section>
  );
}

function Protocols(props: { readonly chosen: string }) {
  const screen = useScreen();
  return (
    <div class="protocols">
      {offered.map((name) => (
        <button
          key={name}
          type="button"
          class="protocol"
          aria-pressed={name === props.chosen}
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
  );
}

/** How many vote, what they survive, and how fast it shall run. */
function Choices(props: Props & { readonly protocol: string }) {
  const screen = useScreen();
  const text = strings.value;
  const { voters, plan } = props;
  const pace = screen.isOn ? screen.app.status.value.pace : chosenPace.value;
  const kind = findProtocol(props.protocol)?.kind ?? 'log';
  return (
    <div class="choices">
      <p>
        {text.lobby.voters} <strong>{voters.length}</strong>
        {kind === 'log' && <span class="soft"> — {survivesText(voters, plan)}</span>}
      </p>
      {screen.mayDrive && !screen.isOn && plan === null && !props.isSuggested && (
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
  );
}

/** How many crashes the cluster survives; of groups, what even the smallest does. */
function survivesText(voters: readonly string[], plan: GroupPlan | null): string {
  const text = strings.value;
  if (voters.length === 0) return text.lobby.survives(null);
  if (plan === null) return text.lobby.survives(crashesTolerated(voters.length));
  const least = Math.min(...plan.groups.map((members) => members.length));
  return text.groups.each(text.lobby.survives(crashesTolerated(least)));
}

/** The groups that run, each to be looked at, and for the host to be stopped. */
function RunningGroups() {
  const screen = useScreen();
  const text = strings.value.groups;
  return (
    <ul class="group-lines">
      {screen.groups.map((group) => (
        <li key={group.run}>
          <button type="button" class="group-title" onClick={() => screen.showGroup(group.run)}>
            {text.name(group.number)}
          </button>
          <Members members={group.voters} />
          {screen.mayDrive && (
            <Button
              kind="quiet"
              label={`${text.stop}: ${text.name(group.number)}`}
              onClick={() => screen.act(() => screen.app.quorate.groups.stop(group.run))}
            >
              {text.stop}
            </Button>
          )}
        </li>
      ))}
    </ul>
  );
}

function OfRunning() {
  const screen = useScreen();
  const text = strings.value;
  const { quorate } = screen.app;
  const isGrouped = screen.groups.length > 0;
  return (
    <>
      <Button kind="main" onClick={() => screen.show('stage')}>
        {text.lobby.toStage}
      </Button>
      <Button
        off={screen.hostOnly()}
        onClick={() => screen.act(() => (isGrouped ? quorate.groups.stop() : quorate.stop(screen.run)))}
      >
        {isGrouped ? text.groups.stopAll : text.lobby.stop}
      </Button>
    </>
  );
}

type StartProps = {
  readonly plan: GroupPlan | null;
  readonly voters: readonly string[];
  readonly protocol: string;
  readonly off: string | null;
};

function StartButton({ plan, voters, protocol, off }: StartProps) {
  const screen = useScreen();
  const text = strings.value;
  const { quorate } = screen.app;
  const name = protocolName(protocol);
  const begin = (): Promise<unknown> =>
    plan === null ? quorate.start({ protocol, voters }) : quorate.groups.split(plan.groups, { protocol });
  return (
    <Button kind="main" off={off} onClick={() => start(screen, begin)}>
      {plan === null ? text.lobby.start(name) : text.groups.start(name, plan.groups.length)}
    </Button>
  );
}

/** A second press while the first is under way starts nothing more. */
let isStarting = false;

function start(screen: Screen, begin: () => Promise<unknown>): void {
  if (isStarting) return;
  isStarting = true;
  screen.act(async () => {
    try {
      await screen.app.quorate.pace.set(chosenPace.peek());
      await begin();
      screen.show('stage');
    } finally {
      isStarting = false;
    }
  });
}

function runningText(screen: Screen): string {
  const { groups } = screen;
  const text = strings.value;
  return groups.length === 0 ? text.lobby.running : text.groups.running(groups.length);
}

/** Why it can't start now, or null. */
function startOff(screen: Screen, voters: readonly string[]): string | null {
  const text = strings.value.lobby;
  if (!screen.mayDrive) return text.willStart(screen.hostName);
  const problem = votersProblem(voters);
  if (problem === null) return null;
  return { none: text.votersNone, two: text.votersTwo, many: text.votersMany }[problem];
}

/** Why these groups can't start, or null. */
function splitOff(plan: GroupPlan): string | null {
  const text = strings.value.groups;
  const problem = planProblem(plan);
  if (problem === null) return null;
  return problem.why === 'none' ? text.none : text[problem.why](text.name(problem.group));
}
