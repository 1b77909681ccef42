import type { Effect, NodeId } from '../core/index.js';
import type { DetectorMessage, Update, Verdict } from './messages.js';
import type { DetectorState, Member } from './state.js';

/** One step under way: the state it changes, when it happens in awake time, and the effects so far. */
export type Step = {
  readonly state: DetectorState;
  readonly now: number;
  readonly effects: Effect<DetectorMessage>[];
};

export const heartbeatTimer = 'heartbeat';
/** Runs until the next silence has to be judged. */
export const judgeTimer = 'judge';

export function note(
  step: Step,
  code: string,
  data: { readonly [key: string]: string | number | boolean | null },
): void {
  step.effects.push({ type: 'note', code, data });
}

type Carried = 'incarnation' | 'accuses' | 'updates';
type Body = DetectorMessage extends infer Message
  ? Message extends DetectorMessage
    ? Omit<Message, Carried>
    : never
  : never;

/** Sends a message with what every message carries. */
export function send(step: Step, to: NodeId, body: Body): void {
  const { state } = step;
  const message = {
    ...body,
    incarnation: state.incarnation.current,
    accuses: accusation(state.members[to]),
    updates: takeUpdates(state, to),
  } as DetectorMessage;
  step.effects.push({ type: 'send', to, message });
}

function accusation(member: Member | undefined): Verdict | null {
  if (member === undefined || member.status === 'alive') return null;
  return { status: member.status, incarnation: member.incarnation };
}

/**
 * SWIM 4.1: what was sent least goes first, and each update on no more than its share of messages. What is said of the
 * receiver goes as an accusation instead, with every message, until it has been refuted.
 */
function takeUpdates(state: DetectorState, to: NodeId): Update[] {
  if (state.news.length === 0) return [];
  const { members, options } = state;
  const left = (node: NodeId): number => members[node]?.toSend ?? 0;
  // Stable: those that became known first, first.
  const chosen = state.news.filter((node) => node !== to).sort((a, b) => left(b) - left(a));
  const updates = chosen.slice(0, options.updatesMax).flatMap((node) => {
    const member = members[node];
    if (member === undefined) return [];
    member.toSend -= 1;
    return [{ node, status: member.status, incarnation: member.incarnation }];
  });
  state.news = state.news.filter((node) => left(node) > 0);
  return updates;
}

/** On how many messages an update goes: λ ln(n + 1), n counting the node itself. */
export function sendsOf({ members, options }: DetectorState): number {
  return Math.ceil(options.lambda * Math.log(Object.keys(members).length + 2));
}
