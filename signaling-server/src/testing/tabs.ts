import {
  type ClientToServerEvents,
  type Member,
  type MemberLeft,
  type Refusal,
  type ServerToClientEvents,
  type SignalEvent,
  signalingVersion,
} from '@quorate/shared/wire';
import { io, type Socket } from 'socket.io-client';
import { onTestFinished, vi } from 'vitest';
import type { Limits } from '../limits.js';
import { createSignalingServer, type SignalingServer, type SignalingServerOptions } from '../server.js';

type TabSocket = Socket<ServerToClientEvents, ClientToServerEvents>;

/** A bare connection that notes what it is told. */
export type Tab = {
  readonly nodeId: string;
  readonly socket: TabSocket;
  readonly signals: SignalEvent[];
  readonly joined: Member[];
  readonly left: MemberLeft[];
  readonly refused: Refusal[];
  /** Sends whatever it is given, like a tab that follows no schema. */
  readonly say: (event: string, ...payload: unknown[]) => Promise<unknown>;
};

export async function startServer(
  options: SignalingServerOptions & { readonly limits?: Partial<Limits> } = {},
): Promise<SignalingServer> {
  const server = await createSignalingServer({ port: 0, host: '127.0.0.1', ...options });
  onTestFinished(() => server.close());
  return server;
}

export function nodeIdOf(name: string): string {
  return name.toLowerCase().padEnd(26, '0');
}

export function createSocket(
  url: string,
  auth: object = { version: signalingVersion },
  origin?: string,
): TabSocket {
  const socket: TabSocket = io(url, {
    transports: ['websocket'],
    forceNew: true,
    reconnection: false,
    auth,
    ...(origin === undefined ? {} : { extraHeaders: { origin } }),
  });
  onTestFinished(() => {
    socket.disconnect();
  });
  return socket;
}

/** Resolves when welcomed, rejects with what the server said instead. */
export function connected(socket: TabSocket): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('connect_error', reject);
  });
}

export async function openTab(server: SignalingServer, name: string): Promise<Tab> {
  const socket = createSocket(server.url);
  const tab: Tab = {
    nodeId: nodeIdOf(name),
    socket,
    signals: [],
    joined: [],
    left: [],
    refused: [],
    // The types forbid the very messages that the tests are about.
    say: (event, ...payload) =>
      (socket as Socket).timeout(5000).emitWithAck(event, ...payload) as Promise<unknown>,
  };
  socket.on('signal', (event) => tab.signals.push(event));
  socket.on('memberJoined', (member) => tab.joined.push(member));
  socket.on('memberLeft', (event) => tab.left.push(event));
  socket.on('refused', (refusal) => tab.refused.push(refusal));
  await connected(socket);
  return tab;
}

/** A room of these tabs, the first of which opened it. */
export async function openRoom(
  server: SignalingServer,
  first: string,
  ...others: string[]
): Promise<{ readonly code: string; readonly tabs: readonly Tab[] }> {
  const opener = await openTab(server, first);
  const answer = await opener.socket.emitWithAck('open', { name: first, nodeId: opener.nodeId });
  if (!answer.ok) throw new Error(answer.error.message);
  const tabs = [opener];
  for (const name of others) {
    const tab = await openTab(server, name);
    const joined = await tab.socket.emitWithAck('join', { code: answer.code, name, nodeId: tab.nodeId });
    if (!joined.ok) throw new Error(joined.error.message);
    tabs.push(tab);
  }
  return { code: answer.code, tabs };
}

/** An answer that has arrived after everything that the server told this tab before. */
export async function settled(tab: Tab): Promise<void> {
  await tab.say('leave', 'no object, so it is refused and nothing changes');
}

/** Waits until `expectation` throws no more; generous, since a busy machine is no failure. */
export function eventually(expectation: () => void | Promise<void>): Promise<void> {
  return vi.waitFor(expectation, { timeout: 15_000, interval: 10 });
}
