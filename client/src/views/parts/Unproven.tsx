import { useSignal } from '@preact/signals';
import type { Unproven } from '../../api/types.js';
import { isolated, strings } from '../../strings/index.js';
import { useScreen } from '../screen.js';
import { Button } from './Button.js';
import { Sentence } from './Sentence.js';

/** Somebody posed as a tab of this room, or came between two: who, and by which way. Until it is closed, or is another case. */
export function UnprovenLine() {
  const screen = useScreen();
  const closed = useSignal<readonly string[]>([]);
  const entries = screen.app.room.value?.unproven ?? [];
  const entry = entries.findLast((each) => !closed.value.includes(caseOf(each)));
  if (entry === undefined) return null;
  const text = strings.value.unproven;
  const way = entry.via === null ? text.server : isolated(screen.nameOf(entry.via));
  return (
    <p class="trouble notice" role="alert">
      <Sentence text={text.kinds[entry.problem](isolated(screen.nameOf(entry.node)), way)} />{' '}
      <Button
        onClick={() => {
          closed.value = [...closed.value, caseOf(entry)];
        }}
      >
        {strings.value.common.close}
      </Button>
    </p>
  );
}

function caseOf({ node, problem, via }: Unproven): string {
  return `${node} ${problem} ${via}`;
}
