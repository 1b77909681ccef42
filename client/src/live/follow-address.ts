import type { App } from '../views/index.js';
import { parseAddress } from './address.js';

/** Back and Forward between the front page and a room: the page is loaded anew where the address says something else. */
export function followAddress(app: App): void {
  addEventListener('popstate', () => {
    if (isElsewhere(app)) window.location.reload();
  });
}

/** A change of the hash alone, which says the screen within a room, is no other place. */
function isElsewhere(app: App): boolean {
  const address = parseAddress(window.location.search);
  const isAtFront = app.page.peek() === 'front';
  if (isAtFront !== (address.page === 'front')) return true;
  const room = app.room.peek();
  return room !== null && address.page !== 'front' && address.page !== 'host' && address.room !== room.code;
}
