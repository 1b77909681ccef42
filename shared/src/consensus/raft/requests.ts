import type { Index, NodeId, Outcome } from '../../core/index.js';
import type { ClientRequest, ClientResponse, ControlRefusal } from './messages.js';
import type { ControlAsker, LeaderRole } from './state.js';
import { respond, type Step } from './step.js';

type Addressed = { readonly client: NodeId; readonly response: ClientResponse };

/** Answers many requests with one message for each client. */
function respondAll(step: Step, answers: readonly Addressed[]): void {
  const byClient = new Map<NodeId, ClientResponse[]>();
  for (const { client, response } of answers) {
    const responses = byClient.get(client);
    if (responses === undefined) byClient.set(client, [response]);
    else responses.push(response);
  }
  for (const [client, responses] of byClient) respond(step, client, responses);
}

/** Asks for the same requests again: here they were not taken. */
export function answerRetry(step: Step, client: NodeId, requests: readonly ClientRequest[]): void {
  respond(
    step,
    client,
    requests.map(({ request }) => ({ request, status: 'retry' })),
  );
}

/** Section 6.3: the leader responds once the entry has been applied. */
export function answerExecuted(step: Step, leader: LeaderRole, outcomes: readonly Outcome[]): void {
  const { writes } = leader;
  const answers: Addressed[] = [];
  let done = 0;
  for (const { index, result } of outcomes) {
    const write = writes[done];
    if (write?.index !== index) continue;
    done += 1;
    answers.push({ client: write.client, response: { request: write.request, status: 'ok', result } });
  }
  writes.splice(0, done);
  respondAll(step, answers);
}

/** The store has answered a read whose index had been confirmed. */
export function answerQueried(step: Step, leader: LeaderRole, query: number, result: Uint8Array): void {
  const at = leader.queries.findIndex((pending) => pending.query === query);
  const pending = leader.queries[at];
  if (pending === undefined) return;
  leader.queries.splice(at, 1);
  respond(step, pending.client, [{ request: pending.request, status: 'ok', result }]);
}

/** A leader that leads no more can't tell what becomes of these: the client asks the next one. */
export function answerAllRetry(step: Step, leader: LeaderRole): void {
  const { writes, confirming, waiting, queries, change, transfer } = leader;
  const asked = [...(change?.askers ?? []), ...(transfer?.askers ?? [])];
  const open = [...writes, ...confirming, ...waiting, ...queries, ...asked];
  respondAll(
    step,
    open.map(({ client, request }) => ({ client, response: { request, status: 'retry' } })),
  );
}

/** Administrators who wait for one change at a time; more are told to come again. */
const askersMax = 64;

/** Adds who asks for what is under way already. Answers false when there are too many. */
export function addAsker(askers: ControlAsker[], asker: ControlAsker): boolean {
  const isKnown = askers.some(({ client, request }) => client === asker.client && request === asker.request);
  if (!isKnown && askers.length >= askersMax) return false;
  if (!isKnown) askers.push(asker);
  return true;
}

export type ControlAnswer = 'done' | 'retry' | 'busy' | ControlRefusal;

export function answerControl(step: Step, askers: readonly ControlAsker[], answer: ControlAnswer): void {
  for (const { client, request } of askers) respond(step, client, [controlResponse(request, answer)]);
}

function controlResponse(request: number, answer: ControlAnswer): ClientResponse {
  switch (answer) {
    case 'done':
      return { request, status: 'ok', result: new Uint8Array() };
    case 'retry':
    case 'busy':
      return { request, status: answer };
    default:
      return { request, status: 'refused', reason: answer };
  }
}

/** Requests that wait for something here, of all kinds. */
export function openRequests(leader: LeaderRole): number {
  return leader.writes.length + leader.confirming.length + leader.waiting.length + leader.queries.length;
}

/** Where `writes` begins to hold entries of the next append. */
export function track(
  leader: LeaderRole,
  client: NodeId,
  requests: readonly ClientRequest[],
  firstIndex: Index,
): void {
  requests.forEach(({ request }, i) => {
    leader.writes.push({ index: firstIndex + i, client, request });
  });
}
