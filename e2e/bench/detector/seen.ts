import type { BenchTab } from './room.js';

/**
 * What one node saw of another, by the machine's clock: a message of its detector, an end of the link to it, and what its
 * own detector came to believe.
 */
export type Seen = {
  readonly atMs: number;
  readonly what: 'heard' | 'link-ended' | 'suspected' | 'trusted';
  readonly node: string;
};

/** What the tab's own node saw in this run after `sinceMs`, oldest first. */
export function seenBy(tab: BenchTab, sinceMs: number): Promise<readonly Seen[]> {
  return tab.run((since: number): Seen[] => {
    const [self, { run }] = [window.quorate.nodeId(), window.quorate.status()];
    const notes: { readonly [code: string]: Seen['what'] } = {
      'node-suspected': 'suspected',
      'node-trusted': 'trusted',
    };
    return window.quorate.trace().flatMap((event): Seen[] => {
      const { wallMs: atMs } = event;
      if (event.node !== self || event.run !== run || atMs <= since) return [];
      switch (event.type) {
        case 'delivered':
          return event.instance === 'detector' ? [{ atMs, what: 'heard', node: event.from }] : [];
        case 'peer':
          return event.instance === 'server' && !event.up
            ? [{ atMs, what: 'link-ended', node: event.peer }]
            : [];
        case 'note': {
          const what = notes[event.code];
          return what === undefined ? [] : [{ atMs, what, node: String(event.data['node']) }];
        }
        default:
          return [];
      }
    });
  }, sinceMs);
}

/** The first of these of that node; null for none. */
export function firstOf(seen: readonly Seen[], what: Seen['what'], node: string): Seen | null {
  return seen.find((one) => one.what === what && one.node === node) ?? null;
}
