import { useScreen } from '../screen.js';

/** How others come in: the best address, and the link that the QR code holds. */
export function useInvite(): {
  readonly address: string;
  readonly code: string;
  /** What the address asks for: the room, and the host's key. */
  readonly query: string;
  readonly link: string;
  readonly isLocal: boolean;
} {
  const { app } = useScreen();
  const base = app.addresses.value[0] ?? location.origin;
  const code = app.room.value?.code ?? '';
  const hostKey = app.room.value?.hostKey ?? null;
  const url = new URL(base);
  const query = new URLSearchParams({ room: code, ...(hostKey === null ? {} : { key: hostKey }) });
  return {
    address: url.host,
    code,
    query: query.toString(),
    link: `${url.origin}/?${query}`,
    isLocal: url.hostname === 'localhost' || url.hostname.startsWith('127.'),
  };
}

/** A code as one would read it aloud: `maple otter 42`. */
export function spoken(code: string): string {
  return code.replaceAll('-', ' ');
}
