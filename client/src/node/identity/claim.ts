import type { NodeId } from '@quorate/shared/core';
import { hasDisk as hasKeptDisk, removeDisk } from '../disk/index.js';
import { generateKeys, nodeIdOf, type StoredKeys, signWith } from '../keys/index.js';
import { type Hold, takeHold } from './hold.js';
import { nextName } from './names.js';
import { identityStore, type KeptRecord } from './store.js';

/** A key pair that no room knows yet. */
export type FreshIdentity = {
  readonly nodeId: NodeId;
  /** Ed25519, 32 bytes. */
  readonly publicKey: Uint8Array<ArrayBuffer>;
  sign(bytes: Uint8Array): Promise<Uint8Array>;
  readonly keys: StoredKeys;
};

/** Who this tab is, held by it alone until `release` or its end. `keys` are for its worker, which signs for the lab. */
export type Identity = FreshIdentity & {
  readonly room: string;
  /** The name asked for, or the first one with a number that no live tab of this browser holds. */
  readonly name: string;
  /** Rises with each tab that becomes this node: the fence of its disk. */
  readonly generation: number;
  /** Lets go of the identity; the disk must have been closed before. */
  release(): void;
};

export type Claim = {
  readonly identity: Identity;
  /** Whether this node was here before; `disk-lost`: it was, but without its disk it can't come back, so this is a new one. */
  readonly origin: 'new' | 'returning' | 'disk-lost';
};

export type ClaimOptions = {
  readonly room: string;
  readonly name: string;
  /** The node to be, when the room was opened under its id: one kept under this room and name is replaced. */
  readonly fresh?: FreshIdentity;
  /** Whether this browser keeps the node's disk; for tests. */
  readonly hasDisk?: (nodeId: NodeId) => Promise<boolean>;
  /** A former holder may be alive or dead: its lock has to come free, or on plain http its lease to run out. */
  readonly onWaiting?: (waiting: { readonly name: string; readonly remainingMs: number }) => void;
  /** On plain http: this tab had slept, another has become the node, and this one must stop. */
  readonly onSucceeded?: () => void;
};

/** A tab with so many numbered names before it is no classroom's. */
const namesMax = 200;

export class TooManyTabs extends Error {
  override readonly name = 'TooManyTabs';
}

/** Makes a node that is in no room yet. `claimIdentity` keeps it. */
export async function createIdentity(): Promise<FreshIdentity> {
  return withKeys(await generateKeys());
}

/**
 * Becomes the node that this browser keeps for the room and name; a new one where there is none, or when its disk is
 * gone. While a live tab is that node, the next number is tried ("tiger 2"). Takes up to 6 s where a holder says nothing: it
 * is frozen, or on plain http it was killed. Throws `TooManyTabs`, and what IndexedDB throws.
 */
export async function claimIdentity(options: ClaimOptions): Promise<Claim> {
  let name = options.name;
  for (let tries = 0; tries < namesMax; tries += 1, name = nextName(name)) {
    const asked = name;
    const hold = await takeHold({
      room: options.room,
      name,
      onWaiting: (remainingMs) => options.onWaiting?.({ name: asked, remainingMs }),
      onSucceeded: options.onSucceeded,
    });
    if (hold === null) continue;
    try {
      return await become(name, hold, options);
    } catch (error) {
      hold.release();
      throw error;
    }
  }
  throw new TooManyTabs(`all names up to ${name} are taken by tabs of this browser`);
}

async function become(name: string, hold: Hold, options: ClaimOptions): Promise<Claim> {
  const { room, fresh, hasDisk = hasKeptDisk } = options;
  const kept = await (await identityStore()).get('identities', [room, name]);
  if (kept !== undefined && fresh !== undefined && kept.nodeId !== fresh.nodeId)
    await removeDisk(kept.nodeId);
  const returns = kept !== undefined && fresh === undefined && (await hasDisk(kept.nodeId));
  const keys = returns ? kept : (fresh?.keys ?? (await generateKeys()));
  const { publicKey: storedPublicKey, privateKey } = keys;
  const stored: StoredKeys = { publicKey: storedPublicKey, privateKey };
  const node = withKeys(stored);
  const record: KeptRecord = {
    ...stored,
    room,
    name,
    nodeId: node.nodeId,
    lastUsedMs: Date.now(),
  };
  const database = await identityStore();
  const transaction = database.transaction('identities', 'readwrite', { durability: 'strict' });
  await Promise.all([transaction.store.put(record), transaction.done]);
  const { nodeId, publicKey, sign } = node;
  const { generation } = hold;
  return {
    identity: {
      nodeId,
      publicKey,
      sign,
      keys: stored,
      room,
      name,
      generation,
      release: () => hold.release(),
    },
    origin: returns ? 'returning' : kept === undefined || fresh !== undefined ? 'new' : 'disk-lost',
  };
}

function withKeys(keys: StoredKeys): FreshIdentity {
  const { publicKey } = keys;
  return { nodeId: nodeIdOf(publicKey), publicKey, sign: (bytes) => signWith(keys, bytes), keys };
}
