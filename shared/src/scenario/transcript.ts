import type { NodeId } from '../core/index.js';

/** What is told of one step at most: whoever reads a transcript wants a story, not a log. */
export const linesPerStepMax = 200;
/** The same at several nodes within this time is one line: an answer of each takes about so long. */
const foldWithinMs = 5;

type Line = { readonly atMs: number; readonly nodes: NodeId[]; readonly to: NodeId[]; readonly text: string };

/** Collects what happens in one step, and folds what says the same. */
export class StepTranscript {
  readonly #lines: Line[] = [];
  #more = 0;

  /** Something that happened at a node; `to`: a message that it sent there. */
  add(atMs: number, node: NodeId, text: string, to: NodeId | null = null): void {
    const folds = to === null ? this.#sameElsewhere(atMs, node, text) : this.#sentBefore(node, to, text);
    if (folds !== undefined) {
      if (!folds.nodes.includes(node)) folds.nodes.push(node);
      if (to !== null && !folds.to.includes(to)) folds.to.push(to);
    } else if (this.#lines.length >= linesPerStepMax) this.#more += 1;
    else this.#lines.push({ atMs, nodes: [node], to: to === null ? [] : [to], text });
  }

  lines(): readonly string[] {
    const lines = this.#lines.map(({ atMs, nodes, to, text }) => {
      const way = to.length === 0 ? '' : ` -> ${sorted(to)}`;
      return `${Math.round(atMs)}ms ${sorted(nodes)}${way}: ${text}`;
    });
    return this.#more === 0 ? lines : [...lines, `and ${this.#more} more`];
  }

  /** A line that another node may join: what happened at that node stays in its order. */
  #sameElsewhere(atMs: number, node: NodeId, text: string): Line | undefined {
    const at = this.#lines.findLastIndex((line) => line.text === text && line.to.length === 0);
    const line = this.#lines[at];
    if (line === undefined || atMs - line.atMs > foldWithinMs || line.nodes.includes(node)) return undefined;
    return this.#lines.slice(at + 1).some(({ nodes }) => nodes.includes(node)) ? undefined : line;
  }

  /** Heartbeats and repetitions are told once a step: one line for what goes to several, or comes from several. */
  #sentBefore(node: NodeId, to: NodeId, text: string): Line | undefined {
    const isOnly = (ids: readonly NodeId[], id: NodeId): boolean => ids.length === 1 && ids[0] === id;
    const sent = this.#lines.filter((line) => line.to.length > 0 && line.text === text);
    return sent.find((line) => isOnly(line.nodes, node) || isOnly(line.to, to));
  }
}

function sorted(ids: readonly NodeId[]): string {
  return [...ids].sort().join(' ');
}
