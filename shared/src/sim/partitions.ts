import { crashesTolerated, type NodeId, nextChance, nextInt, pick, type RandomState } from '../core/index.js';
import { shuffled } from './draw.js';

export const partitionShapes = [
  'split',
  'isolated-node',
  'minority',
  'bridge',
  'ring',
  'single-links',
] as const;
export type PartitionShape = (typeof partitionShapes)[number];
/** A link in one direction. */
export type LinkName = readonly [from: NodeId, to: NodeId];

/**
 * The links that a partition of a shape cuts; `isOneWay` cuts each pair in one direction alone. With `nodes` in an order
 * drawn anew:
 * - `split`: two sides of any size; `isolated-node`: one against all; `minority`: as many as may fail, against the rest
 * - `bridge`: two sides that only one node sees both of
 * - `ring`: each sees the node before it and the one after it
 * - `single-links`: any pairs
 */
export function drawPartition(
  random: RandomState,
  nodes: readonly NodeId[],
  shape: PartitionShape,
  isOneWay: boolean,
): LinkName[] {
  const order = shuffled(random, nodes);
  const separates = separation(random, order.length, shape);
  const towardsSecond = nextChance(random, 0.5);
  const cuts: LinkName[] = [];
  order.forEach((first, i) => {
    order.slice(i + 1).forEach((second, k) => {
      if (!separates(i, i + 1 + k)) return;
      // Sides are apart in the same direction; links that were drawn singly, each in its own.
      const forward = shape === 'single-links' ? nextChance(random, 0.5) : towardsSecond;
      if (!isOneWay || forward) cuts.push([first, second]);
      if (!isOneWay || !forward) cuts.push([second, first]);
    });
  });
  return cuts;
}

/** Whether the nodes at two places of the order, the first before the second, are apart. */
function separation(
  random: RandomState,
  count: number,
  shape: PartitionShape,
): (first: number, second: number) => boolean {
  switch (shape) {
    case 'split':
      return apart(nextInt(random, 1, Math.max(1, count - 1)));
    case 'isolated-node':
      return apart(1);
    case 'minority':
      return apart(Math.max(1, crashesTolerated(count)));
    case 'bridge': {
      const bridge = Math.floor(count / 2);
      return (first, second) => first < bridge && second > bridge;
    }
    case 'ring':
      return (first, second) => second - first > 1 && !(first === 0 && second === count - 1);
    case 'single-links': {
      const chance = pick(random, [0.1, 0.3, 0.6]);
      return () => nextChance(random, chance);
    }
  }
}

function apart(sideSize: number): (first: number, second: number) => boolean {
  return (first, second) => first < sideSize && second >= sideSize;
}
