import type { Screen } from '../screen.js';

/** Where the front page leads, as the address says it. */
export type Way =
  | { readonly host: string }
  | { readonly room: string; readonly key: string | null; readonly name: string }
  | { readonly room: string; readonly key: string | null; readonly watch: true };

/**
 * Goes from the front page into a room. The address changes first, as a step of the browser's history: Back comes back to
 * the front page, and a page reloaded on its way goes on with the same code and name.
 */
export function enter(screen: Screen, way: Way): void {
  history.pushState(null, '', searchOf(way));
  screen.act(() => {
    if ('host' in way) return screen.app.host(way.host);
    return 'watch' in way
      ? screen.app.watch(way.room, way.key)
      : screen.app.join(way.room, way.name, way.key);
  });
}

function searchOf(way: Way): string {
  if ('host' in way) return `?${new URLSearchParams({ host: '1', name: way.host })}`;
  const asked = 'watch' in way ? { watch: '1' } : { name: way.name };
  const key = way.key === null ? {} : { key: way.key };
  return `?${new URLSearchParams({ room: way.room, ...asked, ...key })}`;
}
