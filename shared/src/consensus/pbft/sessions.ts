import type { Index } from '../../core/index.js';
import { decodeLogCommand, encodeAnswer, type LogCommand } from '../../store/index.js';
import { WireError } from '../../wire/index.js';
import { type Request, type SessionOwner, sessionOwnersMax } from './messages.js';

/** What is given to the store for an operation, and the answer where that is not the store's. */
export type Admitted = { readonly command: Uint8Array | null; readonly ownAnswer: Uint8Array | null };

const expired = encodeAnswer({ kind: 'session-expired' });

/**
 * Whether an operation may reach the store at `index`. The store knows sessions by number alone, and any signer could name any:
 * only who opened one speaks in it. A request to open one that is executed again opens no second one. Follows from what was
 * executed before, so all replicas agree.
 */
export function admit(sessions: SessionOwner[], request: Request, at: number, index: Index): Admitted {
  const operation = request.body.operations[at] ?? new Uint8Array();
  const command = readCommand(operation);
  // What is no command of the store changes nothing, and has the store's answer for that.
  if (command === null) return { command: operation, ownAnswer: null };
  const { signer: client, body } = request;
  if (command.kind === 'openSession') {
    const known = sessions.find(
      (owner) => owner.client === client && owner.number === body.number && owner.at === at,
    );
    if (known !== undefined) {
      return { command: null, ownAnswer: encodeAnswer({ kind: 'opened', session: known.session }) };
    }
    add(sessions, { session: index, client, number: body.number, at, usedAt: index });
    return { command: operation, ownAnswer: null };
  }
  const place = sessions.findIndex(({ session }) => session === command.session);
  const owner = sessions[place];
  if (owner === undefined || owner.client !== client) return { command: null, ownAnswer: expired };
  sessions[place] = { ...owner, usedAt: index };
  return { command: operation, ownAnswer: null };
}

/** Forgets the one that was used longest ago where there are too many; the store has forgotten it before. */
function add(sessions: SessionOwner[], owner: SessionOwner): void {
  sessions.push(owner);
  if (sessions.length <= sessionOwnersMax) return;
  let oldest = 0;
  sessions.forEach(({ usedAt }, i) => {
    if (usedAt < (sessions[oldest]?.usedAt ?? 0)) oldest = i;
  });
  sessions.splice(oldest, 1);
}

function readCommand(operation: Uint8Array): LogCommand | null {
  try {
    return decodeLogCommand(operation);
  } catch (error) {
    if (error instanceof WireError) return null;
    throw error;
  }
}
