import { DiskError } from '@quorate/shared/host';
import { removeDisk } from '../../../client/src/node/disk/index.js';
import {
  type Claim,
  type ClaimOptions,
  claimIdentity,
  createIdentity,
  forgetIdentity,
  IdentityHeld,
  keptIdentities,
  nodeIdOf,
  verify,
} from '../../../client/src/node/identity/index.js';
import { RemoteDisk } from '../disk/remote-disk.js';

/*
 * A tab that becomes a node and opens its disk in a worker, as the app does. With ?room=ROOM&name=NAME it does so at
 * once, as by a link.
 */
let claimed: Claim | null = null;
let disk: RemoteDisk | null = null;
let waited = 0;
let succeeded = false;

type Outcome = {
  readonly nodeId: string;
  readonly name: string;
  readonly origin: Claim['origin'];
  readonly generation: number;
  readonly disk: string;
  /** How often the page was told that it waits for a lease. */
  readonly waited: number;
};

async function become(options: ClaimOptions): Promise<Outcome> {
  const claim = await claimIdentity({
    ...options,
    onWaiting: () => {
      waited += 1;
    },
    onSucceeded: () => {
      succeeded = true;
    },
  });
  claimed = claim;
  const { nodeId, name, generation } = claim.identity;
  disk = new RemoteDisk();
  const opened = await disk.start('any', nodeId, generation, claim.origin === 'returning');
  return {
    nodeId,
    name,
    origin: claim.origin,
    generation,
    disk: `${opened.kind} ${opened.created ? 'created' : 'found'}`,
    waited,
  };
}

const query = new URLSearchParams(location.search);
const room = query.get('room');
const byLink = room === null ? null : become({ room, name: query.get('name') ?? '' });

const harness = {
  /** Who this tab has become by its link. */
  me: () => {
    if (byLink === null) throw new Error('this page has no room');
    return byLink;
  },
  claim: (options: ClaimOptions) => become(options),
  /** Opens a room: the key comes before the code. */
  open: async (code: string, name: string) => {
    const fresh = await createIdentity();
    const outcome = await become({ room: code, name, fresh });
    return { ...outcome, fresh: fresh.nodeId };
  },
  /** Whether the tab's signature proves its id, and nothing else. */
  signs: async (): Promise<boolean> => {
    if (claimed === null) return false;
    const { publicKey, nodeId, sign } = claimed.identity;
    const signature = await sign(Uint8Array.of(1, 2, 3));
    return (
      nodeIdOf(publicKey) === nodeId &&
      (await verify(publicKey, Uint8Array.of(1, 2, 3), signature)) &&
      !(await verify(publicKey, Uint8Array.of(1, 2, 4), signature))
    );
  },
  succeeded: () => succeeded,
  write: (): Promise<string> =>
    new Promise((resolve) => {
      disk?.open('a', () => {
        disk?.write('a', [{ kind: 'set', key: 'k', value: Uint8Array.of(1) }], (error) =>
          resolve(error instanceof DiskError ? error.code : String(error)),
        );
      });
    }),
  leave: (): Promise<void> =>
    new Promise((resolve) => {
      disk?.close(() => {
        claimed?.identity.release();
        resolve();
      });
    }),
  kept: () => keptIdentities(),
  forget: async (code: string, name: string): Promise<string> => {
    try {
      await forgetIdentity(code, name);
      return 'ok';
    } catch (error) {
      return error instanceof IdentityHeld ? 'held' : String(error);
    }
  },
  removeDisk,
  hasLocks: () => 'locks' in navigator,
};

export type Harness = typeof harness;

Object.assign(globalThis, { harness });
