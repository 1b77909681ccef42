import type { Member } from '@quorate/shared/wire';
import { freeCode } from './codes.js';

/** A member with the connection that speaks for it. */
export type Seat<Connection> = { readonly member: Member; readonly connection: Connection };

/** Seats in the order of joining; coming back keeps one's place. */
export type Room<Connection> = {
  readonly code: string;
  readonly seats: Map<string, Seat<Connection>>;
  emptyTimer: NodeJS.Timeout | undefined;
};

/** The rooms by code: who is in, and nothing about what they do there. */
export class Rooms<Connection> {
  readonly #rooms = new Map<string, Room<Connection>>();

  constructor(
    private readonly roomsMax: number,
    private readonly emptyRoomGraceMs: number,
  ) {}

  get size(): number {
    return this.#rooms.size;
  }

  get memberCount(): number {
    let count = 0;
    for (const room of this.#rooms.values()) count += room.seats.size;
    return count;
  }

  get isFull(): boolean {
    return this.#rooms.size >= this.roomsMax;
  }

  find(code: string): Room<Connection> | undefined {
    return this.#rooms.get(code);
  }

  /** A new, empty room, under a code of its own where none is given. The caller has checked `isFull`. */
  create(code: string = freeCode((taken) => this.#rooms.has(taken))): Room<Connection> {
    const room: Room<Connection> = { code, seats: new Map(), emptyTimer: undefined };
    this.#rooms.set(code, room);
    return room;
  }

  /** Takes the seat of `seat.member.nodeId`; answers who had it before. */
  sit(room: Room<Connection>, seat: Seat<Connection>): Seat<Connection> | undefined {
    clearTimeout(room.emptyTimer);
    room.emptyTimer = undefined;
    const previous = room.seats.get(seat.member.nodeId);
    room.seats.set(seat.member.nodeId, seat);
    return previous;
  }

  /** Frees a seat, unless a newer connection has it by now; answers whether it was freed. */
  stand(room: Room<Connection>, nodeId: string, connection: Connection): boolean {
    if (room.seats.get(nodeId)?.connection !== connection) return false;
    room.seats.delete(nodeId);
    if (room.seats.size === 0) {
      room.emptyTimer = setTimeout(() => this.#rooms.delete(room.code), this.emptyRoomGraceMs);
      room.emptyTimer.unref();
    }
    return true;
  }

  /** Forgets all rooms; whoever stands up afterwards had no seat. */
  clear(): void {
    for (const room of this.#rooms.values()) {
      clearTimeout(room.emptyTimer);
      room.seats.clear();
    }
    this.#rooms.clear();
  }
}
