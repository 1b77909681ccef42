import type {
  DoneAnswer,
  IceServer,
  JoinRequest,
  Member,
  MemberLeft,
  OpenRequest,
  Refused,
  RoomAnswer,
  SignalRequest,
} from '@quorate/shared/wire';
import type { Logger } from 'pino';
import { Limiter } from './limiter.js';
import { type Limits, waitingBytesMax } from './limits.js';
import { refuse, refuseRate } from './refuse.js';
import { type Room, Rooms } from './rooms.js';
import type { Visitor } from './visitor.js';

const notInRoom = () => refuse('not-in-room', 'You are in no room. Open or join one first.');

/** Brings the members of a room together, and relays between them. It does not look at what they tell each other. */
export class Lobby {
  readonly rooms: Rooms<Visitor>;
  readonly #attempts: Limiter;

  constructor(
    private readonly limits: Limits,
    private readonly iceServers: readonly IceServer[],
    private readonly log: Logger,
  ) {
    this.rooms = new Rooms(limits.roomsMax, limits.emptyRoomGraceMs);
    this.#attempts = new Limiter(limits.attemptsMax, limits.attemptsWindowMs);
  }

  async open(visitor: Visitor, { name, nodeId }: OpenRequest): Promise<RoomAnswer> {
    if (visitor.place) return this.#refuseSecondRoom();
    const overdrawn = await this.#attempts.pay(visitor.address, 1);
    if (overdrawn) return refuseRate(overdrawn.retryAfterMs);
    if (this.rooms.isFull) return this.#refuseRoom();
    return this.#enter(visitor, this.rooms.create(), { nodeId, name, watch: false });
  }

  async join(visitor: Visitor, request: JoinRequest): Promise<RoomAnswer> {
    const { code, nodeId, name, watch = false, known = false } = request;
    const { place } = visitor;
    if (place && (place.room.code !== code || place.nodeId !== nodeId)) return this.#refuseSecondRoom();
    // Paid in advance, so that a guess beyond the limit learns nothing even if it is right.
    const overdrawn = await this.#attempts.pay(visitor.address, 1);
    if (overdrawn) return refuseRate(overdrawn.retryAfterMs);
    let room = this.rooms.find(code);
    if (room) {
      if (room.seats.size >= this.limits.membersMax && !room.seats.has(nodeId)) {
        return refuse('room-full', `The room has all ${this.limits.membersMax} members that it can hold.`);
      }
      await this.#attempts.refund(visitor.address, 1);
    } else {
      if (!known) return refuse('unknown-room', 'There is no room under this code. Check it and try again.');
      if (this.rooms.isFull) return this.#refuseRoom();
      room = this.rooms.create(code);
      this.log.info({ code }, 'learned a room from its member');
    }
    return this.#enter(visitor, room, { nodeId, name, watch });
  }

  signal(visitor: Visitor, { to, generation, data }: SignalRequest): DoneAnswer {
    const { place } = visitor;
    if (!place) return notInRoom();
    const target = place.room.seats.get(to)?.connection;
    if (!target || target === visitor) {
      return refuse('unknown-member', 'The room has no such other member. It may have left just now.');
    }
    if (target.waitingBytes > waitingBytesMax) {
      return refuse('member-busy', "This member's network does not keep up. Try again in a moment.", 1000);
    }
    target.waitingBytes += JSON.stringify(data).length;
    target.socket.emit('signal', { from: place.nodeId, generation, data });
    return { ok: true };
  }

  leave(visitor: Visitor): DoneAnswer {
    return this.#stand(visitor, 'left') ? { ok: true } : notInRoom();
  }

  disconnected(visitor: Visitor): void {
    this.#stand(visitor, 'disconnected');
  }

  #enter(visitor: Visitor, room: Room<Visitor>, member: Member): RoomAnswer {
    const previous = this.rooms.sit(room, { member, connection: visitor })?.connection;
    visitor.place = { room, nodeId: member.nodeId };
    if (previous && previous !== visitor) {
      previous.place = undefined;
      previous.socket.emit('replaced', {});
      previous.socket.disconnect(true);
    }
    // A connection that broke while it waited for its turn must not keep a seat that nobody will free.
    if (!visitor.socket.connected) {
      this.#stand(visitor, 'disconnected');
      return notInRoom();
    }
    for (const { connection } of room.seats.values()) {
      if (connection !== visitor) connection.socket.emit('memberJoined', member);
    }
    this.log.info({ code: room.code, nodeId: member.nodeId, members: room.seats.size }, 'member joined');
    const members = [...room.seats.values()].map((seat) => seat.member);
    return { ok: true, code: room.code, members, iceServers: [...this.iceServers] };
  }

  #stand(visitor: Visitor, reason: MemberLeft['reason']): boolean {
    const { place } = visitor;
    if (!place) return false;
    visitor.place = undefined;
    const { room, nodeId } = place;
    if (!this.rooms.stand(room, nodeId, visitor)) return false;
    for (const { connection } of room.seats.values())
      connection.socket.emit('memberLeft', { nodeId, reason });
    this.log.info({ code: room.code, nodeId, reason, members: room.seats.size }, 'member left');
    return true;
  }

  #refuseRoom(): Refused {
    return refuse(
      'too-many-rooms',
      'This server has all the rooms that it can hold. Try again later.',
      60_000,
    );
  }

  #refuseSecondRoom(): Refused {
    return refuse('already-in-room', 'You are in a room already. Leave it first.');
  }
}
