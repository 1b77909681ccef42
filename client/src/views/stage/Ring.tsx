import { concerns } from '@quorate/shared/faults';
import { strings } from '../../strings/index.js';
import { type Member, stateText } from '../members.js';
import {
  along,
  labelOffset,
  type Place,
  type Ring as Places,
  type Point,
  towards,
} from '../model/geometry.js';
import type { LinkFault } from '../model/node-faults.js';
import { linkKey, type OverlayLink, overlayOf } from '../model/overlay.js';
import { DiscFace, isGone } from '../parts/DiscFace.js';
import { fitParts } from '../parts/fit-text.js';
import { useScreen } from '../screen.js';
import { reignVar } from '../theme.js';

type Props = { readonly members: readonly Member[]; readonly ring: Places };

/** The ring of nodes: links, discs, names. What moves is drawn on a canvas above it. */
export function Ring(props: Props) {
  const { members, ring } = props;
  return (
    <svg class="ring" width={ring.width} height={ring.height} aria-label={strings.value.cluster.title}>
      <Links {...props} />
      {members.map((member, i) => {
        const at = ring.places[i];
        return at === undefined ? null : <Disc key={member.id} member={member} at={at} {...props} />;
      })}
    </svg>
  );
}

function Links(props: Props) {
  const faults = useScreen().app.faults.value;
  const { members, ring } = props;
  const overlay = overlayOf(members);
  const links = members.flatMap((a, i) =>
    members.slice(i + 1).map((b, j) => {
      const from = ring.places[i];
      const to = ring.places[i + 1 + j];
      if (from === undefined || to === undefined) return null;
      const marks = linkFaults.filter((kind) =>
        faults.some(
          ({ fault }) => fault.kind === kind && (concerns(fault, a.id, b.id) || concerns(fault, b.id, a.id)),
        ),
      );
      const look = overlay === null ? '' : (overlay.get(linkKey(a.id, b.id)) ?? 'none');
      return <Link key={`${a.id}:${b.id}`} from={from} to={to} disc={ring.disc} marks={marks} look={look} />;
    }),
  );
  return <g class={ring.isCrowded ? 'links many' : 'links'}>{links}</g>;
}

const linkFaults: readonly LinkFault[] = ['cut', 'delay', 'drop'];
/** Where on the link a fault's mark stands, so that slow and lossy can be told at once. */
const markShares: { readonly [F in LinkFault]: number } = { cut: 0.5, delay: 0.42, drop: 0.58 };

function Link(props: {
  readonly from: Point;
  readonly to: Point;
  readonly disc: number;
  readonly marks: readonly LinkFault[];
  /** Of an overlay: whether it carries payloads, word of them, or nothing. */
  readonly look: OverlayLink | 'none' | '';
}) {
  const { from, to, disc } = props;
  const isCut = props.marks.includes('cut');
  const angle = (Math.atan2(to.y - from.y, to.x - from.x) * 180) / Math.PI;
  const start = towards(from, to, disc * 1.35);
  const end = towards(to, from, disc * 1.35);
  const arm = Math.max(4, disc * 0.2);
  const marks: { readonly [F in LinkFault]: string } = {
    cut: `M-3 ${-arm}V${arm}M3 ${-arm}V${arm}`,
    delay: `M${-arm * 1.4} 0q${arm * 0.7} ${-arm * 1.5} ${arm * 1.4} 0t${arm * 1.4} 0`,
    drop: `M0 ${-arm}V${arm}`,
  };
  return (
    <>
      <line class={`link ${isCut ? 'cut' : props.look}`} x1={start.x} y1={start.y} x2={end.x} y2={end.y} />
      {(isCut ? (['cut'] as const) : props.marks).map((kind) => {
        const at = along(from, to, disc, markShares[kind]);
        const turn = kind === 'delay' ? 0 : 20;
        return (
          <path
            key={kind}
            class="fault-mark"
            transform={`translate(${at.x} ${at.y}) rotate(${angle + turn})`}
            d={marks[kind]}
          >
            <title>{strings.value.faults.marks[kind]}</title>
          </path>
        );
      })}
    </>
  );
}

type DiscProps = Props & { readonly member: Member; readonly at: Place };

function Disc(props: DiscProps) {
  const screen = useScreen();
  const { member, at, ring } = props;
  const reign = member.node?.observation?.reign ?? 0;
  const { disc } = ring;
  const flashed = screen.app.flashed.value;
  const isChosen = screen.node.value === member.id;
  const state = stateText(member);
  return (
    // biome-ignore lint/a11y/useSemanticElements: a button can't stand inside an SVG
    <g
      class={`disc ${member.look} ${member.standing}`}
      transform={`translate(${at.x} ${at.y})`}
      role="button"
      tabIndex={0}
      aria-pressed={isChosen}
      aria-label={`${member.name}, ${state}, ${member.number}`}
      data-node={member.id}
      onClick={() => {
        screen.chosenNode.value = member.id;
      }}
      onKeyDown={(event) => {
        if (event.key === 'Enter') screen.chosenNode.value = member.id;
      }}
    >
      {flashed?.node === member.id && <circle key={flashed.serial} class="flash" r={disc * 1.3} />}
      {isChosen && !screen.app.watching && <circle class="chosen" r={disc * 1.34 + 1} />}
      <circle class="fill" r={disc} style={{ '--reign': reignVar(reign) }} />
      <DiscFace member={member} disc={disc} />
      {!isGone(member) && <Votes {...props} />}
      <Label member={member} ring={ring} at={at} state={state} />
    </g>
  );
}

/** A candidate's answers, each at the bearing of the peer that gave it. */
function Votes(props: DiscProps) {
  const { member, members, ring, at } = props;
  const votes = member.node?.observation?.votes;
  if (votes === undefined) return null;
  const radius = Math.max(4, ring.disc * 0.13);
  return (
    <>
      {members.map((peer, i) => {
        const to = ring.places[i];
        if (to === undefined || peer.id === member.id) return null;
        const dot = towards({ x: 0, y: 0 }, { x: to.x - at.x, y: to.y - at.y }, ring.disc * 1.42);
        const vote = votes[peer.id] ?? 'open';
        const arm = radius * 0.5;
        return (
          <g key={peer.id} class={`vote ${vote}`} transform={`translate(${dot.x} ${dot.y})`}>
            <circle r={radius} />
            {vote === 'yes' && <path d={`M${-arm} 0L${-arm * 0.2} ${arm}L${arm} ${-arm}`} />}
            {vote === 'no' && <path d={`M${-arm} ${-arm}L${arm} ${arm}M${arm} ${-arm}L${-arm} ${arm}`} />}
          </g>
        );
      })}
    </>
  );
}

type LabelProps = {
  readonly member: Member;
  readonly ring: Places;
  readonly at: Place;
  readonly state: string;
};

/** Sizes of a name and of a state, in units of the text's size. */
const nameEm = 0.95;
const stateEm = 0.82;

/** Name and state, as much of them as there is room for: below a disc, or beside it. */
function Label(props: LabelProps) {
  const { member, ring, at, state } = props;
  const { disc, isCrowded, fontPx } = ring;
  const isBeside = at.label === 'left' || at.label === 'right';
  const offset = labelOffset(disc);
  const x = isBeside ? offset * (at.label === 'left' ? -1 : 1) : 0;
  const y = isBeside ? 0 : at.label === 'above' ? -offset : offset;
  const nameDrop =
    at.label === 'above' ? '0' : at.label === 'below' ? '0.85em' : isCrowded ? '0.35em' : '-0.2em';
  return (
    <g class={`label ${at.label}`}>
      <text class="name" x={x} y={y} dy={nameDrop}>
        {fitParts([member.name], at.room, fontPx * nameEm, 600)}
      </text>
      {!isCrowded && (
        <text class="state" x={x} y={y} dy={isBeside ? '1.15em' : '2.3em'}>
          {fitParts(state.split(' · '), at.room, fontPx * stateEm, 400)}
        </text>
      )}
    </g>
  );
}
