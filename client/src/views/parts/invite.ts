import { useScreen } from '../screen.js';

/** How others come in: the best address, and the link that the QR code holds. */
export function useInvite(): {
  readonly address: string;
  readonly code: string;
  readonly link: string;
  readonly isLocal: boolean;
} {
  const { app } = useScreen();
  const base = app.addresses.value[0] ?? location.origin;
  const code = app.room.value?.code ?? '';
  const url = new URL(base);
  return {
    address: url.host,
    code,
    link: `${url.origin}/?room=${encodeURIComponent(code)}`,
    isLocal: url.hostname === 'localhost' || url.hostname.startsWith('127.'),
  };
}

/** A code as one would read it aloud: `maple otter 42`. */
export function spoken(code: string): string {
  return code.replaceAll('-', ' ');
}
