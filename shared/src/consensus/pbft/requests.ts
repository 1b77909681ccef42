import type { NodeId } from '../../core/index.js';
import { primaryOf } from './certificates.js';
import { type Batch, type ReplyMessage, type Request, type RequestName, replyBytesMax } from './messages.js';
import type { KeptReply, PbftState, Waiting } from './state.js';
import { isPrimary, isReplica, note, type Step, send, sendToClient } from './step.js';

/** Requests of one client that wait here: twice as many as an honest one has in flight. */
export const requestsPerClientMax = 8;
/** Answers that are kept for one client: it awaits none that is so many requests older than its newest. */
export const repliesPerClientMax = 16;
/** Clients, and bytes of their answers, that are kept; who has been silent longest is forgotten. */
const clientsMax = 1_024;
const replyBytesKeptMax = 8 * 1024 * 1024;
/** Requests that a backup hands to a new primary at once. */
const handedOnMax = 64;

/** 4.1, 4.4: a request from its client, or one that a backup passes on to its primary. */
export function onRequest(step: Step, from: NodeId, request: Request): void {
  const { state } = step;
  const { signer: client, body } = request;
  const isFromClient = from === client;
  if (!isFromClient && !isReplica(state, from)) return;
  const ofClient = state.replies[client] ?? [];
  // Long answered: whoever repeats it is not its client, which awaits none so old.
  const isOld = ofClient.length >= repliesPerClientMax && body.number < (ofClient[0]?.number ?? 0);
  if (isOld) return;
  const kept = ofClient.find(({ number }) => number === body.number);
  if (kept !== undefined && !isWorthOrderingAgain(state, kept, isFromClient)) {
    if (isFromClient) sendReply(step, client, kept.number, kept.results);
    return;
  }
  const isKnown = state.waiting.some((waiting) => isNamed(waiting, { client, number: body.number }));
  if (!isKnown && !keep(step, request)) return;
  if (isFromClient && !isPrimary(state) && state.isActive) {
    send(step, primaryOf(state.group, state.view), { type: 'request', request });
  }
}

/**
 * A backup that asks for what was executed here has lost its answer: it was restarted, or got the state without its
 * history. Ordered once more, the store answers as the first time. Once in a view, or it could be asked for for ever.
 */
function isWorthOrderingAgain(state: PbftState, kept: KeptReply, isFromClient: boolean): boolean {
  if (isFromClient || !isPrimary(state) || !state.isActive || kept.orderedAgainIn >= state.view) return false;
  kept.orderedAgainIn = state.view;
  return true;
}

function keep(step: Step, request: Request): boolean {
  const { waiting, options } = step.state;
  const { signer: client, body } = request;
  const ofClient = waiting.filter((other) => other.request.signer === client).length;
  if (waiting.length >= options.pendingRequestsMax || ofClient >= requestsPerClientMax) {
    note(step, 'request-refused', { client, number: body.number, waiting: waiting.length });
    return false;
  }
  const bytes = body.operations.reduce((sum, { length }) => sum + length, 0);
  waiting.push({ request, bytes, isProposed: false });
  return true;
}

export function isNamed({ request }: Waiting, { client, number }: RequestName): boolean {
  return request.signer === client && request.body.number === number;
}

/** The requests of a batch have been executed for the time being: they are answered, and wait on. */
export function answerTentatively(step: Step, requests: Batch, results: readonly Uint8Array[]): void {
  let place = 0;
  for (const { signer: client, body } of requests) {
    const own = results.slice(place, place + body.operations.length);
    place += body.operations.length;
    sendReply(step, client, body.number, own, true);
  }
}

/** The requests of a batch have been executed: they wait no more, and are answered, unless they were already. */
export function answer(
  step: Step,
  requests: Batch,
  results: readonly Uint8Array[],
  isAnswered: boolean,
): void {
  const { state } = step;
  let place = 0;
  for (const { signer: client, body } of requests) {
    const own = results.slice(place, place + body.operations.length);
    place += body.operations.length;
    const at = state.waiting.findIndex((waiting) => isNamed(waiting, { client, number: body.number }));
    if (at >= 0) state.waiting.splice(at, 1);
    keepReply(state, client, body.number, own);
    if (!isAnswered) sendReply(step, client, body.number, own);
  }
}

function keepReply(state: PbftState, client: NodeId, number: number, results: readonly Uint8Array[]): void {
  const bytes = results.reduce((sum, { length }) => sum + length, 0);
  const ofClient = state.replies[client] ?? [];
  const same = ofClient.findIndex((kept) => kept.number === number);
  const [before] = same >= 0 ? ofClient.splice(same, 1) : [];
  state.replyBytes += bytes - (before?.bytes ?? 0);
  const later = ofClient.findIndex((kept) => kept.number > number);
  const kept = { number, results, bytes, orderedAgainIn: before?.orderedAgainIn ?? -1 };
  ofClient.splice(later < 0 ? ofClient.length : later, 0, kept);
  if (ofClient.length > repliesPerClientMax) state.replyBytes -= ofClient.shift()?.bytes ?? 0;
  // The newest last, so that who has been silent longest is first.
  delete state.replies[client];
  state.replies[client] = ofClient;
  const clients = Object.keys(state.replies);
  let tooMany = clients.length - clientsMax;
  for (const oldest of clients) {
    if ((tooMany <= 0 && state.replyBytes <= replyBytesKeptMax) || oldest === client) return;
    for (const kept of state.replies[oldest] ?? []) state.replyBytes -= kept.bytes;
    delete state.replies[oldest];
    tooMany -= 1;
  }
}

/** In as many messages as the results need: one that a frame can't carry would never arrive, and be asked for for ever. */
function sendReply(
  step: Step,
  client: NodeId,
  number: number,
  results: readonly Uint8Array[],
  tentative = false,
): void {
  const { view } = step.state;
  let part: ReplyMessage['results'][number][] = [];
  let bytes = 0;
  const flush = (): void => {
    if (part.length > 0)
      sendToClient(step, client, { type: 'reply', view, number, tentative, results: part });
    part = [];
    bytes = 0;
  };
  results.forEach((result, at) => {
    if (bytes + result.length > replyBytesMax) flush();
    part.push({ at, result });
    bytes += result.length;
  });
  flush();
}

/** A new view has begun: nothing has been proposed in it but what its NEW-VIEW demands, and its primary may not know of the rest. */
export function renewWaiting(step: Step, proposed: Batch): void {
  const { state } = step;
  for (const waiting of state.waiting) {
    const { signer: client, body } = waiting.request;
    waiting.isProposed = proposed.some(
      (request) => request.signer === client && request.body.number === body.number,
    );
  }
  if (isPrimary(state)) return;
  const primary = primaryOf(state.group, state.view);
  for (const { request } of state.waiting.slice(0, handedOnMax))
    send(step, primary, { type: 'request', request });
}
