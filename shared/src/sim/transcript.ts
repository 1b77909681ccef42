import { broadcastName, type MessageInfo, type NodeId, serverInstance } from '../core/index.js';
import type { TraceBody, TraceEvent } from '../trace/index.js';

/**
 * One trace event as a line for people, `TIME WHO what happened`, with the machine's time in ms; null for what a reader
 * does not miss (whole states, and what other events tell again).
 */
export function transcriptLine(event: TraceEvent): string | null {
  const text = transcriptText(event);
  return text === null ? null : lineOf(event.wallMs, nameOf(event.node, event.instance), text);
}

/** A line of a transcript: virtual time in ms, who, and what happened. */
export function lineOf(atMs: number, who: string, text: string): string {
  return `${atMs.toFixed(3).padStart(10)}  ${who.padEnd(12)}  ${text}`;
}

/** What happened, without who and when; null for what a reader does not miss. */
export function transcriptText(event: TraceBody): string | null {
  switch (event.type) {
    case 'sent':
      return `sends ${messageText(event.info)} to ${event.to}`;
    case 'delivered':
      return `gets ${messageText(event.info)} from ${event.from}`;
    case 'lost':
      return `message ${event.message} from ${event.from} to ${event.to} is lost: ${event.reason}`;
    case 'touched':
      return `fault ${event.fault} meets message ${event.message}: ${event.by}`;
    case 'timerFired':
      return `timer ${event.timer} fires`;
    case 'persisted':
      return `write ${event.write} is durable`;
    case 'applied':
      return event.first === event.last
        ? `applies ${event.first}`
        : `applies ${event.first} to ${event.last}`;
    case 'delivery':
      return deliveryText(event);
    case 'role':
      return roleText(event);
    case 'snapshot':
      return snapshotText(event);
    case 'note':
      return `notes ${event.code}${fields(event.data)}`;
    default:
      return lifeText(event);
  }
}

/** A message as a transcript names it: its kind, then in brackets its reign, its entries, its answer and its summary. */
export function messageText({ kind, reign, entries, answer, summary }: MessageInfo): string {
  const parts = [
    ...(reign === 0 ? [] : [`reign=${reign}`]),
    ...(entries === 0 ? [] : [`entries=${entries}`]),
    ...(answer === undefined ? [] : [answer]),
    ...Object.entries(summary).map(([name, value]) => `${name}=${value}`),
  ];
  return parts.length === 0 ? kind : `${kind}(${parts.join(' ')})`;
}

function nameOf(node: NodeId, instance: string): string {
  if (instance === serverInstance || instance === '') return node;
  return `${node}/${instance}`;
}

function deliveryText(event: Extract<TraceBody, { type: 'delivery' }>): string {
  const when = event.isRecovered ? 'has delivered in an earlier life' : 'delivers';
  return `${when} ${broadcastName(event)}, ${event.bytes} bytes: ${event.preview}`;
}

function roleText({ role, reign, leader }: Extract<TraceBody, { type: 'role' }>): string {
  return `is ${role} in reign ${reign}, ${leader === null ? 'knows no leader' : `led by ${leader}`}`;
}

function snapshotText({ phase, index, peer, bytes }: Extract<TraceBody, { type: 'snapshot' }>): string {
  const upTo = index === 0 ? '' : ` up to ${index}`;
  const who = peer === null ? '' : phase === 'receiving' ? ` from ${peer}` : ` to ${peer}`;
  return `snapshot${upTo} ${phase}${who}, ${bytes} bytes`;
}

function lifeText(event: TraceBody): string | null {
  switch (event.type) {
    case 'started':
      return event.recovered ? 'starts from what its disk held' : 'starts with an empty disk';
    case 'stopped':
      return 'stops';
    case 'crashed':
      return `crashes: ${event.why}`;
    case 'peer':
      return `link to ${event.peer} ${event.up ? 'is up' : 'has ended'}`;
    case 'pace':
      return event.paused ? 'is paused' : `goes on at pace ${event.pace}`;
    case 'gap':
      return `(${event.missing} events are left out, ${event.proofs} of them proofs)`;
    default:
      return null;
  }
}

function fields(data: { readonly [name: string]: string | number | boolean | null }): string {
  return Object.entries(data)
    .map(([name, value]) => ` ${name}=${value}`)
    .join('');
}
