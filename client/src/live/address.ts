/**
 * What the address bar asks for: `/?host=1&name=NAME`, `/?room=CODE&name=NAME`, `/?room=CODE&watch=1`, or the front page. A link
 * to a room also carries `key`, the beginning of the host's id; null where it does not.
 */
export type Address =
  | { readonly page: 'front'; readonly room: string | null; readonly key: string | null }
  | { readonly page: 'host'; readonly name: string; readonly room: null }
  | { readonly page: 'join'; readonly room: string; readonly name: string; readonly key: string | null }
  | { readonly page: 'watch'; readonly room: string; readonly key: string | null };

export function parseAddress(search: string): Address {
  const params = new URLSearchParams(search);
  const name = params.get('name');
  const room = params.get('room');
  const key = params.get('key');
  if (params.get('host') === '1' && name !== null) return { page: 'host', name, room: null };
  if (room !== null && params.get('watch') === '1') return { page: 'watch', room, key };
  if (room !== null && name !== null) return { page: 'join', room, name, key };
  return { page: 'front', room, key: room === null ? null : key };
}

/** The search that brings this very node back. */
export function searchOf(address: Exclude<Address, { page: 'front' } | { page: 'host' }>): string {
  const params = new URLSearchParams({ room: address.room });
  if (address.page === 'join') params.set('name', address.name);
  else params.set('watch', '1');
  if (address.key !== null) params.set('key', address.key);
  return `?${params}`;
}
