import { useMemo } from 'preact/hooks';
import { strings } from '../../strings/index.js';
import { isDense, paintMarks } from '../draw/marks.js';
import { useCluster } from '../members.js';
import { ringOf } from '../model/geometry.js';
import { Canvas } from '../parts/Canvas.js';
import { rootFontPx } from '../parts/font.js';
import { reducedMotion } from '../parts/motion.js';
import { useSize } from '../parts/useSize.js';
import { useScreen } from '../screen.js';
import { palette } from '../theme.js';
import { BroadcastSetups } from './BroadcastSetups.js';
import { ClusterTable } from './ClusterTable.js';
import { Legend } from './Legend.js';
import { Unsafe } from './Membership.js';
import { PaceMark } from './PaceMark.js';
import { Ring } from './Ring.js';
import { Setups } from './Setups.js';

/** The cluster's panel: the ring with what travels on it, the legend, and for the host the setups. */
export function Cluster() {
  const screen = useScreen();
  const text = strings.value;
  const { ref, size } = useSize<HTMLDivElement>();
  const members = useCluster();
  const fontPx = rootFontPx();
  const ring = useMemo(
    () => ringOf(members.length, size.width, size.height, fontPx),
    [members.length, size, fontPx],
  );
  const places = new Map(
    members.flatMap((member, i) => {
      const place = ring.places[i];
      return place === undefined ? [] : [[member.id, place] as const];
    }),
  );
  const view = screen.store.panels.value;
  return (
    <section class="panel cluster" aria-label={text.cluster.title}>
      <header>
        <h2>{text.cluster.title}</h2>
        <p>
          {isDense(view)
            ? `${text.cluster.perSecond(view.traffic.perSecond)}, ${text.cluster.summarised}`
            : screen.kind === 'log'
              ? text.cluster.note
              : text.cluster.noteBroadcast}
        </p>
      </header>
      <Unsafe />
      <div class="arena" ref={ref}>
        <PaceMark />
        {members.length === 0 && <p class="empty">{text.cluster.waitingFirst}</p>}
        {size.width > 0 && members.length > 0 && <Ring members={members} ring={ring} />}
        <Canvas
          class="over"
          size={size}
          paint={(context, frame) =>
            paintMarks(context, frame, {
              ring,
              places,
              colours: palette(),
              isStill: reducedMotion.value,
              lostText: (reason) => text.cluster.lost[reason],
              fontPx,
            })
          }
        />
      </div>
      <Legend />
      {!screen.app.watching &&
        (screen.kind === 'log' ? <Setups members={members} /> : <BroadcastSetups members={members} />)}
      <ClusterTable members={members} />
    </section>
  );
}
