import { assert, type NodeId } from '../../../core/index.js';
import type { Tree } from '../state.js';
import { type OverlayStep, remove } from '../step.js';

/** Algorithm 3, NeighborUp: a new link is eager until it proves superfluous. */
export function neighbourUp({ state }: OverlayStep, node: NodeId): void {
  const { tree } = state;
  assert(!isNeighbour(tree, node), 'a neighbour comes up once');
  tree.eager.push(node);
}

/** Algorithm 3, NeighborDown. */
export function neighbourDown({ state }: OverlayStep, node: NodeId): void {
  const { tree } = state;
  const was = remove(tree.eager, node) || remove(tree.lazy, node);
  assert(was, 'only a neighbour goes down');
  delete tree.answers[node];
}

export function isNeighbour({ eager, lazy }: Tree, node: NodeId): boolean {
  return eager.includes(node) || lazy.includes(node);
}

/** The link becomes part of the tree; nothing for who is no neighbour. */
export function makeEager({ eager, lazy }: Tree, node: NodeId): void {
  if (remove(lazy, node)) eager.push(node);
}

/** The link leaves the tree and carries announcements alone. */
export function makeLazy({ eager, lazy }: Tree, node: NodeId): void {
  if (remove(eager, node)) lazy.push(node);
}
