import { createServer, type Server as HttpServer } from 'node:http';
import type { AddressInfo, Socket as NetSocket } from 'node:net';
import {
  type ClientToServerEvents,
  type IceServer,
  type Refusal,
  type ServerToClientEvents,
  signalingLimits,
} from '@quorate/shared/wire';
import { type Logger, pino } from 'pino';
import { Server } from 'socket.io';
import { lanAddresses, localAddress } from './addresses.js';
import { Desk } from './connection.js';
import { isOriginAllowed, refuseVersion } from './gate.js';
import { createHttpHandler } from './http.js';
import { Limiter } from './limiter.js';
import { defaultLimits, type Limits } from './limits.js';
import { Lobby } from './lobby.js';
import { RefusalLog } from './refusal-log.js';
import { oversized } from './refuse.js';

export type SignalingServerOptions = {
  /** 0 takes any free port. Default 3000. */
  readonly port?: number;
  /** Default 0.0.0.0: every IPv4 address of this machine. */
  readonly host?: string;
  readonly iceServers?: readonly IceServer[];
  /** Origins of pages that may connect although another server has sent them, as `https://host[:port]`. */
  readonly origins?: readonly string[];
  /** The built client. */
  readonly staticDir?: string;
  readonly limits?: Partial<Limits>;
  /** Default: silent. */
  readonly logger?: Logger;
};

export type SignalingServer = {
  readonly port: number;
  /** For this machine's own browser: http://localhost:PORT unless bound to one address. */
  readonly url: string;
  /** For other machines, likeliest first. */
  readonly lanAddresses: () => string[];
  /** Ends every connection and frees the port. */
  readonly close: () => Promise<void>;
};

type IoServer = Server<ClientToServerEvents, ServerToClientEvents>;

/** A tab that is refused for the crowd is told so; only a crowd beyond even that is turned away without a word. */
const connectionsSpare = 32;
/** Peers that do not answer a close are cut off after this long. */
const closeGraceMs = 250;

function createIo(
  http: HttpServer,
  limits: Limits,
  origins: readonly string[],
  refusals: RefusalLog,
  log: Logger,
): IoServer {
  const report = (address: string, { code, message }: Pick<Refusal, 'message'> & { code: string }) => {
    refusals
      .write({ address, code, message })
      .catch((error: unknown) => log.error({ err: error }, 'could not log a refusal'));
  };
  const io: IoServer = new Server(http, {
    serveClient: false,
    maxHttpBufferSize: signalingLimits.packetBytesMax,
    connectTimeout: 10_000,
    pingInterval: 10_000,
    pingTimeout: 8_000,
    ...(origins.length > 0 ? { cors: { origin: [...origins] } } : {}),
    allowRequest: (request, decide) => {
      if (!isOriginAllowed(request, origins)) {
        log.warn({ origin: request.headers.origin, host: request.headers.host }, 'origin refused');
        decide('This origin may not connect. Start the server with --origin to allow it.', false);
      } else if (io.engine.clientsCount >= limits.connectionsMax + connectionsSpare) {
        decide('Too many connections. Try again later.', false);
      } else decide(null, true);
    },
  });
  io.use((socket, next) => {
    const refusal =
      refuseVersion(socket.handshake.auth) ?? refuseCrowd(io.engine.clientsCount, limits.connectionsMax);
    if (!refusal) return next();
    report(socket.handshake.address, refusal);
    next(Object.assign(new Error(refusal.message), { data: refusal }));
  });
  // By long polling, nobody but the response tells of a packet that was too large.
  http.on('request', (request, response) => {
    response.once('finish', () => {
      if (response.statusCode === 413) report(request.socket.remoteAddress ?? '', oversized);
    });
  });
  return io;
}

function refuseCrowd(count: number, connectionsMax: number): Refusal | undefined {
  if (count <= connectionsMax) return undefined;
  const message = 'This server has all the connections that it can hold. Try again later.';
  return { code: 'too-many-connections', message, retryAfterMs: 10_000 };
}

function listen(http: HttpServer, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    http.once('error', reject);
    http.listen(port, host, () => {
      http.off('error', reject);
      // Listening on TCP, address() is neither null nor the name of a pipe.
      resolve((http.address() as AddressInfo).port);
    });
  });
}

/** io.close() waits for every peer's closing handshake; one that has frozen would hold it for half a minute. */
function createClose(io: IoServer, http: HttpServer, lobby: Lobby): () => Promise<void> {
  const sockets = new Set<NetSocket>();
  http.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  let closing: Promise<void> | undefined;
  const close = async () => {
    // First, so that nobody is told on the way out that all others have left.
    lobby.rooms.clear();
    const cutOff = setTimeout(() => {
      for (const socket of sockets) socket.destroy();
    }, closeGraceMs);
    const closed = io.close();
    http.closeIdleConnections();
    await closed;
    clearTimeout(cutOff);
  };
  return () => {
    closing ??= close();
    return closing;
  };
}

/**
 * Starts the rendezvous: rooms, relay of signals, the built client, health. Rejects with the system's error (`code`
 * EADDRINUSE, EACCES, EADDRNOTAVAIL...) if it can't listen.
 */
export async function createSignalingServer(options: SignalingServerOptions = {}): Promise<SignalingServer> {
  const { host = '0.0.0.0', iceServers = [], origins = [], staticDir } = options;
  const log = options.logger ?? pino({ level: 'silent' });
  const limits: Limits = { ...defaultLimits, ...options.limits };
  const lobby = new Lobby(limits, iceServers, log);
  const startedAtMs = performance.now();
  let port = options.port ?? 3000;

  const http = createServer(
    createHttpHandler({
      staticDir,
      iceServers,
      lanAddresses: () => lanAddresses(host, port),
      health: () => ({
        rooms: lobby.rooms.size,
        members: lobby.rooms.memberCount,
        uptimeSeconds: Math.floor((performance.now() - startedAtMs) / 1000),
      }),
    }),
  );
  const refusals = new RefusalLog(limits, log);
  const io = createIo(http, limits, origins, refusals, log);
  const close = createClose(io, http, lobby);
  const messages = new Limiter(limits.messagePointsMax, limits.messageWindowMs);
  const desk = new Desk(lobby, limits, messages, refusals, log);
  io.on('connection', (socket) => desk.accept(socket));

  try {
    port = await listen(http, port, host);
  } catch (error) {
    await close();
    throw error;
  }
  log.info({ host, port }, 'listening');
  return { port, url: localAddress(host, port), lanAddresses: () => lanAddresses(host, port), close };
}
