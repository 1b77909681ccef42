import { num, strings } from '../../strings/index.js';
import type { Member } from '../members.js';
import { useScreen } from '../screen.js';

/** Said already by the observation itself. */
const saidAlready = 'currentTerm';

/** The node's state in full, as far as its protocol tells it. */
export function Fields(props: { readonly member: Member }) {
  const screen = useScreen();
  const text = strings.value.inspector;
  const observation = props.member.node?.observation ?? null;
  if (observation === null) return null;
  const nameIfNode = (value: string | number | boolean | null): string => {
    if (typeof value === 'number') return num(value);
    if (typeof value !== 'string') return value === null ? '–' : String(value);
    // One node's id, or those of several.
    return value
      .split(' ')
      .map((word) => (screen.tab(word) === undefined ? word : screen.nameOf(word)))
      .join(' ');
  };
  const details = Object.entries(observation.detail).filter(([name]) => name !== saidAlready);
  // Of a broadcast, counts of each origin go by its id.
  const named = (name: string): string => name.replace(/\b[a-z2-7]{26}\b/, (id) => screen.nameOf(id));
  const told = details.map(([name, value]) => [text.detail[name] ?? named(name), nameIfNode(value)] as const);
  const ofLog: readonly (readonly [string, string])[] = [
    [text.term, num(observation.reign)],
    [text.leader, nameIfNode(observation.leader)],
    [text.lastIndex, num(observation.lastIndex)],
    [text.commitIndex, num(observation.commitIndex)],
    [text.appliedIndex, num(observation.appliedIndex)],
    ...told,
    [text.digest, props.member.node?.digest?.slice(0, 8) ?? '–'],
  ];
  const rows = screen.kind === 'log' ? ofLog : told;
  return (
    <div class="part">
      <h3>{text.details}</h3>
      <dl class="fields">
        {rows.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}
