import type { MessageInfo } from '@quorate/shared/core';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { paintMark } from '../draw/marks.js';
import { palette, reignColour, theme } from '../theme.js';

const box = { width: 30, height: 20 };

/** A message's mark, as it travels on the ring, for lists and legends. `reign` 0 draws it in the text's colour. */
export function Mark(props: { readonly info: MessageInfo }) {
  const ref = useRef<HTMLCanvasElement>(null);
  const { kind, reign, entries, answer } = props.info;
  const shown = theme.value;
  useLayoutEffect(() => {
    const context = ref.current?.getContext('2d') ?? null;
    if (context === null) return;
    const colours = palette();
    context.setTransform(2, 0, 0, 2, 0, 0);
    context.clearRect(0, 0, box.width, box.height);
    const ink = {
      colour: reign === 0 ? colours.muted : reignColour(colours, reign),
      back: colours.panel,
      on: reign === 0 ? colours.panel : colours.onReign,
    };
    const info: MessageInfo = {
      kind,
      reign,
      entries,
      summary: {},
      ...(answer === undefined ? {} : { answer }),
    };
    paintMark(context, info, { at: { x: box.width / 2, y: box.height / 2 }, angle: 0, size: 7.5 }, ink);
  }, [kind, reign, entries, answer, shown]);
  return <canvas ref={ref} class="mark" width={box.width * 2} height={box.height * 2} />;
}
