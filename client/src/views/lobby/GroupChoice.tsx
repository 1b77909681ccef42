import type { GroupPlan } from '../../api/plan-groups.js';
import { strings } from '../../strings/index.js';
import { eligible } from '../model/voters.js';
import { Button } from '../parts/Button.js';
import { useScreen } from '../screen.js';
import { groupChoice, groupSizes } from './group-choice.js';

/** One cluster, or groups of so many; the host's, before anything runs. */
export function GroupChoice() {
  const screen = useScreen();
  const text = strings.value.groups;
  const able = eligible(screen.tabs).length;
  return (
    <fieldset class="group-choice">
      <legend>{text.howMany}</legend>
      <div class="views">
        {([null, ...groupSizes] as const).map((size) => {
          const off = size !== null && able < size ? text.needs(size) : null;
          return (
            <button
              key={size}
              type="button"
              aria-pressed={groupChoice.size === size}
              aria-disabled={off !== null}
              title={off ?? undefined}
              onClick={() => {
                if (off === null) groupChoice.choose(size);
              }}
            >
              {size === null ? text.one : text.of(size)}
            </button>
          );
        })}
      </div>
    </fieldset>
  );
}

/** Who would be in which group, before it is done: in the place of the mesh, while groups are chosen. */
export function GroupPreview(props: { readonly plan: GroupPlan }) {
  const text = strings.value.groups;
  const { groups, rest } = props.plan;
  return (
    <section class="panel mesh" aria-label={text.label}>
      <header>
        <h2>{text.plan(groups.length, rest.length)}</h2>
        {groupChoice.isByHand && (
          <Button kind="quiet" onClick={() => groupChoice.suggest()}>
            {strings.value.lobby.suggest}
          </Button>
        )}
      </header>
      <ul class="group-lines">
        {groups.map((members, i) => (
          <GroupLine key={i} title={text.name(i + 1)} members={members} />
        ))}
        {rest.length > 0 && <GroupLine title={text.watch} members={rest} />}
      </ul>
      <p class="why">{text.byHand}</p>
    </section>
  );
}

function GroupLine(props: { readonly title: string; readonly members: readonly string[] }) {
  return (
    <li>
      <span class="group-title">{props.title}</span>
      <Members members={props.members} />
    </li>
  );
}

/** The names of these tabs. */
export function Members(props: { readonly members: readonly string[] }) {
  const screen = useScreen();
  return (
    <span class="group-members">
      {props.members.map((id) => (
        <span key={id} class={screen.tab(id)?.self === true ? 'member self' : 'member'}>
          {screen.nameOf(id)}
        </span>
      ))}
    </span>
  );
}
