import { useLayoutEffect, useRef, useState } from 'preact/hooks';

export type Size = { readonly width: number; readonly height: number };

/** The size of an element in CSS pixels, kept up to date. Put `ref` on it. */
export function useSize<E extends Element>(): { readonly ref: { current: E | null }; readonly size: Size } {
  const ref = useRef<E>(null);
  const [size, setSize] = useState<Size>({ width: 0, height: 0 });
  useLayoutEffect(() => {
    const element = ref.current;
    if (element === null) return undefined;
    const observer = new ResizeObserver((entries) => {
      const box = entries.at(-1)?.contentRect;
      if (box !== undefined) setSize({ width: Math.floor(box.width), height: Math.floor(box.height) });
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return { ref, size };
}
