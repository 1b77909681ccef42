import { useEffect, useState } from 'preact/hooks';

/** Long enough to be read, and gone before it is taken for news. */
const shownMs = 3000;

/** A text that is taken back after a few seconds. */
export function useBriefly(): readonly [string | null, (text: string | null) => void] {
  const [said, setSaid] = useState<{ readonly text: string | null }>({ text: null });
  useEffect(() => {
    if (said.text === null) return undefined;
    const timer = setTimeout(() => setSaid({ text: null }), shownMs);
    return () => clearTimeout(timer);
  }, [said]);
  return [said.text, (text) => setSaid({ text })];
}
