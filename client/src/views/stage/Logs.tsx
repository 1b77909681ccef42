import type { Observation } from '@quorate/shared/core';
import { strings } from '../../strings/index.js';
import { type Member, useCluster } from '../members.js';
import { leaderOf } from '../model/looks.js';
import { type Column, cellAt, columnsOf } from '../model/strip.js';
import { rootFontPx } from '../parts/font.js';
import { Crown } from '../parts/icons.js';
import { useSize } from '../parts/useSize.js';
import { useScreen } from '../screen.js';
import { reignVar } from '../theme.js';
import { EntryLine, IndexButton } from './EntryLine.js';
import { NotShown } from './NotShown.js';
import { RecordTabs } from './RecordTabs.js';

/** Width of a column and of the names before them, in units of the text's size. */
const columnEm = 2.25;
const namesEm = 7.5;
/** Rows lower than this have no room for ticks between them. */
const closeEm = 3.1;

/** All logs below each other, index by index. */
export function Logs() {
  const screen = useScreen();
  const text = strings.value.logs;
  const { ref, size } = useSize<HTMLDivElement>();
  const members = useCluster();
  const leader = leaderOf(screen.store.panels.value);
  const last = Math.max(0, ...members.map((member) => member.node?.observation?.lastIndex ?? 0));
  const columns = useColumns(size.width, last + (leader === null ? 0 : 1), namesEm);
  const leading = members.find((member) => member.id === leader)?.node?.observation;
  const progress = leading?.progress;
  const fontPx = rootFontPx();
  const rowPx = Math.min(
    3.6 * fontPx,
    Math.max(1.95 * fontPx, (size.height - 2.6 * fontPx) / members.length),
  );
  const isClose = rowPx < closeEm * fontPx;
  const committed = Math.max(0, ...members.map((member) => member.node?.observation?.commitIndex ?? 0));
  return (
    <section class="panel logs" aria-label={text.title}>
      <header>
        <h2>{text.title}</h2>
        <RecordTabs />
        <LogLegend />
        {/* The projector has no other panel beside it that would say so. */}
        {screen.app.watching && <NotShown />}
      </header>
      <div class="strips" ref={ref}>
        {last === 0 && <p class="empty">{text.empty}</p>}
        {last > 0 && (
          <table class={isClose ? 'close' : ''} style={{ '--row': `${rowPx}px` }}>
            <Head columns={columns} committed={committed} />
            <tbody>
              {members.map((member) => (
                <Row
                  key={member.id}
                  member={member}
                  columns={columns}
                  isLeader={member.id === leader}
                  progress={progress?.[member.id] ?? null}
                  leaderReign={leading?.reign ?? 0}
                />
              ))}
            </tbody>
          </table>
        )}
      </div>
      <EntryLine members={members} />
    </section>
  );
}

/** One node's own log, for the phone. */
export function OwnLog(props: { readonly observation: Observation }) {
  const { ref, size } = useSize<HTMLDivElement>();
  const { observation } = props;
  const columns = useColumns(size.width, observation.lastIndex, 0);
  return (
    <div class="strips own" ref={ref}>
      <table>
        <Head columns={columns} committed={observation.commitIndex} isOwn />
        <tbody>
          <tr>
            {columns.map((column) => (
              <CellView
                key={keyOf(column)}
                column={column}
                observation={observation}
                progress={null}
                leaderReign={0}
              />
            ))}
          </tr>
        </tbody>
      </table>
    </div>
  );
}

function useColumns(width: number, last: number, names: number): readonly Column[] {
  const fontPx = rootFontPx();
  const room = Math.floor(width / fontPx / columnEm - names / columnEm);
  return columnsOf(last, Math.max(4, room));
}

function LogLegend() {
  const text = strings.value.logs;
  return (
    <ul class="legend">
      <li>{text.solid}</li>
      <li>{text.dashed}</li>
      <li>
        <span class="tick">✓</span> {text.applied}
      </li>
      <li>
        <span class="match-dot" /> {text.matches}
      </li>
      <li>
        <span class="next-arrow">▽</span> {text.next}
      </li>
    </ul>
  );
}

function keyOf(column: Column): string {
  return column.kind === 'fold' ? 'fold' : String(column.index);
}

function Head(props: {
  readonly columns: readonly Column[];
  readonly committed: number;
  readonly isOwn?: boolean;
}) {
  const text = strings.value.logs;
  return (
    <thead>
      <tr>
        {props.isOwn !== true && <td />}
        {props.columns.map((column) =>
          column.kind === 'fold' ? (
            <th key="fold" class="fold" title={text.fold(column.first, column.last)}>
              …
            </th>
          ) : (
            <th key={column.index} scope="col" class={column.index === props.committed ? 'committed' : ''}>
              {props.isOwn === true ? column.index : <IndexButton index={column.index} />}
            </th>
          ),
        )}
      </tr>
    </thead>
  );
}

type Progress = { readonly match: number; readonly next: number };
type RowProps = {
  readonly member: Member;
  readonly columns: readonly Column[];
  readonly isLeader: boolean;
  readonly progress: Progress | null;
  readonly leaderReign: number;
};

function Row(props: RowProps) {
  const screen = useScreen();
  const { member, columns } = props;
  const observation = member.node?.observation ?? null;
  const isGone = member.look === 'crashed' || member.look === 'left' || member.look === 'stopped';
  return (
    <tr class={isGone ? 'gone' : ''}>
      <th scope="row">
        <button
          type="button"
          class="row-name"
          aria-pressed={screen.node.value === member.id}
          onClick={() => {
            screen.chosenNode.value = member.id;
          }}
        >
          <span class={`dot ${member.look}`} style={{ '--reign': reignVar(observation?.reign ?? 0) }} />
          <span class="clip">{member.name}</span>
          {props.isLeader && <Crown class="small" reign={props.leaderReign} />}
        </button>
      </th>
      {observation !== null &&
        columns.map((column) => (
          <CellView
            key={keyOf(column)}
            column={column}
            observation={observation}
            progress={props.isLeader ? null : props.progress}
            leaderReign={props.leaderReign}
          />
        ))}
    </tr>
  );
}

type CellProps = {
  readonly column: Column;
  readonly observation: Observation;
  readonly progress: Progress | null;
  readonly leaderReign: number;
};

function CellView(props: CellProps) {
  const screen = useScreen();
  const text = strings.value.logs;
  const { column, observation, progress } = props;
  if (column.kind === 'fold') {
    const isBehind = observation.lastIndex < column.last;
    const title = text.fold(column.first, Math.min(column.last, observation.lastIndex));
    return (
      <td class="fold" title={title}>
        {observation.lastIndex >= column.first && <span class={isBehind ? 'bars behind' : 'bars'} />}
        {isBehind && observation.lastIndex > 0 && <small>{observation.lastIndex}</small>}
      </td>
    );
  }
  const cell = cellAt(observation, column.index);
  const own = screen.ownCommands.value.get(column.index);
  const markers = (
    <>
      {progress?.match === column.index && (
        <span class="match-dot" style={{ '--reign': reignVar(props.leaderReign) }} />
      )}
      {progress?.next === column.index && (
        <span class="next-arrow" style={{ '--reign': reignVar(props.leaderReign) }}>
          ▽
        </span>
      )}
    </>
  );
  if (cell.kind === 'none') return <td class="free">{markers}</td>;
  if (cell.kind === 'compacted') {
    return (
      <td title={text.compacted}>
        {markers}
        <span class="entry compacted" />
      </td>
    );
  }
  const state = cell.committed ? text.committed : text.uncommitted;
  const isFollowed = screen.chosenEntry.value === column.index;
  const said = text.cell(column.index, cell.reign, state);
  return (
    <td class={`${cell.committed ? '' : 'uncommitted'} ${isFollowed ? 'followed' : ''}`}>
      {markers}
      <span
        class={`entry ${cell.committed ? 'committed' : 'open'} ${own === undefined ? '' : 'own'}`}
        style={{ '--reign': reignVar(cell.reign) }}
        title={own === undefined ? said : `${said}: ${text.command(own)}`}
      >
        {cell.reign}
      </span>
      {cell.applied && <span class="tick">✓</span>}
    </td>
  );
}
