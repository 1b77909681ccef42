const { port1, port2 } = new MessageChannel();
let waiting: (() => void)[] = [];

port2.onmessage = () => {
  const callbacks = waiting;
  waiting = [];
  for (const callback of callbacks) callback();
};

/**
 * Calls back in a later turn, after the messages that have already come, and without the 4 ms that nested timers take: so
 * the writes of all these messages share a flush, and a lone write waits for nothing.
 */
export function defer(callback: () => void): void {
  if (waiting.length === 0) port1.postMessage(null);
  waiting.push(callback);
}
