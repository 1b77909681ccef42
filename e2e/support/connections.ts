import type { BrowserContext, Page } from '@playwright/test';

declare global {
  interface Window {
    /** Every connection that the page's scripts have made. */
    madeConnections?: RTCPeerConnection[];
  }
}

/** Lets a test look at the WebRTC connections that the pages of this context make, and close them behind their backs. */
export async function recordConnections(context: BrowserContext): Promise<void> {
  await context.addInitScript(() => {
    const made: RTCPeerConnection[] = [];
    window.madeConnections = made;
    window.RTCPeerConnection = class extends RTCPeerConnection {
      constructor(configuration?: RTCConfiguration) {
        super(configuration);
        made.push(this);
      }
    };
  });
}

/** How many connections a page has made so far, and how many of them are up. */
export function countConnections(page: Page): Promise<{ readonly made: number; readonly up: number }> {
  return page.evaluate(() => {
    const made = window.madeConnections ?? [];
    return {
      made: made.length,
      up: made.filter(({ connectionState }) => connectionState === 'connected').length,
    };
  });
}

/** Closes one connection that is up, as if the network had taken it: the page's own scripts are not asked. */
export function cutConnection(page: Page): Promise<void> {
  return page.evaluate(() => {
    const up = window.madeConnections?.find(({ connectionState }) => connectionState === 'connected');
    if (up === undefined) throw new Error('no connection is up');
    up.close();
  });
}
