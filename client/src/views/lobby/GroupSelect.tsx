import { type GroupPlan, groupsMax } from '../../api/plan-groups.js';
import type { TabInfo } from '../../api/types.js';
import { strings } from '../../strings/index.js';
import { groupChoice } from './group-choice.js';

const watches = 'watches';

/** In which group a tab shall be; the host's, before anything runs. */
export function GroupSelect(props: { readonly tab: TabInfo; readonly plan: GroupPlan }) {
  const text = strings.value.groups;
  const { tab, plan } = props;
  const at = plan.groups.findIndex((members) => members.includes(tab.id));
  const { length } = plan.groups;
  return (
    <select
      class="group-select"
      aria-label={text.groupOf(tab.name)}
      value={at < 0 ? watches : String(at)}
      onChange={({ currentTarget: { value } }) =>
        groupChoice.move(plan, tab.id, value === watches ? null : Number(value))
      }
    >
      {plan.groups.map((_, i) => (
        <option key={i} value={String(i)}>
          {text.name(i + 1)}
        </option>
      ))}
      {length < groupsMax && <option value={String(length)}>{text.newGroup}</option>}
      <option value={watches}>{text.watches}</option>
    </select>
  );
}
