import type { Fault } from '@quorate/shared/faults';
import { strings } from '../../strings/index.js';
import type { ActiveFault } from '../app.js';
import { closedVoters } from '../model/calm.js';
import { Button } from '../parts/Button.js';
import { useScreen } from '../screen.js';

const shown = 6;

/** The faults that are on and the tabs that are closed, each fault with what it has touched, so that nobody takes an idle fault for a passed test. */
export function ActiveFaults() {
  const screen = useScreen();
  const text = strings.value.faults;
  const groups = grouped(screen.app.faults.value);
  const closed = closedVoters(screen.app.status.value, screen.tabs).map((tab) => tab.name);
  if (groups.length === 0 && closed.length === 0) return null;
  return (
    <div class="part active-faults">
      <h3>{text.active}</h3>
      <ul>
        {groups.slice(0, shown).map((group) => (
          <li key={group.ids.join()}>
            <span>
              {faultText(group.fault, group.both, (id) =>
                id === '*' ? strings.value.common.all : screen.nameOf(id),
              )}
              <small>{text.touched(group.touched)}</small>
            </span>
            <Button
              kind="quiet"
              off={screen.hostOnly()}
              onClick={() =>
                screen.act(() => Promise.all(group.ids.map((id) => screen.app.quorate.faults.remove(id))))
              }
            >
              {strings.value.common.remove}
            </Button>
          </li>
        ))}
      </ul>
      {closed.length > 0 && <p class="why">{strings.value.bar.openAgain(closed.join(', '))}</p>}
      {groups.length > shown && <p class="why">{strings.value.inspector.more(groups.length - shown)}</p>}
    </div>
  );
}

type Group = {
  readonly ids: readonly string[];
  readonly fault: Fault;
  readonly both: boolean;
  readonly touched: number;
};

/** A fault and its mirror image are one line. */
function grouped(faults: readonly ActiveFault[]): readonly Group[] {
  const groups: Group[] = [];
  for (const { id, fault, touched } of faults) {
    const at = groups.findIndex(
      (group) =>
        !group.both &&
        group.fault.kind === fault.kind &&
        group.fault.from === fault.to &&
        group.fault.to === fault.from,
    );
    const twin = groups[at];
    if (twin === undefined) groups.push({ ids: [id], fault, both: false, touched });
    else groups[at] = { ...twin, ids: [...twin.ids, id], both: true, touched: twin.touched + touched };
  }
  return groups;
}

function faultText(fault: Fault, both: boolean, name: (id: string) => string): string {
  const { titles } = strings.value.faults;
  const much = fault.kind === 'delay' ? ` ${strings.value.common.ms(fault.ms)}` : '';
  const share = fault.kind === 'cut' ? 1 : fault.rate;
  const rate = share < 1 ? ` ${Math.round(share * 100)} %` : '';
  return `${titles[fault.kind]}${much}${rate}: ${name(fault.from)} ${both ? '↔' : '→'} ${name(fault.to)}`;
}
