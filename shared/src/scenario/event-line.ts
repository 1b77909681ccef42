import type { MessageInfo } from '../core/index.js';
import type { TraceEvent } from '../trace/index.js';

/**
 * What a transcript says of a trace event; null for what it leaves out. `to` is set for a message that was sent: lines that
 * differ in it alone fold into one.
 */
export type EventLine = { readonly text: string; readonly to: string | null };

/** The line of an event of a server; of the messages only those whose kind is in `kinds`. */
export function eventLine(event: TraceEvent, kinds: ReadonlySet<string>): EventLine | null {
  switch (event.type) {
    case 'started':
      return event.recovered ? line('starts again with what its disk holds') : null;
    case 'crashed':
      return line(`crashes: ${event.why}`);
    case 'role':
      return line(`is ${event.role}${ledBy(event)}, reign ${event.reign}`);
    case 'applied':
      return line(
        event.first === event.last ? `applies ${event.last}` : `applies ${event.first} to ${event.last}`,
      );
    case 'delivery':
      return line(deliveryText(event));
    case 'snapshot': {
      const peer =
        event.peer === null ? '' : event.phase === 'receiving' ? ` from ${event.peer}` : ` to ${event.peer}`;
      const upTo = event.index === 0 ? '' : `, up to ${event.index}`;
      return line(`snapshot ${event.phase}${peer}${upTo}`);
    }
    case 'note':
      return line(`${event.code}${formatFields(event.data)}`);
    case 'sent':
      return kinds.has(event.info.kind) ? { text: formatMessage(event.info), to: event.to } : null;
    case 'lost':
      return event.reason === 'invalid' || event.reason === 'forged'
        ? line(`refuses a message: ${event.reason}`)
        : null;
    default:
      return null;
  }
}

/** `AppendEntries, reign 2, 3 entries`. */
export function formatMessage({ kind, reign, entries, answer }: MessageInfo): string {
  const parts = [
    kind,
    ...(answer === undefined ? [] : [answer]),
    ...(reign === 0 ? [] : [`reign ${reign}`]),
    ...(entries === 0 ? [] : [`${entries} ${entries === 1 ? 'entry' : 'entries'}`]),
  ];
  return parts.join(', ');
}

/** `delivers "hello", broadcast 1/1 of n1`. */
function deliveryText(event: Extract<TraceEvent, { type: 'delivery' }>): string {
  const { origin, incarnation, sequence, preview, isRecovered } = event;
  const when = isRecovered ? 'had delivered' : 'delivers';
  return `${when} ${JSON.stringify(preview)}, broadcast ${incarnation}/${sequence} of ${origin}`;
}

function ledBy({ node, leader }: { readonly node: string; readonly leader: string | null }): string {
  return leader === null || leader === node ? '' : ` of ${leader}`;
}

function formatFields(data: { readonly [name: string]: string | number | boolean | null }): string {
  const fields = Object.entries(data).map(([name, value]) => `${name} ${value ?? 'none'}`);
  return fields.length === 0 ? '' : ` (${fields.join(', ')})`;
}

function line(text: string): EventLine {
  return { text, to: null };
}
