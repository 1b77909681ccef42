import { useState } from 'preact/hooks';
import type { GroupPlan } from '../../api/plan-groups.js';
import type { TabInfo } from '../../api/types.js';
import { strings } from '../../strings/index.js';
import { countTabs, partOf } from '../model/tab-counts.js';
import { eligible } from '../model/voters.js';
import { browserText, tabName } from '../parts/tab-words.js';
import { useScreen } from '../screen.js';
import { GroupSelect } from './GroupSelect.js';
import { initial } from './Mesh.js';
import { TabActions } from './TabActions.js';

type Props = {
  readonly voters: readonly string[];
  /** Who shall be in which group; null where there are none, or they run. */
  readonly plan: GroupPlan | null;
  readonly choose: (id: string) => void;
};

/** Every tab: name, browser, connection; the host chooses here who votes. */
export function TabList(props: Props) {
  const screen = useScreen();
  const text = strings.value.lobby;
  const { tabs } = screen;
  const able = eligible(tabs);
  const { here, vote, watch, closed } = countTabs(tabs, props.voters);
  const isGrouped = props.plan !== null || screen.groups.length > 0;
  const kinds = [screen.mayManage ? 'managed' : '', isGrouped ? 'grouped' : ''];
  return (
    <section class={`panel tab-list ${kinds.join(' ')}`} aria-label={text.tabs(here)}>
      <header>
        <h2>{text.tabs(here)}</h2>
        <p>{text.counts(vote, watch, closed)}</p>
      </header>
      <ul>
        {tabs.map((tab) => (
          <Row key={tab.id} tab={tab} canVote={able.includes(tab)} {...props} />
        ))}
      </ul>
    </section>
  );
}

function Row(props: Props & { readonly tab: TabInfo; readonly canVote: boolean }) {
  const screen = useScreen();
  const text = strings.value;
  const { tab } = props;
  const part = partOf(tab, props.voters);
  const votes = part === 'votes';
  const group = screen.groups.find(({ voters }) => voters.includes(tab.id));
  const mayChoose = screen.mayDrive && !screen.isOn && props.canVote;
  const connection = connectionOf(tab);
  const [isOpen, setOpen] = useState(false);
  const about = [
    browserText(tab),
    tab.self && tab.host ? text.common.you : '',
    tab.host && !tab.self ? text.common.host : '',
    tab.coHost ? text.control.coHost : '',
  ];
  return (
    <li class={tab.presence === 'here' ? '' : 'gone'}>
      <span class={`avatar ${votes ? 'votes' : 'watches'} ${tab.link === 'connecting' ? 'forming' : ''}`}>
        {initial(tabName(tab))}
      </span>
      <div class="who">
        <strong>{tabName(tab)}</strong>
        <p>{about.filter((part) => part !== '').join(', ')}</p>
      </div>
      <span class="connection">
        <span class={`link-dot ${connection.look}`} aria-hidden="true" />
        {connection.text}
      </span>
      {mayChoose && props.plan !== null ? (
        <GroupSelect tab={tab} plan={props.plan} />
      ) : mayChoose ? (
        <label class="vote-choice">
          <input
            type="checkbox"
            checked={votes}
            aria-label={text.lobby.willVote(tab.name)}
            onChange={() => props.choose(tab.id)}
          />
          <span>{text.lobby.votes}</span>
        </label>
      ) : (
        <span class={votes ? 'will votes' : 'will'}>
          {part === 'none' ? '' : group === undefined ? text.lobby[part] : text.groups.name(group.number)}
        </span>
      )}
      {screen.mayManage && (
        <button
          type="button"
          class="more"
          aria-expanded={isOpen}
          aria-label={text.control.actions(tab.name)}
          title={text.control.actions(tab.name)}
          onClick={() => setOpen(!isOpen)}
        >
          ⋯
        </button>
      )}
      {screen.mayManage && isOpen && <TabActions tab={tab} close={() => setOpen(false)} />}
    </li>
  );
}

function connectionOf(tab: TabInfo): { readonly look: 'good' | 'solid' | 'hollow'; readonly text: string } {
  const text = strings.value.link;
  if (tab.presence !== 'here') return { look: 'hollow', text: text[tab.presence] };
  const extra = [
    tab.watching ? text.watching : '',
    tab.lab === 'crashed' ? strings.value.look.crashed : '',
    tab.hidden ? text.hidden : '',
    tab.roundTripMs === null ? '' : `${tab.roundTripMs.toFixed(1)} ms`,
  ];
  const own = tab.host ? strings.value.common.host : text.self;
  const words = [tab.self ? own : text[tab.link], ...extra].filter((part) => part !== '').join(' · ');
  if (tab.link === 'direct') return { look: 'good', text: words };
  const isSolid = tab.self || tab.link === 'relayed' || tab.link === 'indirect';
  return { look: isSolid ? 'solid' : 'hollow', text: words };
}
