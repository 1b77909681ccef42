import { strings } from '../../strings/index.js';
import { records, useScreen } from '../screen.js';

/** Where a log runs and somebody has said something: the log itself, or what was said, node by node. */
export function RecordTabs() {
  const screen = useScreen();
  const text = strings.value.record;
  if (screen.kind !== 'log' || screen.store.panels.value.deliveries.size === 0) return null;
  return (
    <nav class="views" aria-label={text.label}>
      {records.map((record) => (
        <button
          key={record}
          type="button"
          aria-current={screen.record.value === record ? 'true' : undefined}
          onClick={() => {
            screen.record.value = record;
          }}
        >
          {text[record]}
        </button>
      ))}
    </nav>
  );
}
