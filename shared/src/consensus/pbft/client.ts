import {
  clientInstance,
  type Effect,
  type NodeId,
  type Observation,
  type Process,
  type ProcessEvent,
  type RequestError,
  type RequestId,
  serverInstance,
} from '../../core/index.js';
import { type Answer, decodeAnswer, encodeEnvelope, encodeOpenSession } from '../../store/index.js';
import { WireError } from '../../wire/index.js';
import { primaryOf } from './certificates.js';
import {
  type Asked,
  type ClientState,
  type ClientStep,
  createClient,
  incarnationWrite,
  type Sent,
  type Vote,
} from './client-state.js';
import {
  operationsPerRequestMax,
  type PbftMessage,
  type ReadReplyMessage,
  type ReplyMessage,
  type Request,
  requestBytesMax,
} from './messages.js';
import type { PbftOptions } from './options.js';
import { agreedOn, viewOf } from './votes.js';

const retryTimer = 'retry';
const incarnationKey = 'incarnation';
/** Room for each life's request numbers, within the whole numbers that are exact. */
const requestsPerLife = 2 ** 32;
/** Requests on their way at once, below what a replica keeps of one client; more operations wait and go together. */
const requestsMax = 4;
/** Replicas keep the answers of a client's newest requests: none goes out so far ahead of one that is unanswered. */
const aheadMax = 12;
/** Reads of the stores on their way at once. */
const readsMax = 64;

/**
 * Signs what its users ask, gives it to the primary, and to all where that does not help, and believes what enough
 * replicas say alike. Runs on every tab of the run.
 */
export const pbftClient: Process<ClientState, PbftMessage, PbftOptions> = {
  create: ({ self, voters, options }) => createClient(self, voters, options),
  step,
  observe,
};

function step(state: ClientState, event: ProcessEvent<PbftMessage>): Effect<PbftMessage>[] {
  const step: ClientStep = { state, now: event.now, effects: [] };
  switch (event.type) {
    case 'start':
      begin(step, event.disk.values[incarnationKey]);
      break;
    case 'propose':
      add(step, event.request, 'write', event.operation);
      break;
    case 'read':
      add(step, event.request, 'read', event.operation);
      break;
    // Neither voters nor the primary change on request.
    case 'control':
      refuse(step, event.request, 'unsupported');
      break;
    case 'deliver':
      if (state.group.replicas.includes(event.from)) onDeliver(step, event.from, event.message);
      break;
    case 'timeout':
      onRetryTimeout(step);
      break;
    case 'peerUp':
      if (!state.linked.includes(event.peer)) state.linked.push(event.peer);
      break;
    case 'peerDown':
      onPeerDown(step, event.peer);
      break;
    default:
      break;
  }
  sendWaiting(step);
  return step.effects;
}

function begin(step: ClientStep, held: unknown): void {
  const { state } = step;
  state.incarnation = (typeof held === 'number' ? held : 0) + 1;
  state.nextNumber = state.incarnation * requestsPerLife + 1;
  state.nextRead = state.nextNumber;
  const ops = [{ kind: 'set', key: incarnationKey, value: state.incarnation }] as const;
  step.effects.push({ type: 'persist', write: incarnationWrite, ops });
}

function add(step: ClientStep, request: RequestId, mode: 'write' | 'read', operation: Uint8Array): void {
  const { state } = step;
  const { options } = state;
  if (operation.length > options.commandBytesMax) return refuse(step, request, 'too-large');
  const open = state.sent.reduce((sum, { asked }) => sum + asked.length, state.waiting.length);
  if (open >= options.clientRequestsMax) return refuse(step, request, 'busy');
  enqueue(step, request, mode, operation);
  // A read of the stores takes no session; one that is ordered is a command like any other.
  const needsSession = mode === 'write' || !options.readOnlyOptimisation;
  if (needsSession && state.session === null && !state.isOpening) openSession(step);
}

function enqueue(
  step: ClientStep,
  request: RequestId | null,
  mode: Asked['mode'],
  operation: Uint8Array,
): void {
  const { state, now } = step;
  const deadlineAt = now + state.options.requestTimeoutMs;
  state.waiting.push({ id: state.nextId, request, mode, operation, deadlineAt, sequence: 0 });
  state.nextId += 1;
  wake(step, deadlineAt);
}

/** One ordered command; commands wait for its answer. Its nonce is of this life alone. */
function openSession(step: ClientStep): void {
  const { state } = step;
  state.isOpening = true;
  const nonce = `${state.self}/${state.incarnation}/${state.nextId}`;
  enqueue(step, null, 'openSession', encodeOpenSession(nonce));
}

function refuse(step: ClientStep, request: RequestId, error: RequestError): void {
  step.effects.push({ type: 'refuse', request, error });
}

/** Sends what has not been sent yet, as far as there is room. */
function sendWaiting(step: ClientStep): void {
  const { state } = step;
  if (state.options.readOnlyOptimisation) sendReads(step);
  while (mayRequest(state)) {
    const asked = takeNext(state);
    if (asked.length === 0) return;
    sendRequest(step, asked);
  }
}

function mayRequest({ sent, nextNumber }: ClientState): boolean {
  const requests = sent.filter(({ request }) => request !== null);
  return requests.length < requestsMax && nextNumber - (requests[0]?.number ?? nextNumber) < aheadMax;
}

/** As many of the waiting as one request carries; what needs a session waits for it. */
function takeNext(state: ClientState): Asked[] {
  const { waiting, session, options } = state;
  const taken: Asked[] = [];
  let bytes = 0;
  for (let at = 0; at < waiting.length && taken.length < operationsPerRequestMax; ) {
    const next = waiting[at];
    const isRead = next?.mode === 'read' && options.readOnlyOptimisation && next.sequence === 0;
    if (next === undefined || isRead || (next.mode !== 'openSession' && session === null)) {
      at += 1;
      continue;
    }
    bytes += next.operation.length;
    if (bytes > requestBytesMax && taken.length > 0) break;
    taken.push(next);
    waiting.splice(at, 1);
  }
  return taken;
}

function sendRequest(step: ClientStep, asked: readonly Asked[]): void {
  const { state } = step;
  for (const each of asked) {
    if (each.mode === 'openSession') continue;
    each.sequence = state.nextSequence;
    state.nextSequence += 1;
  }
  const first = firstUnanswered(state, asked);
  const operations = asked.map((each) => bodyOf(state, each, first));
  const number = state.nextNumber++;
  const request: Request = {
    signer: state.self,
    instance: clientInstance,
    statement: 'request',
    body: { number, operations },
    signature: null,
  };
  const sent = begun(number, asked, { request, read: null });
  state.sent.push(sent);
  const primary = primaryOf(state.group, viewOf(state.group, state.views));
  const isReachable = primary === state.self || state.linked.includes(primary);
  transmit(step, sent, isReachable ? [primary] : state.group.replicas);
}

function begun(number: number, asked: readonly Asked[], what: Pick<Sent, 'request' | 'read'>): Sent {
  return { number, ...what, asked: [...asked], votes: asked.map(() => ({})), resendAt: 0, attempts: 0 };
}

function bodyOf({ session }: ClientState, { mode, sequence, operation }: Asked, first: number): Uint8Array {
  if (mode === 'openSession' || session === null) return operation;
  return encodeEnvelope({ session, sequence, firstUnanswered: first, operation });
}

/** Answers before it may be forgotten: nobody waits for them any more. */
function firstUnanswered({ sent, nextSequence }: ClientState, asked: readonly Asked[]): number {
  const open = sent.flatMap((each) => each.asked).filter((each) => each !== null);
  const sequences = [...open, ...asked].map(({ sequence }) => sequence).filter((sequence) => sequence > 0);
  return Math.min(nextSequence, ...sequences);
}

/** 5.1.3: reads go to all stores at once. */
function sendReads(step: ClientStep): void {
  const { state } = step;
  let onTheirWay = state.sent.filter(({ read }) => read !== null).length;
  for (let at = 0; at < state.waiting.length && onTheirWay < readsMax; ) {
    const next = state.waiting[at];
    if (next?.mode !== 'read' || next.sequence !== 0) {
      at += 1;
      continue;
    }
    state.waiting.splice(at, 1);
    const sent = begun(state.nextRead++, [next], { request: null, read: next.operation });
    state.sent.push(sent);
    onTheirWay += 1;
    transmit(step, sent, state.group.replicas);
  }
}

function transmit(step: ClientStep, sent: Sent, to: readonly NodeId[]): void {
  const { retryMinMs, retryMaxMs } = step.state.options;
  const { request, read, number } = sent;
  const message: PbftMessage | null =
    request !== null
      ? { type: 'request', request }
      : read !== null
        ? { type: 'read', number, operation: read }
        : null;
  if (message === null) return;
  for (const replica of to) {
    step.effects.push({
      type: 'send',
      to: replica,
      instance: serverInstance,
      message,
      after: incarnationWrite,
    });
  }
  sent.resendAt = step.now + Math.min(retryMaxMs, retryMinMs * 2 ** Math.min(sent.attempts, 16));
  sent.attempts += 1;
  wake(step, sent.resendAt);
}

function onDeliver(step: ClientStep, from: NodeId, message: PbftMessage): void {
  if (message.type !== 'reply' && message.type !== 'readReply') return;
  const { state } = step;
  state.views[from] = Math.max(state.views[from] ?? 0, message.view);
  const isOrdered = message.type === 'reply';
  const sent = state.sent.find(
    (each) => each.number === message.number && (each.request !== null) === isOrdered,
  );
  if (sent === undefined) return;
  for (const { place, vote } of votesIn(message)) take(step, sent, from, place, vote);
  if (sent.asked.every((asked) => asked === null)) state.sent.splice(state.sent.indexOf(sent), 1);
}

function votesIn(
  message: ReplyMessage | ReadReplyMessage,
): readonly { readonly place: number; readonly vote: Vote }[] {
  // Stores are read as they are: there is no view in which they would have to agree.
  if (message.type === 'readReply')
    return [{ place: 0, vote: { result: message.result, tentativeIn: readView } }];
  const { tentative, results, view } = message;
  const tentativeIn = tentative ? view : null;
  return results.map(({ at: place, result }) => ({ place, vote: { result, tentativeIn } }));
}

/** Of no view. */
const readView = -1;

function take(step: ClientStep, sent: Sent, from: NodeId, place: number, given: Vote): void {
  const { state } = step;
  const asked = sent.asked[place];
  const votes = sent.votes[place];
  if (asked === undefined || asked === null || votes === undefined) return;
  votes[from] = given;
  const result = agreedOn(state.group, votes, state.options.readOnlyOptimisation);
  if (result === null) return;
  sent.asked[place] = null;
  if (asked.request === null) onOpened(step, result);
  else if (sent.request === null) step.effects.push({ type: 'reply', request: asked.request, result });
  else onResult(step, asked.request, result);
}

function onOpened(step: ClientStep, result: Uint8Array): void {
  const { state } = step;
  const answer = readAnswer(result);
  state.isOpening = false;
  if (answer?.kind !== 'opened') return openSession(step);
  state.session = answer.session;
  state.nextSequence = 1;
}

function onResult(step: ClientStep, request: RequestId, result: Uint8Array): void {
  const answer = readAnswer(result);
  if (answer?.kind === 'result') {
    step.effects.push({ type: 'reply', request, result: answer.result });
    return;
  }
  if (answer?.kind !== 'session-expired') return refuse(step, request, 'bad-command');
  refuse(step, request, 'session-expired');
  expireSession(step);
}

/** Null for bytes that no store answers with: only more liars than a group bears bring them about. */
function readAnswer(result: Uint8Array): Answer | null {
  try {
    return decodeAnswer(result);
  } catch (error) {
    if (error instanceof TypeError || error instanceof WireError) return null;
    throw error;
  }
}

/**
 * The store has forgotten this session, and with it which of its commands have been carried out: those that were ever sent
 * may have been. The others go into a new session.
 */
function expireSession(step: ClientStep): void {
  const { state } = step;
  if (state.session === null) return;
  state.session = null;
  for (const sent of state.sent) {
    if (sent.request === null) continue;
    sent.asked.forEach((asked, place) => {
      if (asked === null || asked.request === null) return;
      refuse(step, asked.request, 'session-expired');
      sent.asked[place] = null;
    });
  }
  removeDone(state);
  if (!state.isOpening && state.waiting.length > 0) openSession(step);
}

/** Gives up what has waited too long, and asks all replicas about what has not been answered in time (4.1). */
function onRetryTimeout(step: ClientStep): void {
  const { state, now } = step;
  state.wakeAt = null;
  giveUp(step);
  for (const sent of [...state.sent]) {
    if (sent.resendAt > now) continue;
    if (sent.request !== null) transmit(step, sent, state.group.replicas);
    else orderRead(step, sent);
  }
  for (const { deadlineAt } of state.waiting) wake(step, deadlineAt);
  for (const { resendAt, asked } of state.sent) {
    wake(step, resendAt);
    for (const each of asked) if (each !== null) wake(step, each.deadlineAt);
  }
}

/** The stores did not agree, since something is being written, or too few answered: the read is ordered like a write. */
function orderRead(step: ClientStep, sent: Sent): void {
  const { state } = step;
  state.sent.splice(state.sent.indexOf(sent), 1);
  for (const asked of sent.asked) {
    // Any sequence number but 0 says that it is to be ordered; it gets its own when it is sent.
    if (asked !== null) state.waiting.push({ ...asked, sequence: -1 });
  }
  if (state.session === null && !state.isOpening) openSession(step);
}

function giveUp(step: ClientStep): void {
  const { state, now } = step;
  for (let at = state.waiting.length - 1; at >= 0; at--) {
    const asked = state.waiting[at];
    if (asked === undefined || asked.deadlineAt > now) continue;
    state.waiting.splice(at, 1);
    timeOut(step, asked);
  }
  for (const sent of state.sent) {
    sent.asked.forEach((asked, place) => {
      if (asked === null || asked.deadlineAt > now) return;
      sent.asked[place] = null;
      timeOut(step, asked);
    });
  }
  removeDone(state);
}

function timeOut(step: ClientStep, { request }: Asked): void {
  if (request !== null) return refuse(step, request, 'timeout');
  // Commands that came later than the attempt to open a session still wait for one.
  step.state.isOpening = false;
  if (step.state.waiting.length > 0) openSession(step);
}

function removeDone(state: ClientState): void {
  const open = state.sent.filter(({ asked }) => asked.some((each) => each !== null));
  state.sent.splice(0, state.sent.length, ...open);
}

/** What was on its way to the primary may be lost: all are asked at once. */
function onPeerDown(step: ClientStep, peer: NodeId): void {
  const { state } = step;
  const at = state.linked.indexOf(peer);
  if (at >= 0) state.linked.splice(at, 1);
  if (primaryOf(state.group, viewOf(state.group, state.views)) !== peer) return;
  for (const sent of state.sent) {
    if (sent.request !== null && sent.attempts === 1) transmit(step, sent, state.group.replicas);
  }
}

/** Makes sure that the retry timer fires no later than `at`; it looks at everything then. */
function wake(step: ClientStep, at: number): void {
  const { state, now } = step;
  if (state.wakeAt !== null && state.wakeAt <= at) return;
  state.wakeAt = at;
  step.effects.push({ type: 'setTimer', timer: retryTimer, afterMs: Math.max(0, at - now) });
}

function observe(state: ClientState): Observation {
  const view = viewOf(state.group, state.views);
  return {
    role: 'client',
    reign: view,
    leader: primaryOf(state.group, view),
    firstIndex: 1,
    lastIndex: 0,
    commitIndex: 0,
    appliedIndex: 0,
    logReigns: [],
    detail: { session: state.session, waiting: state.waiting.length, messages: state.sent.length },
  };
}
