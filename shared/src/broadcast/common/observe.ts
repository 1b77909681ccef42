import type { NodeId } from '../../core/index.js';

/** Origins that the screen lists; of more only the sum. */
const originsMax = 64;

/** How many broadcasts were delivered, all together and of each origin. */
export function deliveredShown(counts: readonly (readonly [origin: NodeId, delivered: number])[]): {
  readonly [name: string]: number;
} {
  const shown: { [name: string]: number } = {
    delivered: counts.reduce((sum, [, delivered]) => sum + delivered, 0),
  };
  for (const [origin, delivered] of counts.slice(0, originsMax)) shown[`delivered of ${origin}`] = delivered;
  return shown;
}
