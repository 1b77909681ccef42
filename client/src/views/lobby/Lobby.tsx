import { signal } from '@preact/signals';
import { eligible, suggestVoters } from '../model/voters.js';
import { useScreen } from '../screen.js';
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
  const voters = screen.isOn ? screen.app.status.value.voters : picked;
  return (
    <main class="lobby">
      <Invite />
      <Mesh voters={voters} />
      <StartPanel
        voters={voters}
        isSuggested={chosen.value === null}
        suggest={() => {
          chosen.value = null;
        }}
      />
      <TabList
        voters={voters}
        choose={(id) => {
          chosen.value = voters.includes(id) ? voters.filter((each) => each !== id) : [...voters, id];
        }}
      />
      <RulesPanel />
    </main>
  );
}
