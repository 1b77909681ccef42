import type { Unproven } from '../api/types.js';
import type { Mesh } from '../mesh/index.js';

const entriesMax = 16;

/** The last times that somebody who was reached as a tab of this room was not taken for it; the same again is one entry. */
export class UnprovenLog {
  #entries: readonly Unproven[] = [];

  constructor(mesh: Pick<Mesh, 'on'>, nowMs: () => number = Date.now) {
    mesh.on({
      onUnproven: (node, problem, way) => {
        const via = way.by === 'tab' ? way.tab : null;
        console.warn(
          `no link to ${node} (${problem}); its signals came by ${via === null ? 'the signaling server' : `the tab ${via}`}`,
        );
        const same = this.#entries.find(
          (entry) => entry.node === node && entry.problem === problem && entry.via === via,
        );
        const others = this.#entries.filter((entry) => entry !== same);
        const entry = { node, problem, via, atMs: nowMs(), times: (same?.times ?? 0) + 1 };
        this.#entries = [...others, entry].slice(-entriesMax);
      },
    });
  }

  /** The newest last. */
  get entries(): readonly Unproven[] {
    return this.#entries;
  }
}
