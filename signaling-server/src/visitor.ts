import type { ClientToServerEvents, ServerToClientEvents } from '@quorate/shared/wire';
import type { DefaultEventsMap, Socket } from 'socket.io';
import type { Room } from './rooms.js';

export type ServerSocket = Socket<ClientToServerEvents, ServerToClientEvents, DefaultEventsMap, unknown>;

/** One connection, and where it sits. */
export type Visitor = {
  readonly socket: ServerSocket;
  readonly address: string;
  place: { readonly room: Room<Visitor>; readonly nodeId: string } | undefined;
  /** Relayed to this connection and not yet handed to its network. */
  waitingBytes: number;
};

export function createVisitor(socket: ServerSocket): Visitor {
  const visitor: Visitor = { socket, address: socket.handshake.address, place: undefined, waitingBytes: 0 };
  socket.conn.on('drain', () => {
    visitor.waitingBytes = 0;
  });
  return visitor;
}
