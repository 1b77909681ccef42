import type { IncomingMessage } from 'node:http';
import { type Refusal, signalingVersion } from '@quorate/shared/wire';

/** The origin of a URL as browsers write it, or undefined for what is none. */
export function parseOrigin(text: string): string | undefined {
  if (!URL.canParse(text)) return undefined;
  const { protocol, origin } = new URL(text);
  return protocol === 'http:' || protocol === 'https:' ? origin : undefined;
}

/**
 * Whether a browser page of this origin may connect. WebSocket is not covered by CORS: without this check any page on
 * the web could use a class's server. A request without Origin comes from no browser and could claim what it likes.
 */
export function isOriginAllowed(request: IncomingMessage, allowed: readonly string[]): boolean {
  const { origin, host } = request.headers;
  if (origin === undefined) return true;
  const parsed = parseOrigin(origin);
  if (parsed === undefined) return false;
  return allowed.includes(parsed) || new URL(parsed).host === host?.toLowerCase();
}

/** Why a handshake is refused, or undefined for a welcome. `auth` is whatever the other side sent. */
export function refuseVersion(auth: unknown): Refusal | undefined {
  const version = typeof auth === 'object' && auth !== null && 'version' in auth ? auth.version : undefined;
  if (version === signalingVersion) return undefined;
  return {
    code: 'version-mismatch',
    message: `This server speaks version ${signalingVersion} of the signaling protocol. Reload the page to get the same.`,
  };
}
