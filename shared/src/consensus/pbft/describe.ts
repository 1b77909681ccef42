import type { MessageInfo } from '../../core/index.js';
import type { PbftMessage, ProposalBody } from './messages.js';

/** Digits of a digest that a person compares. */
const shownDigits = 8;

/** What the screen shows of a message. */
export function describe(message: PbftMessage): MessageInfo {
  const { type } = message;
  const kind = type.charAt(0).toUpperCase() + type.slice(1);
  const base = { kind, reign: 0, entries: 0 };
  switch (message.type) {
    case 'request': {
      const { signer, body } = message.request;
      const { number, operations } = body;
      return { ...base, entries: operations.length, summary: { client: signer, number } };
    }
    case 'prePrepare':
      return { ...base, ...proposed(message.prePrepare.body), entries: message.batch.length };
    case 'prepare':
      return { ...base, ...proposed(message.prepare.body) };
    case 'commit':
      return { ...base, ...proposed(message) };
    case 'reply': {
      const { view, number, tentative } = message;
      return { ...base, reign: view, answer: 'yes', summary: { number, tentative } };
    }
    case 'read':
      return { ...base, summary: { number: message.number } };
    case 'readReply':
      return { ...base, reign: message.view, answer: 'yes', summary: { number: message.number } };
    case 'checkpoint': {
      const [first] = message.checkpoints;
      const { sequence, digest } = first?.body ?? { sequence: 0, digest: '' };
      return {
        ...base,
        summary: { sequence, digest: shown(digest), statements: message.checkpoints.length },
      };
    }
    case 'viewChange': {
      const { view, stable, prepared } = message.viewChange.body;
      const summary = { of: message.viewChange.signer, stable: stable.sequence, prepared: prepared.length };
      return { ...base, reign: view, entries: prepared.length, summary };
    }
    case 'newView': {
      const { view, viewChanges, prePrepares } = message.newView.body;
      const summary = { viewChanges: viewChanges.length, prePrepares: prePrepares.length };
      return { ...base, reign: view, entries: prePrepares.length, summary };
    }
    case 'batch':
      return { ...base, entries: message.batch.length, summary: { requests: message.batch.length } };
    case 'status': {
      const { view, isActive, stable, executed, missing } = message;
      return { ...base, reign: view, summary: { isActive, stable, executed, missing: missing.length } };
    }
    case 'fetch':
      return { ...base, summary: { sequence: message.sequence } };
    case 'state':
      return { ...base, summary: { sequence: message.checkpoint.sequence } };
  }
}

function proposed({ view, sequence, digest }: ProposalBody): Pick<MessageInfo, 'reign' | 'summary'> {
  return { reign: view, summary: { sequence, digest: shown(digest) } };
}

function shown(digest: string): string {
  return digest.slice(0, shownDigits);
}
