import * as v from 'valibot';
import { counterMax } from '../core/index.js';

/**
 * What a tab and the signaling server say to each other, written once: both sides derive their types from these schemas
 * and check what arrives with them. Every event of a tab is answered through its acknowledgement callback.
 */

/** Sent in the handshake as `auth: { version }`; a server of another version refuses the connection. */
export const signalingVersion = 1;

/** Bounds that both sides know. Sizes are bytes of UTF-8, names are counted in code points. */
export const signalingLimits = {
  /** A whole socket.io packet, above which the server drops the connection. */
  packetBytesMax: 64 * 1024,
  /** The `data` of one signal, serialised: leaves room for the envelope. A session description is about 3 KiB. */
  signalBytesMax: 48 * 1024,
  /** SDP and candidates are flat: deeper nesting can only be an attack on whoever walks it. */
  signalDepthMax: 16,
  nameCodePointsMax: 32,
  membersMax: 256,
  iceServersMax: 16,
} as const;

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

function isJson(value: unknown, depthLeft: number): value is Json {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return true;
  if (typeof value === 'number') return Number.isFinite(value);
  if (typeof value !== 'object' || depthLeft === 0) return false;
  if (Array.isArray(value)) return value.every((item) => isJson(item, depthLeft - 1));
  // socket.io turns attachments into buffers; only plain objects come out of JSON.
  if (Object.getPrototypeOf(value) !== Object.prototype) return false;
  return Object.values(value).every((item) => isJson(item, depthLeft - 1));
}

const SerialisedSignalSchema = v.pipe(v.string(), v.maxBytes(signalingLimits.signalBytesMax));

// The messages are ours throughout: valibot's own would quote what was received, and session descriptions are not for logs.
const text = () => v.string('must be text');
const flag = () => v.boolean('must be true or false');
const fields = <const Entries extends v.ObjectEntries>(entries: Entries) =>
  v.object(entries, `must have the fields ${Object.keys(entries).join(', ')}`);

/** 16 to 64 lower-case letters and digits: derived from the tab's public key. */
export const NodeIdSchema = v.pipe(
  text(),
  v.regex(/^[a-z0-9]{16,64}$/, 'must be 16 to 64 lower-case letters and digits'),
);

// Line breaks and direction overrides would let one name rewrite the list that it stands in.
const invisible = /[\p{Cc}\p{Cs}\u2028\u2029\u202A-\u202E\u2066-\u2069]/u;

/** The name a person types: trimmed and in Unicode's composed form on the way out. */
export const NameSchema = v.pipe(
  text(),
  v.maxLength(16 * signalingLimits.nameCodePointsMax, 'is too long: take at most 32 characters'),
  v.normalize('NFC'),
  v.trim(),
  v.minLength(1, 'is empty: type 1 to 32 characters'),
  v.maxCodePoints(signalingLimits.nameCodePointsMax, 'is too long: take at most 32 characters'),
  v.check((name) => !invisible.test(name), 'has control characters: take letters, digits, signs and spaces'),
);

/** A room's code, like `maple-otter-42`. */
export const RoomCodeSchema = v.pipe(
  text(),
  v.regex(/^[a-z]{3,8}-[a-z]{3,8}-[1-9][0-9]$/, 'looks like maple-otter-42: two words and a number'),
);

/** What a person may have typed or said ("Maple otter 42") as a code; the result still has to pass RoomCodeSchema. */
export function normaliseRoomCode(typed: string): string {
  return typed
    .trim()
    .toLowerCase()
    .replace(/[\s_\-\u2010-\u2015]+/g, '-');
}

export const MemberSchema = fields({ nodeId: NodeIdSchema, name: NameSchema, watch: flag() });

const iceUrl = v.pipe(
  text(),
  v.regex(/^(stuns?|turns?):\S+$/, 'must begin with stun:, stuns:, turn: or turns:'),
);

/** One entry of RTCConfiguration.iceServers; credentials pass through untouched. */
export const IceServerSchema = v.pipe(
  v.strictObject(
    {
      urls: v.union(
        [iceUrl, v.pipe(v.array(iceUrl), v.minLength(1), v.maxLength(signalingLimits.iceServersMax))],
        'must be an address, or a list of them, that begins with stun:, stuns:, turn: or turns:',
      ),
      username: v.exactOptional(text()),
      credential: v.exactOptional(text()),
    },
    'must be an object with urls and, for TURN, username and credential',
  ),
  v.check(
    ({ urls, username, credential }) =>
      ![urls].flat().some((url) => url.startsWith('turn')) ||
      (username !== undefined && credential !== undefined),
    'has a TURN address, which needs username and credential: browsers refuse it without',
  ),
);

export const IceServersSchema = v.pipe(
  v.array(IceServerSchema, 'must be a list of ICE servers'),
  v.maxLength(signalingLimits.iceServersMax, 'has too many ICE servers: take at most 16'),
);

/** The codes of every refusal. Callers switch on them; the message beside tells people what to do. */
export const refusalCodes = [
  'bad-message',
  'bad-name',
  'bad-code',
  'unknown-room',
  'room-full',
  'too-many-rooms',
  'too-many-connections',
  'already-in-room',
  'not-in-room',
  'unknown-member',
  'member-busy',
  'rate-limited',
  'version-mismatch',
  'internal',
] as const;

export const RefusalSchema = v.object({
  code: v.picklist(refusalCodes),
  message: v.pipe(v.string(), v.maxLength(500)),
  /** How long to wait before it can succeed, where the server knows. */
  retryAfterMs: v.exactOptional(v.pipe(v.number(), v.integer(), v.minValue(0))),
});

const refused = v.object({ ok: v.literal(false), error: RefusalSchema });

/** `open`: create a room and be its first member. */
export const OpenRequestSchema = fields({ name: NameSchema, nodeId: NodeIdSchema });

/**
 * `join`: become a member. `watch` says that this page looks on and is no node. `known` says "I am a member of this room
 * already and have its document on disk": a server that came back empty then makes the room anew under its code.
 */
export const JoinRequestSchema = fields({
  code: RoomCodeSchema,
  name: NameSchema,
  nodeId: NodeIdSchema,
  watch: v.exactOptional(flag()),
  known: v.exactOptional(flag()),
});

const generation = v.pipe(
  v.number('must be a number'),
  v.safeInteger('must be a whole number'),
  v.minValue(0, 'must not be negative'),
  v.maxValue(counterMax, 'is too large'),
);

const signalData = v.pipe(
  v.custom<Json>((value) => isJson(value, signalingLimits.signalDepthMax), 'must be plain JSON'),
  v.check(
    (value) => v.is(SerialisedSignalSchema, JSON.stringify(value)),
    `is too large: at most ${signalingLimits.signalBytesMax} bytes of JSON`,
  ),
);

/** `signal`: pass a session description or candidate to another member of the same room. */
export const SignalRequestSchema = fields({ to: NodeIdSchema, generation, data: signalData });

/** `leave`: stop being a member, by one's own wish. */
export const LeaveRequestSchema = v.object({}, 'must be an object');

/** The answer to `open` and `join`: all members in the order of joining, oneself included. */
export const RoomAnswerSchema = v.variant('ok', [
  v.object({
    ok: v.literal(true),
    code: RoomCodeSchema,
    members: v.pipe(v.array(MemberSchema), v.maxLength(signalingLimits.membersMax)),
    iceServers: IceServersSchema,
  }),
  refused,
]);

/** The answer to `signal` and `leave`. */
export const DoneAnswerSchema = v.variant('ok', [v.object({ ok: v.literal(true) }), refused]);

/** Server to member: a signal from another; the server stamps `from`. */
export const SignalEventSchema = fields({ from: NodeIdSchema, generation, data: signalData });

/** Server to member: somebody came, or came back on a new connection under the same node id. */
export const MemberJoinedSchema = MemberSchema;

/** Server to member: somebody pressed Leave, or lost the connection to this server (the mesh may still hold). */
export const MemberLeftSchema = fields({
  nodeId: NodeIdSchema,
  reason: v.picklist(['left', 'disconnected']),
});

/** Server to member: a newer connection has taken over this node id, and this one is being closed. */
export const ReplacedSchema = v.object({});

/** Server to whoever sent an event without an acknowledgement callback that had to be refused. */
export const RefusedEventSchema = RefusalSchema;

/** `GET /config.json`: what the lobby needs. */
export const ServerConfigSchema = v.object({
  iceServers: IceServersSchema,
  lanAddresses: v.array(v.string()),
});

export type IceServer = v.InferOutput<typeof IceServerSchema>;
export type Member = v.InferOutput<typeof MemberSchema>;
export type RefusalCode = (typeof refusalCodes)[number];
export type Refusal = v.InferOutput<typeof RefusalSchema>;
export type Refused = v.InferOutput<typeof refused>;
export type OpenRequest = v.InferOutput<typeof OpenRequestSchema>;
export type JoinRequest = v.InferOutput<typeof JoinRequestSchema>;
export type SignalRequest = v.InferOutput<typeof SignalRequestSchema>;
export type LeaveRequest = v.InferOutput<typeof LeaveRequestSchema>;
export type RoomAnswer = v.InferOutput<typeof RoomAnswerSchema>;
export type DoneAnswer = v.InferOutput<typeof DoneAnswerSchema>;
export type SignalEvent = v.InferOutput<typeof SignalEventSchema>;
export type MemberLeft = v.InferOutput<typeof MemberLeftSchema>;
export type ServerConfig = v.InferOutput<typeof ServerConfigSchema>;

/** The events of a tab, as socket.io types them. */
export type ClientToServerEvents = {
  open: (request: OpenRequest, answer: (answer: RoomAnswer) => void) => void;
  join: (request: JoinRequest, answer: (answer: RoomAnswer) => void) => void;
  signal: (request: SignalRequest, answer: (answer: DoneAnswer) => void) => void;
  leave: (request: LeaveRequest, answer: (answer: DoneAnswer) => void) => void;
};

/** The events of the server, as socket.io types them. */
export type ServerToClientEvents = {
  signal: (event: SignalEvent) => void;
  memberJoined: (member: Member) => void;
  memberLeft: (event: MemberLeft) => void;
  replaced: (event: Record<string, never>) => void;
  refused: (error: Refusal) => void;
};

/** What is wrong with `whole`, without a full stop; it never quotes what was received. */
export function describeIssues(issues: readonly v.BaseIssue<unknown>[], whole = 'it'): string {
  const [issue] = issues;
  if (issue === undefined) return `${whole} is malformed`;
  const where = v.getDotPath(issue) ?? whole;
  return `${where} ${issue.message}`;
}

/** The refusal of an `event` that its schema did not pass, for its sender. */
export function refusalOf(event: string, issues: readonly v.BaseIssue<unknown>[]): Refusal {
  const [issue] = issues;
  const field = issue?.path?.[0]?.key;
  if (issue && field === 'name') return { code: 'bad-name', message: `The name ${issue.message}.` };
  if (issue && field === 'code') return { code: 'bad-code', message: `A room code ${issue.message}.` };
  const message = `The message "${event}" can't be read: ${describeIssues(issues)}. Reload the page, it may be out of date.`;
  return { code: 'bad-message', message };
}
