import type { BrowserContext } from '@playwright/test';
import type { Tab } from '../support/tabs.js';

export type Sent = { readonly bytes: number; readonly messages: number };

declare global {
  interface Window {
    /** Every connection that this page has made. */
    benchConnections?: RTCPeerConnection[];
  }
}

/** Pages that are opened from now on keep their connections, so that it can be asked what went over them. */
export async function collectConnections(context: BrowserContext): Promise<void> {
  await context.addInitScript(() => {
    const made: RTCPeerConnection[] = [];
    window.benchConnections = made;
    window.RTCPeerConnection = class extends RTCPeerConnection {
      constructor(configuration?: RTCConfiguration) {
        super(configuration);
        made.push(this);
      }
    };
  });
}

/** What a tab has sent so far on its open links, as the browser counts it: in bulk, and on the channel of all else. */
export function sentBy({ page }: Tab): Promise<{ readonly bulk: Sent; readonly other: Sent }> {
  return page.evaluate(async () => {
    const sum = { bulk: { bytes: 0, messages: 0 }, other: { bytes: 0, messages: 0 } };
    for (const connection of window.benchConnections ?? []) {
      if (connection.connectionState !== 'connected') continue;
      const report = await connection.getStats();
      report.forEach((entry: { type: string; label?: string; bytesSent?: number; messagesSent?: number }) => {
        if (entry.type !== 'data-channel') return;
        const of = entry.label === 'bulk' ? sum.bulk : sum.other;
        of.bytes += entry.bytesSent ?? 0;
        of.messages += entry.messagesSent ?? 0;
      });
    }
    return sum;
  });
}
