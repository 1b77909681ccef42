import { useRef, useState } from 'preact/hooks';
import { strings } from '../../strings/index.js';
import { linesMax, paintTimeline } from '../draw/timeline.js';
import type { Flight } from '../model/state.js';
import { Canvas } from '../parts/Canvas.js';
import { rootFontPx } from '../parts/font.js';
import { paceWords } from '../parts/PaceSlider.js';
import { useSize } from '../parts/useSize.js';
import { useScreen } from '../screen.js';
import type { Frame } from '../store.js';
import { palette } from '../theme.js';
import { NotShown } from './NotShown.js';

/** The space-time diagram: a column a node, time down to now. */
export function SpaceTime() {
  const screen = useScreen();
  const text = strings.value;
  const { ref, size } = useSize<HTMLDivElement>();
  const pointer = useRef<{ x: number; y: number } | null>(null);
  const [left, setLeft] = useState(0);
  const { clock } = screen.store.panels.value;
  const nodes = screen.nodes.value;
  const nameOf = (id: string): string => screen.nameOf(id);
  const paint = (context: CanvasRenderingContext2D, frame: Frame): void => {
    const drawn = paintTimeline(context, frame, {
      ...size,
      nodes,
      nameOf,
      colours: palette(),
      fontPx: rootFontPx() * 0.9,
      nowText: text.time.now,
      pointer: pointer.current,
      said: (flight) => flightText(flight, nameOf),
      crashText: text.look.crashed,
    });
    if (Math.abs(drawn - left) > left * 0.2) setLeft(drawn);
  };
  return (
    <section class="panel timeline" aria-label={text.time.label}>
      <header>
        <h2>{text.time.title}</h2>
        <p>
          {text.time.legend} · {text.time.clock(paceWords(clock.pace))}
          {left > 0 && ` · ${text.time.sampled(linesMax, left)}`}
        </p>
        <NotShown />
      </header>
      <div
        class="arena"
        ref={ref}
        title={text.time.hint}
        onPointerMove={(event) => {
          pointer.current = { x: event.offsetX, y: event.offsetY };
        }}
        onPointerLeave={() => {
          pointer.current = null;
        }}
      >
        <Canvas class="over" size={size} paint={paint} />
      </div>
    </section>
  );
}

/** A message in one line: kind, from whom to whom, and its fields. */
function flightText(flight: Flight, nameOf: (id: string) => string): string {
  const { info } = flight;
  const text = strings.peek();
  const fields = Object.entries(info.summary).map(([key, value]) => `${key} ${value}`);
  const answer = info.answer === undefined ? [] : [text.cluster.legend[info.answer]];
  const lost = flight.reason === null ? [] : [text.cluster.lost[flight.reason]];
  const way = `${nameOf(flight.from)} → ${nameOf(flight.to)}`;
  return [info.kind, way, ...answer, ...fields.slice(0, 4), ...lost].join(' · ');
}
