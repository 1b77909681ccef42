import { useEffect } from 'preact/hooks';
import { language, strings, when } from '../strings/index.js';
import type { App, Problem } from './app.js';
import { Front } from './front/Front.js';
import { Lobby } from './lobby/Lobby.js';
import { MyNode } from './mine/MyNode.js';
import { Button } from './parts/Button.js';
import { Overlay } from './parts/Overlay.js';
import { Reopened } from './parts/Reopened.js';
import { Preferences, TopBar } from './parts/TopBar.js';
import { UnprovenLine } from './parts/Unproven.js';
import { type Screen, ScreenProvider, useScreen } from './screen.js';
import { Stage } from './stage/Stage.js';

/** The whole page. */
export function Root(props: { readonly screen: Screen }) {
  const { screen } = props;
  const isAstray = screen.app.room.value?.astray ?? false;
  const isRoom = screen.app.page.value === 'room' && !isAstray;
  useEffect(() => {
    document.documentElement.lang = language.value;
  }, [language.value]);
  const shown = isRoom ? screen.view.value : isAstray ? 'error' : screen.app.page.value;
  useEffect(() => {
    document.documentElement.dataset['screen'] = shown;
  }, [shown]);
  const isProjector = screen.app.watching && isRoom;
  useEffect(() => {
    document.documentElement.classList.toggle('projected', isProjector);
  }, [isProjector]);
  return (
    <ScreenProvider value={screen}>
      {isRoom ? (
        <TopBar />
      ) : (
        <header class="bar">
          <span class="brand">Quorate</span>
          <span class="soft">{strings.value.tagline}</span>
          <span class="space" />
          <Preferences />
        </header>
      )}
      {isRoom && <NoticeLine app={screen.app} />}
      {isRoom && <UnprovenLine />}
      {isRoom && <IntroductionsLine app={screen.app} />}
      {isRoom && <Reopened />}
      {isAstray && screen.app.page.value === 'room' ? <Astray /> : <Page app={screen.app} />}
      <Overlay />
    </ScreenProvider>
  );
}

function NoticeLine(props: { readonly app: App }) {
  const notice = props.app.notice.value;
  if (notice === null) return null;
  return (
    <p class="trouble notice" role="alert">
      {strings.value.notices[notice]}
    </p>
  );
}

function IntroductionsLine(props: { readonly app: App }) {
  if (props.app.room.value?.introductions !== false) return null;
  return (
    <p class="notice news" role="status">
      {strings.value.introductions.stopped}
    </p>
  );
}

function Page(props: { readonly app: App }) {
  const view = useScreen().view.value;
  switch (props.app.page.value) {
    case 'front':
      return <Front />;
    case 'joining':
      return <Joining />;
    case 'error':
      return <ProblemPage />;
    case 'room':
      return view === 'lobby' ? <Lobby /> : view === 'stage' ? <Stage /> : <MyNode />;
  }
}

/** The link named a host, and the server has led this tab to another one's room. */
function Astray() {
  const screen = useScreen();
  const text = strings.value.control;
  return (
    <main class="front">
      <h1>{text.lied}</h1>
      <p class="what" role="alert">
        {text.liedText(screen.app.room.value?.code ?? '')}
      </p>
      <p class="soft">{text.liedNext}</p>
      <div>
        <Button kind="main" onClick={() => screen.act(() => screen.app.leave())}>
          {strings.value.bar.leave}
        </Button>
      </div>
    </main>
  );
}

function Joining() {
  const screen = useScreen();
  const { app } = screen;
  const text = strings.value.joining;
  return (
    <main class="front">
      <h1>{text.title}</h1>
      <p class="what" role="status">
        {app.progress.value ?? strings.value.front.working}
      </p>
      <div>
        <Button onClick={() => screen.act(() => app.leave())}>{text.leave}</Button>
      </div>
    </main>
  );
}

function ProblemPage() {
  const { app } = useScreen();
  const text = strings.value;
  const problem = app.problem.value;
  // The address still has what was asked for: the front page offers it again, to be corrected.
  const asked = problem?.code === 'unknown-room' ? new URLSearchParams(location.search).get('room') : null;
  // There is no way back into the room, but one forward: under the name that the address has.
  const isOver = problem?.code === 'ended' || problem?.code === 'unsigned-room';
  const name = isOver ? new URLSearchParams(location.search).get('name') : null;
  return (
    <main class="front">
      <h1>{problem === null ? text.problem.title : headingOf(problem)}</h1>
      {problem !== null && (
        <>
          <p class="what" role="alert">
            {text.errors[problem.code]}
          </p>
          <ProblemDetail problem={problem} asked={asked} />
        </>
      )}
      <div class="buttons">
        {name !== null && (
          <a class="button main" href={`/?${new URLSearchParams({ host: '1', name })}`}>
            {text.problem.openNew}
          </a>
        )}
        <a
          class={name === null ? 'button main' : 'button'}
          href={asked === null ? '/' : `/?room=${encodeURIComponent(asked)}`}
        >
          {text.problem.again}
        </a>
      </div>
    </main>
  );
}

/** An end that somebody wanted is no failure. */
function headingOf({ code }: Problem): string {
  const text = strings.value.problem;
  return code === 'ended' || code === 'removed' || code === 'unsigned-room'
    ? text.overTitles[code]
    : text.title;
}

/** What more there is to say: the code that was asked for, or the error's own words where they are in this language. */
function ProblemDetail(props: { readonly problem: Problem; readonly asked: string | null }) {
  const text = strings.value;
  const { problem, asked } = props;
  if (problem.atMs !== undefined && problem.atMs !== null)
    return <p class="soft">{text.problem.endedAt(when(problem.atMs))}</p>;
  if (asked !== null) return <p class="soft">{text.problem.typed(asked)}</p>;
  const isNews =
    language.value === 'en' && problem.message !== '' && problem.message !== text.errors[problem.code];
  return isNews ? <p class="soft">{problem.message}</p> : null;
}
