import { useMemo } from 'preact/hooks';
import type { TabInfo } from '../../api/types.js';
import { strings } from '../../strings/index.js';
import { bareRing, type Point, towards } from '../model/geometry.js';
import { eligible } from '../model/voters.js';
import { rootFontPx } from '../parts/font.js';
import { useSize } from '../parts/useSize.js';
import { useScreen } from '../screen.js';

type LinkLook = 'up' | 'relayed' | 'forming' | 'none';

/** How the link between two tabs looks, as far as this tab has heard. `isFull`: each tab is to be linked to each. */
function linkBetween(a: TabInfo, b: TabInfo, isFull: boolean): LinkLook {
  const other = a.self ? b : b.self ? a : null;
  if (other !== null) {
    if (other.link === 'direct') return 'up';
    if (other.link === 'relayed') return 'relayed';
    return other.link === 'closed' || other.link === 'indirect' ? 'none' : 'forming';
  }
  if (a.links === undefined && b.links === undefined) return 'none';
  if (a.links?.includes(b.id) === true || b.links?.includes(a.id) === true) return 'up';
  return isFull ? 'forming' : 'none';
}

const reached: ReadonlySet<TabInfo['link']> = new Set(['self', 'direct', 'relayed', 'indirect'] as const);

/** The ring of tabs with the links between them forming. */
export function Mesh(props: { readonly voters: readonly string[] }) {
  const screen = useScreen();
  const text = strings.value.lobby;
  const { ref, size } = useSize<HTMLDivElement>();
  const tabs = eligible(screen.tabs);
  const there = tabs.filter((tab) => reached.has(tab.link));
  const isFull = tabs.every((tab) => tab.link !== 'indirect');
  const fontPx = rootFontPx();
  const disc = Math.max(8, Math.min(1.36 * fontPx, (size.width + size.height) / (1.6 * tabs.length)));
  const places = useMemo(
    () => bareRing(tabs.length, size.width, size.height, disc),
    [tabs.length, size, disc],
  );
  return (
    <section class="panel mesh" aria-label={text.mesh}>
      <header>
        <h2>{text.mesh}</h2>
        <p>{text.reachable(there.length, tabs.length)}</p>
      </header>
      <div class="arena" ref={ref}>
        {size.width > 0 && (
          <svg class="ring" width={size.width} height={size.height} role="img" aria-label={text.mesh}>
            {tabs.flatMap((a, i) =>
              tabs.slice(i + 1).map((b, j) => {
                const from = places[i];
                const to = places[i + 1 + j];
                const look = linkBetween(a, b, isFull);
                if (from === undefined || to === undefined || look === 'none') return null;
                return <MeshLink key={`${a.id}:${b.id}`} from={from} to={to} look={look} disc={disc} />;
              }),
            )}
            {tabs.map((tab, i) => {
              const at = places[i];
              if (at === undefined) return null;
              const isLinked = there.includes(tab);
              const look = props.voters.includes(tab.id) ? 'votes' : 'watches';
              return (
                <g
                  key={tab.id}
                  class={`tab-disc ${look} ${isLinked ? '' : 'forming'}`}
                  transform={`translate(${at.x} ${at.y})`}
                >
                  <circle r={disc} />
                  <text style={{ fontSize: `${disc * 0.8}px` }}>{initial(tab.name)}</text>
                  <title>{tab.name}</title>
                </g>
              );
            })}
          </svg>
        )}
      </div>
      <p class="why legend-line">{text.meshLegend.join('  ·  ')}</p>
    </section>
  );
}

function MeshLink(props: {
  readonly from: Point;
  readonly to: Point;
  readonly look: LinkLook;
  readonly disc: number;
}) {
  const start = towards(props.from, props.to, props.disc);
  const end = towards(props.to, props.from, props.disc);
  return <line class={`mesh-link ${props.look}`} x1={start.x} y1={start.y} x2={end.x} y2={end.y} />;
}

/** The first letter of a name, whole even where it is more than one code unit. */
export function initial(name: string): string {
  return [...name.trim()][0]?.toUpperCase() ?? '?';
}
