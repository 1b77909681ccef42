import * as v from 'valibot';
import { CounterSchema } from '../core/index.js';
import { piecesMax, previewMax, type TraceBody, type TraceEvent } from './events.js';

/** Of ids, names, codes and digests. */
const nameLengthMax = 128;
/** Of what is written for people, and of notes that list indices or nodes. */
const textLengthMax = 4_096;
/** Fields of a note or a summary, timers, nodes. */
const fieldsMax = 256;
/** Changes of reign within one log, which a snapshot shortens. */
const logReignsMax = 4_096;

const name = v.pipe(v.string(), v.maxLength(nameLengthMax));
const text = v.pipe(v.string(), v.maxLength(textLengthMax));
/** Ms, on whatever clock. */
const ms = v.pipe(v.number(), v.finite());
const pace = v.pipe(v.number(), v.gtValue(0), v.maxValue(1));
const names = v.pipe(v.array(name), v.maxLength(fieldsMax));

function record<Value extends v.GenericSchema>(value: Value) {
  return v.pipe(
    v.record(name, value),
    v.check((fields) => Object.keys(fields).length <= fieldsMax, 'has too many fields'),
  );
}

const plain = record(v.nullable(v.union([text, v.number(), v.boolean()])));
const timers = record(v.object({ setAtMs: ms, dueAtMs: ms }));

const observation = v.object({
  role: name,
  reign: CounterSchema,
  leader: v.nullable(name),
  firstIndex: CounterSchema,
  lastIndex: CounterSchema,
  commitIndex: CounterSchema,
  appliedIndex: CounterSchema,
  logReigns: v.pipe(v.array(v.tuple([CounterSchema, CounterSchema])), v.maxLength(logReignsMax)),
  votes: v.exactOptional(record(v.picklist(['yes', 'no']))),
  progress: v.exactOptional(record(v.object({ match: CounterSchema, next: CounterSchema }))),
  voters: v.exactOptional(names),
  incoming: v.exactOptional(names),
  learners: v.exactOptional(names),
  detail: plain,
});

const info = v.object({
  kind: name,
  reign: CounterSchema,
  entries: CounterSchema,
  answer: v.exactOptional(v.picklist(['yes', 'no'])),
  summary: plain,
});

const envelope = {
  node: name,
  life: CounterSchema,
  seq: CounterSchema,
  count: CounterSchema,
  proof: v.exactOptional(v.pipe(CounterSchema, v.minValue(1))),
  run: name,
  instance: name,
  clock: CounterSchema,
  atMs: ms,
  wallMs: ms,
};

function event<const Type extends string, Entries extends v.ObjectEntries>(type: Type, entries: Entries) {
  return v.object({ type: v.literal(type), ...envelope, ...entries });
}

type Of<Type extends TraceBody['type']> = Extract<TraceEvent, { readonly type: Type }>;

const schemas = {
  keyframe: event('keyframe', {
    observation: v.nullable(observation),
    digest: v.nullable(name),
    timers,
    pace,
    paused: v.boolean(),
  }),
  started: event('started', { recovered: v.boolean() }),
  stopped: event('stopped', {}),
  crashed: event('crashed', { why: text }),
  sent: event('sent', { message: name, to: name, info, bytes: CounterSchema }),
  arrived: event('arrived', { message: name, from: name, info, dueAtMs: ms }),
  delivered: event('delivered', { message: name, from: name, info }),
  lost: event('lost', {
    message: name,
    from: name,
    to: name,
    reason: v.picklist([
      'cut',
      'drop',
      'no-link',
      'overflow',
      'crashed',
      'stale-run',
      'no-instance',
      'invalid',
      'forged',
    ]),
  }),
  touched: event('touched', {
    message: name,
    by: v.picklist(['cut', 'drop', 'delay', 'duplicate']),
    fault: name,
  }),
  timerFired: event('timerFired', { timer: name }),
  persisted: event('persisted', { write: CounterSchema, ops: CounterSchema }),
  state: event('state', { observation, timers }),
  applied: event('applied', {
    first: CounterSchema,
    last: CounterSchema,
    digest: name,
    earlier: v.exactOptional(v.pipe(v.array(v.tuple([CounterSchema, name])), v.maxLength(piecesMax))),
  }),
  delivery: event('delivery', {
    origin: name,
    incarnation: CounterSchema,
    sequence: CounterSchema,
    bytes: CounterSchema,
    digest: name,
    preview: v.pipe(v.string(), v.maxLength(previewMax)),
    isRecovered: v.boolean(),
  }),
  role: event('role', { role: name, reign: CounterSchema, leader: v.nullable(name) }),
  snapshot: event('snapshot', {
    phase: v.picklist(['taken', 'sending', 'sent', 'receiving', 'installed', 'rejected']),
    index: CounterSchema,
    peer: v.nullable(name),
    bytes: CounterSchema,
  }),
  peer: event('peer', { peer: name, up: v.boolean() }),
  pace: event('pace', { pace, paused: v.boolean() }),
  note: event('note', { code: name, data: plain, proves: v.exactOptional(v.literal(true)) }),
  gap: event('gap', { missing: CounterSchema, proofs: CounterSchema }),
} satisfies { readonly [Type in TraceBody['type']]: v.GenericSchema<unknown, Of<Type>> };

type DeepReadonly<T> = T extends object ? { readonly [Key in keyof T]: DeepReadonly<T[Key]> } : T;
type Checked = DeepReadonly<v.InferOutput<(typeof schemas)[TraceBody['type']]>>;
/** `satisfies` sees where a schema lets through what the union lacks; this is `never` where one refuses what it has. */
type Known = [Exclude<TraceEvent, Checked>] extends [never] ? TraceEvent : never;

const EnvelopeSchema = v.object({ type: name, ...envelope });

/** What somebody else's trace event turned out to be. `newer` is of a kind that this version does not know. */
export type ReadEvent =
  | { readonly kind: 'event'; readonly event: TraceEvent }
  | { readonly kind: 'newer'; readonly event: v.InferOutput<typeof EnvelopeSchema> }
  | { readonly kind: 'bad'; readonly why: string };

/** Checks a decoded trace event of another node. What it holds besides its kind's fields is left out. */
export function readEvent(value: unknown): ReadEvent {
  const type = typeof value === 'object' && value !== null && 'type' in value ? value.type : null;
  if (typeof type !== 'string') return { kind: 'bad', why: 'an event without a type' };
  if (!isKnown(type)) {
    const newer = v.safeParse(EnvelopeSchema, value, { abortEarly: true });
    return newer.success ? { kind: 'newer', event: newer.output } : bad('an unknown event', newer.issues);
  }
  const result = v.safeParse(schemas[type], value, { abortEarly: true });
  if (!result.success) return bad(type, result.issues);
  const known: Known = result.output;
  return { kind: 'event', event: known };
}

function isKnown(type: string): type is TraceBody['type'] {
  return Object.hasOwn(schemas, type);
}

function bad(what: string, [issue]: readonly [v.BaseIssue<unknown>, ...v.BaseIssue<unknown>[]]): ReadEvent {
  // Not valibot's own words: they quote what was received, however long it is.
  return {
    kind: 'bad',
    why: `${what} whose ${v.getDotPath(issue)?.slice(0, nameLengthMax) ?? 'form'} is wrong`,
  };
}
