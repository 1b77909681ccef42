import type { TabInfo } from '../../api/types.js';
import { strings } from '../../strings/index.js';

/** A tab's name; a page that only watches has none of its own. */
export function tabName(tab: TabInfo): string {
  return tab.watching ? strings.value.common.watcher : tab.name;
}

/** A tab's browser and device in words: `Chrome, phone`. Told as `Chrome/phone`. */
export function browserText(tab: TabInfo): string {
  const [brand = '', device = ''] = tab.browser.split('/');
  const { devices, otherBrowser } = strings.value;
  const words = [brand === 'other' ? otherBrowser : brand, devices[device] ?? device];
  return words.filter((word) => word !== '').join(', ');
}
