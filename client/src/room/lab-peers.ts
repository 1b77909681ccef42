import type { NodeId } from '@quorate/shared/core';
import type { Mesh } from '../mesh/index.js';
import type { Lab } from '../node/index.js';
import { LabLinks } from './lab-links.js';

export type LabPeersContext = {
  readonly mesh: Pick<Mesh, 'want' | 'release' | 'links'>;
  /** Null where the page only watches, and while the room is being set up. */
  readonly lab: () => Pick<Lab, 'peer' | 'linkFailed'> | null;
  /** Those to which this tab has an open link. */
  readonly linked: ReadonlySet<NodeId>;
  readonly isLabCrashed: (peer: NodeId) => boolean;
  readonly isRemoved: (peer: NodeId) => boolean;
  /** Whether a tab takes part in the run that this one takes part in; true where this one takes part in none. */
  readonly isWithUs: (peer: NodeId) => boolean;
};

/**
 * Whose lab this tab's lab can reach. To the labs, a crashed one is gone like a closed tab, though its page keeps the link; so
 * is a removed one, and one of another group.
 */
export class LabPeers {
  readonly #context: LabPeersContext;
  readonly #up = new Set<NodeId>();
  readonly #links: LabLinks;

  constructor(context: LabPeersContext) {
    this.#context = context;
    this.#links = new LabLinks({
      mesh: context.mesh,
      isUp: (peer) => this.#up.has(peer),
      isLabCrashed: context.isLabCrashed,
      onFail: (peer) => context.lab()?.linkFailed(peer),
    });
  }

  /** An instance asks for a link to `peer`, or lets it go. */
  want(peer: NodeId, owner: string, wanted: boolean): void {
    this.#links.want(peer, owner, wanted);
  }

  /** Looks at a tab of which something may have changed. */
  look(peer: NodeId): void {
    const { lab, linked, isLabCrashed, isRemoved, isWithUs } = this.#context;
    const isUp = linked.has(peer) && !isLabCrashed(peer) && !isRemoved(peer) && isWithUs(peer);
    if (isUp !== this.#up.has(peer)) {
      if (isUp) this.#up.add(peer);
      else this.#up.delete(peer);
      lab()?.peer(peer, isUp);
    }
    this.#links.look(peer);
  }

  /** Looks at all: who takes part in which run may be another. */
  lookAtAll(): void {
    for (const peer of new Set([...this.#up, ...this.#context.linked])) this.look(peer);
  }

  /** The link to `peer` is in another state. */
  linkChanged(peer: NodeId): void {
    this.#links.look(peer);
  }
}
