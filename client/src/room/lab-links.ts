import type { NodeId } from '@quorate/shared/core';
import type { Mesh } from '../mesh/index.js';
import { linkFails } from './link-fails.js';

export type LabLinksContext = {
  readonly mesh: Pick<Mesh, 'want' | 'release' | 'links'>;
  /** Whether this tab's lab reaches that tab's: the link is up, and there is a lab at its other end. */
  readonly isUp: (peer: NodeId) => boolean;
  readonly isLabCrashed: (peer: NodeId) => boolean;
  /** A try has failed. */
  readonly onFail: (peer: NodeId) => void;
};

/** The links that this tab's lab asks for: wishes of the mesh in the name of the run and instance that asks. */
export class LabLinks {
  readonly #context: LabLinksContext;
  /** Those of which the lab has yet to hear whether they come up. */
  readonly #asked = new Set<NodeId>();

  constructor(context: LabLinksContext) {
    this.#context = context;
  }

  want(peer: NodeId, owner: string, wanted: boolean): void {
    const { mesh } = this.#context;
    const name = `lab/${owner}`;
    if (!wanted) return mesh.release(peer, name);
    mesh.want(peer, name);
    this.#asked.add(peer);
    this.look(peer);
  }

  /** Looks at a link of which something may have changed. The lab hears by itself of one that is up. */
  look(peer: NodeId): void {
    if (!this.#asked.has(peer)) return;
    const isUp = this.#context.isUp(peer);
    if (!isUp && !this.#hasFailed(peer)) return;
    this.#asked.delete(peer);
    if (!isUp) this.#context.onFail(peer);
  }

  #hasFailed(peer: NodeId): boolean {
    const { mesh, isLabCrashed } = this.#context;
    const state = mesh.links().get(peer)?.state;
    if (state === 'connecting') return false;
    // Or like a machine that is reached, and on which nothing listens.
    return linkFails(state) || isLabCrashed(peer);
  }
}
