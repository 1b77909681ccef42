import type { IdentityPort } from '../../mesh/index.js';
import { nodeIdOf, verify } from '../keys/index.js';
import type { FreshIdentity } from './claim.js';
import { Turns } from './turns.js';

/**
 * Who this tab is on its links in one room. Each signature and each check takes a turn of its own, or goes on beside the page
 * where there is WebCrypto. One that fails is reported, and its link then ends for want of a proof.
 */
export function linkIdentity(
  room: string,
  { publicKey, sign }: Pick<FreshIdentity, 'publicKey' | 'sign'>,
  turns = new Turns(),
): IdentityPort {
  const inTurn = <Answer>(ask: () => Promise<Answer>, done: (answer: Answer) => void): void =>
    turns.add(() => {
      ask().then(done, (cause: unknown) =>
        console.error('A proof for a link could not be worked out:', cause),
      );
    });
  return {
    room,
    publicKey,
    nodeIdOf,
    sign: (bytes, done) => inTurn(() => sign(bytes), done),
    verify: (key, bytes, signature, done) => inTurn(() => verify(key, bytes, signature), done),
  };
}
