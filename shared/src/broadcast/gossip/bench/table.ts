import { type FanOutTrial, type Figures, mean, type OverlayTrial, runFanOut, runOverlay } from './trial.js';

/** One size of overlay and one part of it that fails, over some seeds. */
export type Cell = {
  readonly nodes: number;
  readonly failing: number;
  readonly overlay: readonly OverlayTrial[];
  readonly fanOut: readonly FanOutTrial[];
};

/** One line of the table: means over seeds, `reliabilityMin` the worst of all broadcasts. */
export type Row = Figures & {
  readonly nodes: number;
  /** `stable`, or the part that has failed, before (`at once`) and after the overlay was repaired (`healed`). */
  readonly when: string;
  readonly how: 'plumtree' | 'flooding' | 'fan-out';
};

export function measureCell(
  nodes: number,
  failing: number,
  seeds: readonly number[],
  onSeed: (seed: number) => void,
): Cell {
  const overlay: OverlayTrial[] = [];
  const fanOut: FanOutTrial[] = [];
  for (const seed of seeds) {
    overlay.push(runOverlay({ nodes, seed, failing }));
    fanOut.push(runFanOut({ nodes, seed, failing }));
    onSeed(seed);
  }
  return { nodes, failing, overlay, fanOut };
}

/** The lines of one size: the stable overlay, which is the same whatever fails later, once; then each part that fails. */
export function rowsOf(cells: readonly Cell[]): readonly Row[] {
  const [first] = cells;
  if (first === undefined) return [];
  const { nodes } = first;
  const rows: Row[] = [
    row(
      nodes,
      'stable',
      'plumtree',
      first.overlay.map(({ stable }) => stable),
    ),
    row(
      nodes,
      'stable',
      'flooding',
      first.overlay.map(({ stableFlooding }) => stableFlooding),
    ),
    row(
      nodes,
      'stable',
      'fan-out',
      first.fanOut.map(({ stable }) => stable),
    ),
  ];
  for (const { failing, overlay, fanOut } of cells) {
    const part = `${Math.round(100 * failing)} % fail`;
    rows.push(
      row(
        nodes,
        `${part}, at once`,
        'plumtree',
        overlay.map(({ atOnce }) => atOnce),
      ),
      row(
        nodes,
        `${part}, at once`,
        'fan-out',
        fanOut.map(({ atOnce }) => atOnce),
      ),
      row(
        nodes,
        `${part}, healed`,
        'plumtree',
        overlay.map(({ healed }) => healed),
      ),
      row(
        nodes,
        `${part}, healed`,
        'flooding',
        overlay.map(({ healedFlooding }) => healedFlooding),
      ),
      row(
        nodes,
        `${part}, healed`,
        'fan-out',
        fanOut.map(({ healed }) => healed),
      ),
    );
  }
  return rows;
}

function row(nodes: number, when: string, how: Row['how'], all: readonly Figures[]): Row {
  const over = (pick: (figures: Figures) => number): number => mean(all.map(pick));
  return {
    nodes,
    when,
    how,
    broadcasts: all.reduce((sum, { broadcasts }) => sum + broadcasts, 0),
    reliability: over(({ reliability }) => reliability),
    reliabilityMin: Math.min(...all.map(({ reliabilityMin }) => reliabilityMin)),
    redundancy: over(({ redundancy }) => redundancy),
    lastHop: over(({ lastHop }) => lastHop),
    control: over(({ control }) => control),
  };
}
