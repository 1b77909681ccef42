/*
 * Asks the other tabs of this browser who holds a name. A live holder answers at once, even in a hidden tab: messages are
 * not throttled, unlike timers. A frozen or dead one does not answer.
 */
type Message =
  | { readonly type: 'who'; readonly key: string; readonly question: string }
  | { readonly type: 'me'; readonly key: string; readonly question: string };

const channelName = 'quorate-holders';

/** Answers for `key` from now on, until the returned function is called. */
export function answerFor(key: string): () => void {
  const channel = new BroadcastChannel(channelName);
  channel.onmessage = ({ data }: MessageEvent<Message>) => {
    if (data.type !== 'who' || data.key !== key) return;
    channel.postMessage({ type: 'me', key, question: data.question } satisfies Message);
  };
  return () => channel.close();
}

/** Calls `onHeld` as soon as a live holder of `key` answers; asks once. The returned function ends the waiting. */
export function askWhoHolds(key: string, onHeld: () => void): () => void {
  const channel = new BroadcastChannel(channelName);
  const question = crypto.getRandomValues(new Uint32Array(4)).join();
  channel.onmessage = ({ data }: MessageEvent<Message>) => {
    if (data.type === 'me' && data.question === question) onHeld();
  };
  channel.postMessage({ type: 'who', key, question } satisfies Message);
  return () => channel.close();
}

/** Whether a live holder of `key` answers within `timeoutMs`. */
export function isAnswered(key: string, timeoutMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const end = (answered: boolean): void => {
      clearTimeout(timer);
      stop();
      resolve(answered);
    };
    const timer = setTimeout(() => end(false), timeoutMs);
    const stop = askWhoHolds(key, () => end(true));
  });
}
