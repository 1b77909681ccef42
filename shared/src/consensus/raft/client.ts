import {
  type ControlAction,
  type Effect,
  type NodeId,
  type Observation,
  type Process,
  type ProcessEvent,
  type ProcessInit,
  type RequestError,
  type RequestId,
  serverInstance,
  type WriteId,
} from '../../core/index.js';
import { type Answer, decodeAnswer, encodeEnvelope, encodeOpenSession } from '../../store/index.js';
import { WireError } from '../../wire/index.js';
import {
  askable,
  isBelieved,
  isVoterSet,
  onClusterServers,
  recallServers,
  serversKey,
} from './client-servers.js';
import type { ClientState, Request, ClientStep as Step } from './client-state.js';
import { firstConfiguration } from './configuration.js';
import {
  type ClientRequest,
  type ClientResponse,
  type RaftMessage,
  requestBytesPerMessageMax,
  requestsPerMessageMax,
} from './messages.js';
import type { RaftOptions } from './options.js';

const retryTimer = 'retry';
const incarnationKey = 'incarnation';
const incarnationWrite: WriteId = 1;
/** Room for each life's request numbers, within the whole numbers that are exact. */
const requestsPerLife = 2 ** 32;
/**
 * Messages that may be unanswered before further requests wait to go together: what makes batches of a tab's requests
 * without delaying a single one.
 */
const batchesMax = 4;

/** Finds the leader, and repeats requests until they are answered, each carried out once. Runs on every tab of the run. */
export const raftClient: Process<ClientState, RaftMessage, RaftOptions> = { create, step, observe };

function create({ self, options, voters }: ProcessInit<RaftOptions>): ClientState {
  return {
    self,
    options,
    servers: voters,
    configuration: firstConfiguration,
    lastWrite: 0,
    incarnation: 0,
    nextRequest: 1,
    session: null,
    opening: false,
    nextSequence: 1,
    leader: null,
    rotation: Math.max(0, voters.indexOf(self)),
    linked: [],
    requests: [],
    batches: [],
    nextBatch: 1,
    wakeAt: null,
  };
}

function step(state: ClientState, event: ProcessEvent<RaftMessage>): Effect<RaftMessage>[] {
  const step: Step = { state, now: event.now, effects: [] };
  switch (event.type) {
    case 'start':
      begin(step, event.disk.values[incarnationKey]);
      recallServers(state, event.disk.values[serversKey]);
      break;
    case 'propose':
      add(step, event.request, 'write', event.operation);
      break;
    case 'read':
      add(step, event.request, 'read', event.operation);
      break;
    case 'control':
      addControl(step, event.request, event.action);
      break;
    case 'deliver':
      if (isBelieved(state, event.from)) onDeliver(step, event.from, event.message);
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

function onDeliver(step: Step, from: NodeId, message: RaftMessage): void {
  if (message.type === 'clusterServers') return onClusterServers(step, message);
  if (message.type !== 'clientResponses') return;
  const { state } = step;
  if (message.leader !== null && state.servers.includes(message.leader)) state.leader = message.leader;
  // Whoever was believed to lead, and says that nobody does, leads no more.
  else if (message.leader === null && state.leader === from) state.leader = null;
  for (const response of message.responses) onResponse(step, response);
}

function begin(step: Step, held: unknown): void {
  const { state } = step;
  state.incarnation = (typeof held === 'number' ? held : 0) + 1;
  state.nextRequest = state.incarnation * requestsPerLife + 1;
  const ops = [{ kind: 'set', key: incarnationKey, value: state.incarnation }] as const;
  state.lastWrite = incarnationWrite;
  step.effects.push({ type: 'persist', write: incarnationWrite, ops });
}

function add(step: Step, request: RequestId, mode: 'write' | 'read', operation: Uint8Array): void {
  const { state } = step;
  const { options } = state;
  if (operation.length > options.commandBytesMax) return refuse(step, request, 'too-large');
  if (state.requests.length >= options.clientRequestsMax) return refuse(step, request, 'busy');
  if (mode === 'write' && state.session === null && !state.opening) openSession(step);
  enqueue(step, request, mode, operation);
}

function addControl(step: Step, request: RequestId, action: ControlAction): void {
  const { requests, options } = step.state;
  if (action.kind === 'reconfigure' && !isVoterSet(action.voters)) return refuse(step, request, 'bad-voters');
  if (requests.length >= options.clientRequestsMax) return refuse(step, request, 'busy');
  enqueue(step, request, 'control', new Uint8Array(), action);
}

function enqueue(
  step: Step,
  request: RequestId | null,
  mode: Request['mode'],
  operation: Uint8Array,
  action: ControlAction | null = null,
): void {
  const { state, now } = step;
  const deadlineAt = now + state.options.requestTimeoutMs;
  const id = state.nextRequest++;
  state.requests.push({
    id,
    request,
    mode,
    operation,
    action,
    sequence: 0,
    deadlineAt,
    resendAt: now,
    attempts: 0,
    silences: 0,
    batch: 0,
  });
  wake(step, deadlineAt);
}

/** One committed command; commands wait for its answer. Its nonce is of this life alone. */
function openSession(step: Step): void {
  const { state } = step;
  state.opening = true;
  const nonce = `${state.self}/${state.incarnation}/${state.nextRequest}`;
  enqueue(step, null, 'openSession', encodeOpenSession(nonce));
}

function refuse(step: Step, request: RequestId, error: RequestError): void {
  step.effects.push({ type: 'refuse', request, error });
}

/** Sends what has not been sent yet, as far as the window has room. */
function sendWaiting(step: Step): void {
  const { state } = step;
  if (state.batches.length >= batchesMax) return;
  const waiting = state.requests.filter(
    ({ batch, mode, resendAt }) =>
      batch === 0 && resendAt <= step.now && (mode !== 'write' || state.session !== null),
  );
  for (let from = 0; from < waiting.length && state.batches.length < batchesMax; ) {
    from += sendBatch(step, waiting.slice(from, from + requestsPerMessageMax));
  }
}

/** Sends as many of `requests` as one message carries. Answers with how many that is. */
function sendBatch(step: Step, requests: readonly Request[]): number {
  const { state } = step;
  const batch = state.nextBatch++;
  const [first] = requests;
  if (first !== undefined && first.action !== null) return sendControl(step, first, first.action, batch);
  const sent: ClientRequest[] = [];
  let bytes = 0;
  for (const request of requests) {
    bytes += request.operation.length;
    const isFull = bytes > requestBytesPerMessageMax && sent.length > 0;
    if (isFull || request.action !== null) break;
    sent.push(toMessage(step, request, batch));
  }
  state.batches.push({ batch, open: sent.length });
  const { self: client, configuration } = state;
  ask(step, { type: 'clientRequests', client, hops: 0, configuration, requests: sent });
  return sent.length;
}

/** An administrator's request goes alone. */
function sendControl(step: Step, sent: Request, action: ControlAction, batch: number): number {
  const { state } = step;
  markSent(step, sent, batch);
  state.batches.push({ batch, open: 1 });
  const { self: client, configuration } = state;
  const { id: request } = sent;
  ask(step, { type: 'controlRequest', client, hops: 0, configuration, request, action });
  return 1;
}

function ask(step: Step, message: RaftMessage): void {
  const to = target(step.state);
  step.effects.push({ type: 'send', to, instance: serverInstance, message, after: incarnationWrite });
}

function toMessage(step: Step, request: Request, batch: number): ClientRequest {
  const { state } = step;
  if (request.mode === 'write' && request.sequence === 0) request.sequence = state.nextSequence++;
  markSent(step, request, batch);
  return {
    request: request.id,
    mode: request.mode === 'read' ? 'read' : 'write',
    body: bodyOf(state, request),
  };
}

function markSent(step: Step, request: Request, batch: number): void {
  const { retryMinMs, retryMaxMs } = step.state.options;
  request.batch = batch;
  request.resendAt = step.now + Math.min(retryMaxMs, retryMinMs * 2 ** Math.min(request.silences, 16));
  request.attempts += 1;
  wake(step, request.resendAt);
}

function bodyOf(state: ClientState, request: Request): Uint8Array {
  if (request.mode !== 'write' || state.session === null) return request.operation;
  const { sequence, operation } = request;
  return encodeEnvelope({
    session: state.session,
    sequence,
    firstUnanswered: firstUnanswered(state),
    operation,
  });
}

/** Answers before it may be forgotten: nobody waits for them any more. */
function firstUnanswered(state: ClientState): number {
  const first = state.requests.find(({ mode, sequence }) => mode === 'write' && sequence > 0);
  return first?.sequence ?? state.nextSequence;
}

function target(state: ClientState): NodeId {
  const { leader, rotation, self } = state;
  const servers = askable(state);
  return leader ?? servers[rotation % servers.length] ?? self;
}

function onResponse(step: Step, response: ClientResponse): void {
  const { state } = step;
  const at = indexOf(state.requests, response.request);
  const request = state.requests[at];
  // An answer to an earlier copy, or to a request that was given up.
  if (request === undefined) return;
  if (response.status === 'refused') {
    remove(state, at);
    if (request.request !== null) refuse(step, request.request, response.reason);
    return;
  }
  if (response.status !== 'ok') return sendLater(step, request, response.status);
  remove(state, at);
  if (request.request === null) onOpened(step, response.result);
  else if (request.mode === 'read' || request.mode === 'control') {
    step.effects.push({ type: 'reply', request: request.request, result: response.result });
  } else onResult(step, request.request, response.result);
}

/** Attempts that may follow a hint at once: beliefs about who leads may go in a circle. */
const promptAttemptsMax = 4;

/** Not taken: again at once where a leader is known, else after a short while, since an election does not take long. */
function sendLater(step: Step, request: Request, status: 'retry' | 'busy'): void {
  const { state, now } = step;
  if (request.batch === 0) return;
  leaveBatch(state, request);
  request.resendAt = now;
  if (status === 'retry' && state.leader !== null && request.attempts < promptAttemptsMax) return;
  const soonMs = Math.ceil(state.options.retryMinMs / 5);
  request.resendAt += request.attempts < promptAttemptsMax ? soonMs : 2 * soonMs;
  wake(step, request.resendAt);
}

function onOpened(step: Step, result: Uint8Array): void {
  const { state } = step;
  const answer = readAnswer(result);
  state.opening = false;
  if (answer?.kind !== 'opened') return openSession(step);
  state.session = answer.session;
  state.nextSequence = 1;
}

function onResult(step: Step, request: RequestId, result: Uint8Array): void {
  const answer = readAnswer(result);
  if (answer?.kind === 'result') {
    step.effects.push({ type: 'reply', request, result: answer.result });
    return;
  }
  if (answer?.kind !== 'session-expired') return refuse(step, request, 'bad-command');
  refuse(step, request, 'session-expired');
  expireSession(step);
}

/** Null for bytes that no store answers with: only a liar sends them, and must not bring down who hears it. */
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
function expireSession(step: Step): void {
  const { state } = step;
  if (state.session === null) return;
  state.session = null;
  for (let at = state.requests.length - 1; at >= 0; at--) {
    const request = state.requests[at];
    if (request === undefined || request.request === null) continue;
    if (request.mode !== 'write' || request.sequence === 0) continue;
    refuse(step, request.request, 'session-expired');
    remove(state, at);
  }
  if (!state.opening && state.requests.some(({ mode }) => mode === 'write')) openSession(step);
}

/** Gives up what has waited too long, and asks another server about what has not been answered in time. */
function onRetryTimeout(step: Step): void {
  const { state, now } = step;
  state.wakeAt = null;
  const isSilent = state.requests.some(({ batch, resendAt }) => batch !== 0 && resendAt <= now);
  for (let at = state.requests.length - 1; at >= 0; at--) {
    const request = state.requests[at];
    if (request === undefined || request.deadlineAt > now) continue;
    remove(state, at);
    giveUp(step, request);
  }
  const isRefused = state.requests.some(
    ({ batch, resendAt, attempts }) => batch === 0 && attempts > 0 && resendAt <= now,
  );
  if (isSilent || (isRefused && state.leader === null)) turnToNext(state);
  for (const request of state.requests) {
    if (request.batch === 0 || request.resendAt > now) continue;
    request.silences += 1;
    leaveBatch(state, request);
  }
  sleepUntilNext(step);
}

function giveUp(step: Step, request: Request): void {
  if (request.request !== null) refuse(step, request.request, 'timeout');
  else {
    // Commands that came later than the attempt to open a session still wait for one.
    step.state.opening = false;
    if (step.state.requests.some(({ mode }) => mode === 'write')) openSession(step);
  }
}

/** The server that does not answer may be cut off: the belief that it leads is given up as well. */
function turnToNext(state: ClientState): void {
  const asked = askable(state).indexOf(target(state));
  state.rotation = asked + 1;
  state.leader = null;
}

/** What was on its way there is lost: the next one is asked at once. */
function onPeerDown(step: Step, peer: NodeId): void {
  const { state } = step;
  const wasAsked = target(state) === peer;
  const at = state.linked.indexOf(peer);
  if (at >= 0) state.linked.splice(at, 1);
  if (!wasAsked) return;
  turnToNext(state);
  for (const request of state.requests) {
    if (request.batch === 0) continue;
    leaveBatch(state, request);
    request.resendAt = step.now;
  }
}

function leaveBatch(state: ClientState, request: Request): void {
  const at = state.batches.findIndex(({ batch }) => batch === request.batch);
  const left = state.batches[at];
  request.batch = 0;
  if (left === undefined) return;
  left.open -= 1;
  if (left.open === 0) state.batches.splice(at, 1);
}

function remove(state: ClientState, at: number): void {
  const [request] = state.requests.splice(at, 1);
  if (request !== undefined && request.batch !== 0) leaveBatch(state, request);
}

/** Requests are kept by rising id. Answers -1 for one that is not there. */
function indexOf(requests: readonly Request[], id: number): number {
  let low = 0;
  let high = requests.length - 1;
  while (low <= high) {
    const middle = (low + high) >>> 1;
    const found = requests[middle]?.id ?? 0;
    if (found === id) return middle;
    if (found < id) low = middle + 1;
    else high = middle - 1;
  }
  return -1;
}

function sleepUntilNext(step: Step): void {
  for (const { deadlineAt, resendAt } of step.state.requests) {
    // What is due already waits for room among the messages on their way, not for time.
    wake(step, resendAt > step.now ? Math.min(deadlineAt, resendAt) : deadlineAt);
  }
}

/** Makes sure that the retry timer fires no later than `at`; it looks at everything then. */
function wake(step: Step, at: number): void {
  const { state, now } = step;
  if (state.wakeAt !== null && state.wakeAt <= at) return;
  state.wakeAt = at;
  step.effects.push({ type: 'setTimer', timer: retryTimer, afterMs: Math.max(0, at - now) });
}

function observe(state: ClientState): Observation {
  return {
    role: 'client',
    reign: 0,
    leader: state.leader,
    firstIndex: 1,
    lastIndex: 0,
    commitIndex: 0,
    appliedIndex: 0,
    logReigns: [],
    detail: { session: state.session, requests: state.requests.length, messages: state.batches.length },
  };
}
