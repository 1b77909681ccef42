import { useEffect, useState } from 'preact/hooks';

/** Draws the view again every `everyMs`, for what changes with time alone. */
export function useTick(everyMs: number): void {
  const [, setTick] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => setTick((tick) => tick + 1), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
}
