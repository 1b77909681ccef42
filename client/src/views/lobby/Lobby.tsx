import { signal } from '@preact/signals';
import { eligible, suggestVoters } from '../model/voters.js';
import { type Screen, useScreen } from '../screen.js';
import { GroupPreview } from './GroupChoice.js';
import { groupChoice } from './group-choice.js';
import { Invite } from './Invite.js';
import { Mesh } from './Mesh.js';
import { RulesPanel } from './RulesPanel.js';
import { StartPanel } from './StartPanel.js';
import { TabList } from './TabList.js';

/** The host's choice of voters; null follows the suggestion. */
const chosen = signal<readonly string[] | null>(null);

/** Where a room meets: how to come in, the mesh, who votes, and what shall run. */
export function Lobby() {
  const screen = useScreen();
  const present = eligible(screen.tabs).map((tab) => tab.id);
  const picked = chosen.value?.filter((id) => present.includes(id)) ?? suggestVoters(screen.tabs);
  const plan = screen.isOn || !screen.mayDrive ? null : groupChoice.plan(screen.tabs);
  const voters = screen.isOn ? votersOn(screen) : (plan?.groups.flat() ?? picked);
  return (
    <main class={plan === null ? 'lobby' : 'lobby planning'}>
      <Invite />
      {plan === null ? <Mesh voters={voters} /> : <GroupPreview plan={plan} />}
      <StartPanel
        voters={voters}
        plan={plan}
        isSuggested={chosen.value === null}
        suggest={() => {
          chosen.value = null;
        }}
      />
      <TabList
        voters={voters}
        plan={plan}
        choose={(id) => {
          chosen.value = voters.includes(id) ? voters.filter((each) => each !== id) : [...voters, id];
        }}
      />
      <RulesPanel />
    </main>
  );
}

/** Who has a vote in what runs, in any group. */
function votersOn(screen: Screen): readonly string[] {
  const { groups } = screen;
  return groups.length === 0 ? screen.app.status.value.voters : groups.flatMap((group) => group.voters);
}
