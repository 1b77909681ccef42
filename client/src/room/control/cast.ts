import { createIdentity } from '../../node/index.js';
import { createDocument } from '../document.js';
import { applyChange, type Change } from './changes.js';
import { foundRoom, type RoomVersion, type Signer, signNext } from './signed.js';

/** For tests: a room, and people with real keys in it. */

export const code = 'maple-otter-42';

/** Somebody with a key of their own. */
export async function person(): Promise<Signer> {
  const { nodeId, publicKey, sign } = await createIdentity();
  return { node: nodeId, publicKey, sign };
}

export function open(host: Signer): Promise<RoomVersion> {
  return foundRoom(host, createDocument(code, host.node, 1_000));
}

/** `change` on top of `base`, signed by `signer`, whether or not it may. */
export function changed(
  base: RoomVersion,
  signer: Signer,
  change: Change,
  atMs = 2_000,
): Promise<RoomVersion> {
  const { document, coHosts } = applyChange(base, change, signer.node, atMs);
  return signNext(signer, base, document, coHosts);
}
