import { concerns, type FaultEntry } from '@quorate/shared/faults';
import { useMemo } from 'preact/hooks';
import { type Member, stateText } from '../members.js';
import { labelOffset, type Place, type Ring, ringOf, towards } from '../model/geometry.js';
import { DiscFace } from '../parts/DiscFace.js';
import { fitParts } from '../parts/fit-text.js';
import { rootFontPx } from '../parts/font.js';
import { useSize } from '../parts/useSize.js';
import { reignVar } from '../theme.js';

const nameEm = 0.95;
/** In a picture lower than this all is smaller, down to a least share; names stay larger than that, to be read. */
const roomyPx = 300;
const leastShare = 0.72;
const leastNameShare = 0.88;

type Props = { readonly members: readonly Member[]; readonly faults: readonly FaultEntry[] };

/** A group's ring in small: who is there, who leads, which links are cut. It moves nothing and is pressed as a whole. */
export function GroupRing(props: Props) {
  const { members } = props;
  const { ref, size } = useSize<HTMLDivElement>();
  const fontPx = rootFontPx() * Math.min(1, Math.max(leastShare, size.height / roomyPx));
  const ring = useMemo(
    () => ringOf(members.length, size.width, size.height, fontPx),
    [members.length, size, fontPx],
  );
  const words = members.map((member) => `${member.name}: ${stateText(member)}`).join(', ');
  return (
    <div class="group-ring" ref={ref}>
      {size.width > 0 && (
        <svg class="ring" width={ring.width} height={ring.height} role="img" aria-label={words}>
          <Links {...props} ring={ring} />
          {members.map((member, i) => {
            const at = ring.places[i];
            return at === undefined ? null : <Disc key={member.id} member={member} ring={ring} at={at} />;
          })}
        </svg>
      )}
    </div>
  );
}

function Links({ members, faults, ring }: Props & { readonly ring: Ring }) {
  const isCut = (a: string, b: string): boolean =>
    faults.some(({ fault }) => fault.kind === 'cut' && (concerns(fault, a, b) || concerns(fault, b, a)));
  return (
    <g class="links">
      {members.flatMap((a, i) =>
        members.slice(i + 1).map((b, j) => {
          const [from, to] = [ring.places[i], ring.places[i + 1 + j]];
          if (from === undefined || to === undefined) return null;
          const start = towards(from, to, ring.disc * 1.35);
          const end = towards(to, from, ring.disc * 1.35);
          return (
            <line
              key={`${a.id}:${b.id}`}
              class={isCut(a.id, b.id) ? 'link cut' : 'link'}
              x1={start.x}
              y1={start.y}
              x2={end.x}
              y2={end.y}
            />
          );
        }),
      )}
    </g>
  );
}

type DiscProps = { readonly member: Member; readonly ring: Ring; readonly at: Place };

function Disc({ member, ring, at }: DiscProps) {
  const { disc, fontPx } = ring;
  const reign = member.node?.observation?.reign ?? 0;
  const isBeside = at.label === 'left' || at.label === 'right';
  const namePx = Math.max(fontPx, rootFontPx() * leastNameShare) * nameEm;
  const offset = labelOffset(disc) - (isBeside ? 0 : disc * 0.2);
  const x = isBeside ? offset * (at.label === 'left' ? -1 : 1) : 0;
  const y = isBeside ? 0 : at.label === 'above' ? -offset : offset;
  const drop = isBeside ? '0.35em' : at.label === 'above' ? '0' : '0.8em';
  return (
    <g class={`disc ${member.look} voter`} transform={`translate(${at.x} ${at.y})`}>
      <circle class="fill" r={disc} style={{ '--reign': reignVar(reign) }} />
      <DiscFace member={member} disc={disc} />
      <g class={`label ${at.label}`}>
        <text class="name" x={x} y={y} dy={drop} style={{ fontSize: `${namePx}px` }}>
          {fitParts([member.name], at.room, namePx, 600)}
        </text>
      </g>
    </g>
  );
}
