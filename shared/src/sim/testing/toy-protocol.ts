import {
  assert,
  clientInstance,
  type Effect,
  type Index,
  nextUint32,
  type Observation,
  type Process,
  type ProcessEvent,
  type Protocol,
  type RandomState,
  type RequestId,
  type Signed,
  seedRandom,
} from '../../core/index.js';

/** What one toy says to another. `do` makes a puppet of the receiver: it answers with exactly these effects. */
export type ToyMessage =
  | { readonly type: 'say'; readonly text: string }
  | { readonly type: 'do'; readonly effects: readonly ToyEffect[] }
  | { readonly type: 'break'; readonly rule: string }
  | { readonly type: 'echo'; readonly left: number }
  | { readonly type: 'claim'; readonly claim: Signed<Claim> }
  | {
      readonly type: 'ask';
      readonly kind: 'propose' | 'read';
      readonly request: RequestId;
      readonly operation: Uint8Array;
    }
  | { readonly type: 'answer'; readonly request: RequestId; readonly result: Uint8Array };

/** A statement that may hold another's. */
export type Claim = { readonly text: string; readonly inner: Signed<Claim> | null };
export type ToyEffect = Effect<ToyMessage>;

/** `on`: effects that answer each event of a type, by the event's type. */
export type ToyOptions = {
  readonly on?: { readonly [event: string]: readonly ToyEffect[] };
};

/** All that a toy remembers; enough of it that two histories seldom end in the same state. */
export type ToyState = {
  readonly self: string;
  readonly on: { readonly [event: string]: readonly ToyEffect[] };
  readonly random: RandomState;
  readonly heard: { [from: string]: number };
  events: number;
  lastText: string;
  lastDraw: number;
  lastIndex: Index;
  role: string;
  asked: { readonly index: Index; readonly request: RequestId }[];
};

type ToyEvent = ProcessEvent<ToyMessage>;

/** A role that no toy has by itself: it makes `observe` throw, as a broken rule of a Process would. */
const unshowable = 'unshowable';

function create({ self, options, seed }: { self: string; options: ToyOptions; seed: number }): ToyState {
  return {
    self,
    on: options.on ?? {},
    random: seedRandom(seed, 'toy'),
    heard: {},
    events: 0,
    lastText: '',
    lastDraw: 0,
    lastIndex: 0,
    role: 'toy',
    asked: [],
  };
}

function step(state: ToyState, event: ToyEvent): ToyEffect[] {
  state.events += 1;
  state.lastDraw = nextUint32(state.random);
  return [...react(state, event), ...(state.on[event.type] ?? [])];
}

function react(state: ToyState, event: ToyEvent): ToyEffect[] {
  switch (event.type) {
    case 'start':
      state.lastIndex = event.disk.snapshot?.index ?? 0;
      return [];
    case 'deliver':
      state.heard[event.from] = (state.heard[event.from] ?? 0) + 1;
      return hear(state, event.from, event.message);
    case 'propose':
    case 'read':
      return [
        send(
          state.self,
          { type: 'ask', kind: event.type, request: event.request, operation: event.operation },
          'server',
        ),
      ];
    case 'executed':
      return event.outcomes.flatMap(({ index, result }) => {
        state.lastIndex = Math.max(state.lastIndex, index);
        const asked = state.asked.find((one) => one.index === index);
        state.asked = state.asked.filter((one) => one.index !== index);
        return asked === undefined ? [] : [answer(state, asked.request, result)];
      });
    case 'queried':
      return [answer(state, event.query, event.result)];
    default:
      return [];
  }
}

function hear(state: ToyState, from: string, message: ToyMessage): ToyEffect[] {
  switch (message.type) {
    case 'say':
      state.lastText = message.text;
      if (message.text.startsWith('be ')) state.role = message.text.slice(3);
      return [];
    case 'do':
      return [...message.effects];
    case 'break':
      assert(false, message.rule);
      return [];
    case 'echo':
      return message.left === 0 ? [] : [send(from, { type: 'echo', left: message.left - 1 })];
    case 'claim':
      state.lastText = message.claim.body.text;
      return [];
    case 'ask':
      return ask(state, message);
    case 'answer':
      return [{ type: 'reply', request: message.request, result: message.result }];
  }
}

function ask(
  state: ToyState,
  { kind, request, operation }: Extract<ToyMessage, { type: 'ask' }>,
): ToyEffect[] {
  if (kind === 'read') return [{ type: 'query', query: request, operation, atIndex: state.lastIndex }];
  state.lastIndex += 1;
  state.asked.push({ index: state.lastIndex, request });
  return [{ type: 'commit', entries: [{ index: state.lastIndex, reign: 1, command: operation }] }];
}

function send(to: string, message: ToyMessage, instance?: string): ToyEffect {
  return instance === undefined ? { type: 'send', to, message } : { type: 'send', to, message, instance };
}

function answer(state: ToyState, request: RequestId, result: Uint8Array): ToyEffect {
  return send(state.self, { type: 'answer', request, result }, clientInstance);
}

function observe(state: ToyState): Observation {
  assert(state.role !== unshowable, 'a toy can be shown');
  return {
    role: state.role,
    reign: 1,
    leader: null,
    firstIndex: 1,
    lastIndex: state.lastIndex,
    commitIndex: state.lastIndex,
    appliedIndex: state.lastIndex,
    logReigns: [],
    detail: { events: state.events },
  };
}

export const toyProcess: Process<ToyState, ToyMessage, ToyOptions> = { create, step, observe };

const messageTypes = new Set(['say', 'do', 'break', 'echo', 'claim', 'ask', 'answer']);

function parseMessage(body: unknown): ToyMessage {
  const isMessage =
    typeof body === 'object' && body !== null && 'type' in body && messageTypes.has(String(body.type));
  if (!isMessage) throw new TypeError('no message of the toy protocol');
  return body as ToyMessage;
}

function signedParts(message: ToyMessage): Signed<unknown>[] {
  const parts: Signed<unknown>[] = [];
  for (let claim = message.type === 'claim' ? message.claim : null; claim !== null; claim = claim.body.inner)
    parts.push(claim);
  return parts;
}

/** A protocol without a purpose: its Processes do what they are told, so that tests can see what the host makes of it. */
export const toyProtocol: Protocol<ToyState, ToyState, ToyMessage, ToyOptions> = {
  name: 'best-effort',
  kind: 'log',
  instances: {
    server: { process: toyProcess, runsAt: 'servers' },
    client: { process: toyProcess, runsAt: 'all' },
  },
  reconfigures: false,
  votersMin: 1,
  votersMax: 9,
  parseOptions: (given) => given as ToyOptions,
  drawOptions: () => ({}),
  parseMessage,
  signedParts,
  provingNotes: ['a-vote'],
  describe: (message) => ({
    kind: message.type,
    reign: 1,
    entries: 0,
    summary: message.type === 'say' ? { text: message.text } : {},
  }),
  createChecker: () => ({ rules: [], afterStep: () => null, afterCrash: () => undefined }),
};
