import type { GroupInfo } from '../../api/types.js';
import { strings } from '../../strings/index.js';
import { eligible } from '../model/voters.js';
import { Button } from '../parts/Button.js';
import { Bolt, Pause, Play } from '../parts/icons.js';
import { useScreen } from '../screen.js';

/** Above the Stage while groups run: all of them, or one; and what the host can do to all at once. */
export function GroupBar() {
  const screen = useScreen();
  const text = strings.value.groups;
  const { groups } = screen;
  const isOverview = screen.isOverview.value;
  const members = new Set(groups.flatMap((group) => group.voters));
  const watching = eligible(screen.tabs).filter((tab) => !members.has(tab.id)).length;
  return (
    <div class="group-bar">
      <nav class="views" aria-label={text.label}>
        <button
          type="button"
          aria-current={isOverview ? 'true' : undefined}
          onClick={() => screen.showGroup(null)}
        >
          {text.overview}
        </button>
        {groups.map((group) => (
          <button
            key={group.run}
            type="button"
            aria-current={!isOverview && group.shown ? 'true' : undefined}
            onClick={() => screen.showGroup(group.run)}
          >
            {text.name(group.number)} <GroupSigns group={group} />
          </button>
        ))}
      </nav>
      {isOverview && watching > 0 && <p class="soft">{text.watching(watching)}</p>}
      <span class="space" />
      {isOverview && screen.mayDrive && <PauseAll />}
    </div>
  );
}

/** What one wants to know of a group before looking into it. */
function GroupSigns(props: { readonly group: GroupInfo }) {
  const text = strings.value;
  const { own, paused, faults } = props.group;
  return (
    <>
      {own && <small>{text.groups.yours}</small>}
      {paused && (
        <span role="img" aria-label={text.bar.paused} title={text.bar.paused}>
          <Pause />
        </span>
      )}
      {faults.length > 0 && (
        <span class="faulty" role="img" aria-label={text.groups.faults(faults.length)}>
          <Bolt />
        </span>
      )}
    </>
  );
}

function PauseAll() {
  const screen = useScreen();
  const text = strings.value.groups;
  const { groups } = screen;
  const { quorate } = screen.app;
  const isPaused = groups.every((group) => group.paused);
  const change = (): Promise<unknown> =>
    Promise.all(
      groups
        .filter((group) => group.paused === isPaused)
        .map(({ run }) => (isPaused ? quorate.resume(run) : quorate.pause(run))),
    );
  return (
    <Button pressed={isPaused} onClick={() => screen.act(change)}>
      {isPaused ? <Play /> : <Pause />} {isPaused ? text.resumeAll : text.pauseAll}
    </Button>
  );
}
