import { language, setLanguage, strings } from '../../strings/index.js';
import { canCalm, closedVoters } from '../model/calm.js';
import { eligible } from '../model/voters.js';
import { besides, type Screen, useScreen, type View } from '../screen.js';
import { setTheme, theme } from '../theme.js';
import { Button } from './Button.js';
import { Pause, Play } from './icons.js';
import { PaceSlider } from './PaceSlider.js';
import { protocolName } from './protocol-words.js';
import { RefusedChip } from './Refused.js';

/** The bar above every screen of a room: code, run, pace, pause. */
export function TopBar() {
  const screen = useScreen();
  const text = strings.value;
  const room = screen.app.room.value;
  const { watching } = screen.app;
  return (
    <header class="bar">
      <span class="brand">Quorate</span>
      {room !== null && (
        <button
          type="button"
          class="chip mono"
          title={text.bar.code}
          onClick={() => {
            screen.overlay.value = 'code';
          }}
        >
          {room.code}
        </button>
      )}
      <RunChip />
      <RefusedChip />
      <ViewTabs />
      <span class="space" />
      {room !== null && !watching && <RunControls />}
      {watching && screen.view.value === 'stage' && !screen.isOverview.value && <BesideTabs />}
      <Preferences />
    </header>
  );
}

function RunChip() {
  const screen = useScreen();
  const text = strings.value;
  const status = screen.app.status.value;
  const { groups } = screen;
  if (!screen.isOn || status.protocol === null) return null;
  const voters = groups.length === 0 ? status.voters : groups.flatMap((group) => group.voters);
  const watching = eligible(screen.tabs).filter((tab) => !voters.includes(tab.id)).length;
  const isAll = groups.length > 0 && isOfAll(screen);
  const shown = groups.find((group) => group.shown);
  const what = [
    shown === undefined || isAll ? '' : text.groups.name(shown.number),
    isAll ? text.groups.count(groups.length) : text.bar.voters(status.voters.length),
    watching > 0 && (isAll || shown === undefined) ? text.bar.watching(watching) : '',
  ];
  return (
    <span class="chip run">
      <strong>{protocolName(status.protocol)}</strong> {what.filter((part) => part !== '').join(' · ')}
    </span>
  );
}

/** What is shown is about all groups alike. */
function isOfAll(screen: Screen): boolean {
  const view = screen.view.value;
  return view === 'lobby' || (view === 'stage' && screen.isOverview.value);
}

function ViewTabs() {
  const screen = useScreen();
  const text = strings.value.views;
  const views: readonly View[] = screen.app.watching ? ['lobby', 'stage'] : ['lobby', 'stage', 'mine'];
  return (
    <nav class="views" aria-label={text.label}>
      {views.map((view) => (
        <button
          key={view}
          type="button"
          aria-current={screen.view.value === view ? 'page' : undefined}
          onClick={() => screen.show(view)}
        >
          {text[view]}
        </button>
      ))}
    </nav>
  );
}

function BesideTabs() {
  const screen = useScreen();
  const text = strings.value;
  const titles = {
    logs: screen.kind === 'broadcast' ? text.deliveries.title : text.logs.title,
    time: text.time.title,
    happened: text.projector.happened,
  };
  return (
    <nav class="views" aria-label={text.projector.panels}>
      {besides.map((beside) => (
        <button
          key={beside}
          type="button"
          aria-current={screen.beside.value === beside ? 'true' : undefined}
          onClick={() => screen.showBeside(beside)}
        >
          {titles[beside]}
        </button>
      ))}
    </nav>
  );
}

function RunControls() {
  const screen = useScreen();
  const text = strings.value.bar;
  const status = screen.app.status.value;
  const { quorate, faults } = screen.app;
  const hostOnly = screen.hostOnly();
  const closed = closedVoters(status, screen.tabs).map((tab) => tab.name);
  const openAgain = closed.length === 0 ? null : text.openAgain(closed.join(', '));
  const isCalm = !canCalm(status, screen.tabs, faults.value.length);
  // Of which group, where all are shown?
  if (!screen.isOn || (screen.groups.length > 0 && isOfAll(screen))) return null;
  return (
    <div class={`controls ${screen.mayDrive ? '' : 'wide-only'}`}>
      <PaceSlider
        pace={status.pace}
        off={hostOnly}
        set={(pace) => screen.act(() => quorate.pace.set(pace, screen.run))}
      />
      <Button
        off={hostOnly}
        pressed={status.paused}
        onClick={() =>
          screen.act(() => (status.paused ? quorate.resume(screen.run) : quorate.pause(screen.run)))
        }
      >
        {status.paused ? <Play /> : <Pause />} {status.paused ? text.resume : text.pause}{' '}
        <kbd>{text.space}</kbd>
      </Button>
      <Button
        off={hostOnly ?? (isCalm ? (openAgain ?? text.calmAlready) : null)}
        title={openAgain === null ? text.calmTitle : `${text.calmTitle}. ${openAgain}`}
        onClick={() => screen.act(() => quorate.calm(screen.run))}
      >
        {text.calm}
      </Button>
    </div>
  );
}

/** Language, theme, keys. */
export function Preferences() {
  const screen = useScreen();
  const text = strings.value;
  return (
    <div class="preferences">
      <button
        type="button"
        title={text.languageTitle}
        onClick={() => setLanguage(language.value === 'en' ? 'ko' : 'en')}
      >
        {text.other}
      </button>
      <button
        type="button"
        title={text.theme.title}
        onClick={() => setTheme(theme.value === 'dark' ? 'light' : 'dark')}
      >
        {theme.value === 'dark' ? text.theme.light : text.theme.dark}
      </button>
      <button
        type="button"
        class="wide-only"
        aria-label={text.bar.keys}
        title={text.bar.keys}
        onClick={() => {
          screen.overlay.value = 'keys';
        }}
      >
        <kbd>?</kbd>
      </button>
    </div>
  );
}
