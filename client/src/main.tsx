import { parseAddress } from './live/address.js';
import { followAddress } from './live/follow-address.js';
import { LiveApp } from './live/live-app.js';
import { mount } from './views/index.js';

const app = new LiveApp();
Object.assign(window, { quorate: app.quorate });
const place = document.getElementById('app');
if (place === null) throw new Error('the page has no place for the app');
mount(app, place);
followAddress(app);

/** Goes where the address says. What goes wrong on the way is on the screen already. */
async function enter(): Promise<void> {
  const address = parseAddress(window.location.search);
  if (address.page === 'host') await app.host(address.name);
  else if (address.page === 'join') await app.join(address.room, address.name, address.key);
  else if (address.page === 'watch') await app.watch(address.room, address.key);
}

enter().catch((error: unknown) => console.warn(error));
