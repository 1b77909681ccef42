import { useEffect, useRef } from 'preact/hooks';
import { useScreen } from '../screen.js';
import type { Frame } from '../store.js';
import type { Size } from './useSize.js';

type Props = {
  readonly size: Size;
  readonly class: string;
  /** Draws one frame, in CSS pixels, onto a canvas that has been cleared. */
  readonly paint: (context: CanvasRenderingContext2D, frame: Frame) => void;
};

/** A canvas as large as its place, drawn once an animation frame. Hidden from screen readers: tables and lists tell them. */
export function Canvas(props: Props) {
  const { store } = useScreen();
  const ref = useRef<HTMLCanvasElement>(null);
  const paint = useRef(props.paint);
  paint.current = props.paint;
  const { width, height } = props.size;
  useEffect(() => store.stir());
  useEffect(() => {
    const canvas = ref.current;
    const context = canvas?.getContext('2d') ?? null;
    if (canvas === null || context === null || width === 0) return undefined;
    const scale = Math.min(2, devicePixelRatio);
    canvas.width = Math.round(width * scale);
    canvas.height = Math.round(height * scale);
    return store.onFrame((frame) => {
      context.setTransform(scale, 0, 0, scale, 0, 0);
      context.clearRect(0, 0, width, height);
      paint.current(context, frame);
    });
  }, [store, width, height]);
  return <canvas ref={ref} class={props.class} />;
}
