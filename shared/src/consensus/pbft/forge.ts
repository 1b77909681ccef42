import {
  type Forgery,
  type LiarContext,
  type Lie,
  type NodeId,
  nextInt,
  nextUint32,
  pick,
  type RandomState,
  type Reign,
  type Signed,
  serverInstance,
  type Word,
} from '../../core/index.js';
import { batchDigest, nullDigest } from './digests.js';
import type {
  Batch,
  Digest,
  NewViewMessage,
  PbftMessage,
  PrePrepareMessage,
  ProposalBody,
  ReplyMessage,
  ViewChangeMessage,
} from './messages.js';
import { nothingStable } from './state.js';

/** How PBFT's messages are made lies. */
export const forgery: Forgery<PbftMessage> = { wordOf, learn, forge, agree, impersonate };

function wordOf(message: PbftMessage, voters: readonly NodeId[]): Word {
  const leaderOf = (view: Reign): NodeId | null => voters[view % voters.length] ?? null;
  switch (message.type) {
    case 'prePrepare':
      return { kind: 'proposal', leader: leaderOf(message.prePrepare.body.view) };
    case 'prepare':
      return { kind: 'vote', leader: leaderOf(message.prepare.body.view) };
    case 'commit':
      return { kind: 'vote', leader: leaderOf(message.view) };
    case 'viewChange':
      return { kind: 'view-change', leader: leaderOf(message.viewChange.body.view) };
    case 'newView':
      return { kind: 'new-view', leader: leaderOf(message.newView.body.view) };
    case 'checkpoint':
      return { kind: 'checkpoint', leader: null };
    case 'reply':
    case 'readReply':
      return { kind: 'reply', leader: null };
    default:
      return { kind: 'other', leader: null };
  }
}

function learn(message: PbftMessage, { otherOrders }: LiarContext): void {
  if (message.type !== 'prePrepare') return;
  const { digest } = message.prePrepare.body;
  if (otherOrders.has(digest)) return;
  otherOrders.set(digest, batchDigest(inOtherOrder(message.batch)));
  const [oldest] = otherOrders.keys();
  if (otherOrders.size > ordersMax && oldest !== undefined) otherOrders.delete(oldest);
}

/** Proposals that a liar remembers. */
const ordersMax = 1_024;

/** Real requests, signed by their clients: one alone is simply there twice. */
function inOtherOrder(batch: Batch): Batch {
  return batch.length > 1 ? [...batch].reverse() : [...batch, ...batch];
}

function forge(message: PbftMessage, lie: Lie, context: LiarContext): PbftMessage | null {
  switch (message.type) {
    case 'prePrepare':
      return forgeProposal(message, lie, context);
    case 'prepare': {
      const { signer, body } = message.prepare;
      const changed = signer === context.self ? changedProposal(body, lie, context) : null;
      return changed === null ? null : { type: 'prepare', prepare: own(context, 'prepare', changed) };
    }
    case 'commit': {
      const { view, sequence, digest } = message;
      const changed = changedProposal({ view, sequence, digest }, lie, context);
      return changed === null ? null : { type: 'commit', ...changed };
    }
    case 'viewChange':
      return lie === 'left-out' ? forgeViewChange(message, context) : null;
    case 'newView':
      return lie === 'left-out' ? forgeNewView(message, context) : null;
    case 'checkpoint': {
      if (lie !== 'other-state') return null;
      const lies = message.checkpoints.map(({ signer, body, ...rest }) =>
        signer === context.self
          ? own(context, 'checkpoint', { ...body, digest: anyDigest(context.random) })
          : { signer, body, ...rest },
      );
      return { type: 'checkpoint', checkpoints: lies };
    }
    case 'reply':
      return lie === 'other-result' ? forgeReply(message, context.random) : null;
    case 'readReply':
      return lie === 'other-result'
        ? { ...message, result: otherBytes(message.result, context.random) }
        : null;
    default:
      return null;
  }
}

function forgeProposal(message: PrePrepareMessage, lie: Lie, context: LiarContext): PbftMessage | null {
  const { prePrepare } = message;
  if (prePrepare.signer !== context.self) return null;
  if (lie !== 'other-order') {
    const changed = changedProposal(prePrepare.body, lie, context);
    return changed === null ? null : { ...message, prePrepare: own(context, 'pre-prepare', changed) };
  }
  const batch = inOtherOrder(message.batch);
  const body = { ...prePrepare.body, digest: batchDigest(batch) };
  return { type: 'prePrepare', prePrepare: own(context, 'pre-prepare', body), batch };
}

function changedProposal(body: ProposalBody, lie: Lie, context: LiarContext): ProposalBody | null {
  const { random, otherOrders } = context;
  switch (lie) {
    case 'other-order': {
      const digest = otherOrders.get(body.digest);
      return digest === undefined ? null : { ...body, digest };
    }
    case 'other-digest':
      return { ...body, digest: anyDigest(random) };
    case 'other-sequence':
      return { ...body, sequence: Math.max(1, body.sequence + nextInt(random, -3, 3)) };
    default:
      return null;
  }
}

/** Keeps back what had prepared, or the checkpoint, or makes up a certificate that nobody has signed. */
function forgeViewChange({ viewChange }: ViewChangeMessage, context: LiarContext): PbftMessage | null {
  if (viewChange.signer !== context.self) return null;
  const { body } = viewChange;
  const { random, self, voters } = context;
  switch (nextInt(random, 0, 2)) {
    case 0:
      return { type: 'viewChange', viewChange: own(context, 'view-change', { ...body, prepared: [] }) };
    case 1: {
      const prepared = body.prepared.filter(() => nextInt(random, 0, 1) === 0);
      const stable = prepared.length === 0 ? nothingStable : body.stable;
      return { type: 'viewChange', viewChange: own(context, 'view-change', { ...body, stable, prepared }) };
    }
    default: {
      const sequence = (body.prepared.at(-1)?.prePrepare.body.sequence ?? body.stable.sequence) + 1;
      const made: ProposalBody = { view: Math.max(0, body.view - 1), sequence, digest: anyDigest(random) };
      const primary = voters[made.view % voters.length] ?? self;
      const prepares = voters
        .filter((voter) => voter !== primary)
        .map((voter) => (voter === self ? own(context, 'prepare', made) : unsigned(voter, 'prepare', made)));
      const prePrepare =
        primary === self ? own(context, 'pre-prepare', made) : unsigned(primary, 'pre-prepare', made);
      const prepared = [...body.prepared, { prePrepare, prepares }];
      return { type: 'viewChange', viewChange: own(context, 'view-change', { ...body, prepared }) };
    }
  }
}

/** Leaves out what had prepared, or puts the null request or nothing at all in its place. */
function forgeNewView({ newView }: NewViewMessage, context: LiarContext): PbftMessage | null {
  if (newView.signer !== context.self) return null;
  const { body } = newView;
  const isDropped = nextInt(context.random, 0, 1) === 0;
  const prePrepares = isDropped
    ? body.prePrepares.slice(0, -1)
    : body.prePrepares.map((each) => own(context, 'pre-prepare', { ...each.body, digest: nullDigest }));
  return { type: 'newView', newView: own(context, 'new-view', { ...body, prePrepares }) };
}

function forgeReply(message: ReplyMessage, random: RandomState): PbftMessage {
  const results = message.results.map(({ at, result }) => ({ at, result: otherBytes(result, random) }));
  return { ...message, results };
}

/** Votes in both phases, for whatever is proposed or voted for here, and without looking. */
function agree(message: PbftMessage, context: LiarContext): readonly PbftMessage[] {
  const body =
    message.type === 'prePrepare'
      ? message.prePrepare.body
      : message.type === 'prepare'
        ? message.prepare.body
        : null;
  if (body === null) return [];
  return [
    { type: 'prepare', prepare: own(context, 'prepare', body) },
    { type: 'commit', ...body },
  ];
}

function impersonate(message: PbftMessage, as: NodeId): PbftMessage | null {
  switch (message.type) {
    case 'prePrepare':
      return { ...message, prePrepare: unsigned(as, 'pre-prepare', message.prePrepare.body) };
    case 'prepare':
      return { ...message, prepare: unsigned(as, 'prepare', message.prepare.body) };
    case 'viewChange':
      return { ...message, viewChange: unsigned(as, 'view-change', message.viewChange.body) };
    case 'checkpoint':
      return {
        ...message,
        checkpoints: message.checkpoints.map(({ body }) => unsigned(as, 'checkpoint', body)),
      };
    default:
      return null;
  }
}

function own<Body>({ self }: LiarContext, statement: string, body: Body): Signed<Body> {
  return { signer: self, instance: serverInstance, statement, body, signature: null };
}

/** Signed by nobody: the best that can be done without another's key. */
function unsigned<Body>(signer: NodeId, statement: string, body: Body): Signed<Body> {
  return { signer, instance: serverInstance, statement, body, signature: new Uint8Array(8) };
}

function anyDigest(random: RandomState): Digest {
  let digest = '';
  for (let i = 0; i < 8; i++) digest += nextUint32(random).toString(16).padStart(8, '0');
  return digest;
}

function otherBytes(bytes: Uint8Array, random: RandomState): Uint8Array {
  const other = bytes.slice();
  const at = other.length === 0 ? 0 : nextInt(random, 0, other.length - 1);
  other[at] = (other[at] ?? 0) ^ pick(random, [1, 2, 4, 8]);
  return other;
}
