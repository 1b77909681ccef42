import { existsSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import type { IceServer, ServerConfig } from '@quorate/shared/wire';
import sirv from 'sirv';

export type HttpParts = {
  readonly staticDir: string | undefined;
  readonly iceServers: readonly IceServer[];
  readonly lanAddresses: () => string[];
  readonly health: () => { readonly rooms: number; readonly members: number; readonly uptimeSeconds: number };
};

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

// 'self' does not cover WebSocket in every browser, and a script that styles an element through an attribute needs
// inline styles. No COOP or COEP: they would take the page away from teachers who embed it, for nothing that we use.
const securityHeaders = {
  'Content-Security-Policy': [
    "default-src 'self'",
    "script-src 'self'",
    "worker-src 'self' blob:",
    "connect-src 'self' ws: wss:",
    "img-src 'self' data: blob:",
    "font-src 'self' data:",
    "style-src 'self' 'unsafe-inline'",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
  ].join('; '),
  'X-Content-Type-Options': 'nosniff',
  // The address of a room holds its code, which is nobody else's business.
  'Referrer-Policy': 'no-referrer',
} as const;

function sendText(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8', 'Cache-Control': 'no-store' });
  response.end(`${text}\n`);
}

function sendJson(response: ServerResponse, value: unknown): void {
  response.writeHead(200, { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' });
  response.end(JSON.stringify(value));
}

function staticHandler(staticDir: string | undefined): Handler {
  if (staticDir === undefined || !existsSync(join(staticDir, 'index.html'))) {
    const hint =
      'There is no built client here. Run npm start, which builds it, or give --static its folder.';
    return (_request, response) => sendText(response, 404, hint);
  }
  const serve = sirv(staticDir, {
    single: true,
    etag: true,
    setHeaders: (response, pathname) => {
      // The build puts a hash of the content into the names below assets/, and nowhere else.
      const cache = pathname.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache';
      response.setHeader('Cache-Control', cache);
    },
  });
  return (request, response) => serve(request, response, () => sendText(response, 404, 'Not found.'));
}

/** Answers everything that is not socket.io: health, configuration, and the built client. */
export function createHttpHandler({ staticDir, iceServers, lanAddresses, health }: HttpParts): Handler {
  const serveStatic = staticHandler(staticDir);
  return (request, response) => {
    for (const [name, value] of Object.entries(securityHeaders)) response.setHeader(name, value);
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.setHeader('Allow', 'GET, HEAD');
      sendText(response, 405, 'Only GET and HEAD are answered here.');
      return;
    }
    const path = (request.url ?? '/').split('?', 1)[0];
    if (path === '/healthz') {
      sendJson(response, { status: 'ok', ...health() });
    } else if (path === '/config.json') {
      const config: ServerConfig = { iceServers: [...iceServers], lanAddresses: lanAddresses() };
      sendJson(response, config);
    } else {
      serveStatic(request, response);
    }
  };
}
