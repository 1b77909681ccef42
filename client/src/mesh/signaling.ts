import {
  type ClientToServerEvents,
  type DoneAnswer,
  DoneAnswerSchema,
  type IceServer,
  type JoinRequest,
  JoinRequestSchema,
  type Json,
  type Member,
  MemberJoinedSchema,
  type MemberLeft,
  MemberLeftSchema,
  OpenRequestSchema,
  type RoomAnswer,
  RoomAnswerSchema,
  refusalOf,
  type ServerToClientEvents,
  SignalEventSchema,
  SignalRequestSchema,
  signalingVersion,
} from '@quorate/shared/wire';
import { io, type Socket } from 'socket.io-client';
import * as v from 'valibot';
import {
  alreadyClosed,
  badAnswer,
  errorOf,
  isOversize,
  isPassing,
  isUndelivered,
  packetTooLarge,
  refusalIn,
  SignalingError,
  type SignalingErrorCode,
  unreachable,
} from './signaling-error.js';
import type { SignalPort } from './types.js';

/**
 * `connecting`: the server has not answered yet, or not yet to our coming back. `online`: connected, and in the room if
 * there is one. `offline`: not connected; if there is a room, attempts go on in the background.
 */
export type SignalingState = 'connecting' | 'online' | 'offline';

/** A room as the server knows it: members in the order of joining, this tab included. */
export type SignaledRoom = {
  readonly code: string;
  readonly members: readonly Member[];
  readonly iceServers: readonly IceServer[];
};

/** What made the list of members another one: this tab (re)entered, somebody came (back), somebody went. */
export type MemberChange =
  | { readonly kind: 'entered'; readonly room: SignaledRoom }
  | { readonly kind: 'joined'; readonly member: Member }
  | ({ readonly kind: 'left' } & MemberLeft);

export type SignalingOptions = {
  /** Default: the origin that the page came from. */
  readonly url?: string;
  /** How long `open` and `join` wait for the server, and every request for its answer. */
  readonly timeoutMs?: number;
};

type SignalingSocket = Socket<ServerToClientEvents, ClientToServerEvents>;
/** The socket with a time limit set, which only asks. */
type AskingSocket = ReturnType<SignalingSocket['timeout']>;
type Seat = Pick<JoinRequest, 'code' | 'name' | 'nodeId'> & { readonly watch: boolean };

/** Attempts to come back begin with the first delay and are never further apart than the last, plus half of it. */
const reconnectDelayMs = 300;
const reconnectDelayMaxMs = 3000;

class Listeners<Args extends readonly unknown[]> {
  readonly #listeners = new Set<(...args: Args) => void>();

  /** Adds a listener; the answer removes it. */
  readonly add = (listener: (...args: Args) => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  emit(...args: Args): void {
    for (const listener of this.#listeners) listener(...args);
  }
}

function check<Schema extends v.GenericSchema>(
  event: string,
  schema: Schema,
  request: v.InferInput<Schema>,
): v.InferOutput<Schema> {
  const parsed = v.safeParse(schema, request, { abortEarly: true });
  if (!parsed.success) throw errorOf(refusalOf(event, parsed.issues));
  return parsed.output;
}

/**
 * A tab's connection to the signaling server. Once in a room it stays there: it reconnects for ever, and says `known`
 * when it comes back, so that a server which has lost its memory learns the room's code again from its members.
 */
export class Signaling {
  readonly #socket: SignalingSocket;
  readonly #timeoutMs: number;
  readonly #members = new Map<string, Member>();
  readonly #stateListeners = new Listeners<[SignalingState]>();
  readonly #memberListeners = new Listeners<[readonly Member[], MemberChange]>();
  readonly #signalListeners = new Listeners<[from: string, generation: number, data: Json]>();
  readonly #errorListeners = new Listeners<[SignalingError]>();
  #state: SignalingState = 'offline';
  /** The seat to come back to. */
  #seat: Seat | undefined;
  #retryTimer: ReturnType<typeof setTimeout> | undefined;
  #lastErrorCode: SignalingErrorCode | undefined;
  readonly #closing = new AbortController();
  #isPaused = false;

  /** The state of the connection, whenever it has changed. */
  readonly onState = this.#stateListeners.add;
  /** All members after each change, and the change. While offline the list stays as it was. */
  readonly onMembers = this.#memberListeners.add;
  /** A signal from another member, its sender stamped by the server. */
  readonly onSignal = this.#signalListeners.add;
  /**
   * What went wrong in the background, once until it has changed or passed. `replaced`: another connection has taken
   * over this node id; this one does not come back by itself.
   */
  readonly onError = this.#errorListeners.add;

  constructor({ url, timeoutMs = 8000 }: SignalingOptions = {}) {
    this.#timeoutMs = timeoutMs;
    const options = {
      // WebSocket saves a round trip; long polling gets through where a school's proxy knows no WebSocket.
      transports: ['websocket', 'polling'],
      tryAllTransports: true,
      forceNew: true,
      autoConnect: false,
      auth: { version: signalingVersion },
      timeout: 5000,
      reconnectionDelay: reconnectDelayMs,
      reconnectionDelayMax: reconnectDelayMaxMs,
    };
    this.#socket = url === undefined ? io(options) : io(url, options);
    this.#listenToConnection();
    this.#listenToRoom();
  }

  get state(): SignalingState {
    return this.#state;
  }

  get members(): readonly Member[] {
    return [...this.#members.values()];
  }

  /**
   * Opens a room with a code of its own and enters it.
   * @throws SignalingError `unreachable`, `bad-name`, `too-many-rooms`, `rate-limited`, ...
   */
  async open(name: string, nodeId: string): Promise<SignaledRoom> {
    const request = check('open', OpenRequestSchema, { name, nodeId });
    await this.#connect();
    const room = await this.#askRoom((socket) => socket.emitWithAck('open', request));
    return this.#entered({ ...request, code: room.code, watch: false }, room);
  }

  /**
   * Enters the room of this code. With `known` (this tab has the room's document on disk) the server makes the room if
   * it does not know it, and after a failure that may pass, attempts go on in the background; `onMembers` tells.
   * @throws SignalingError `unreachable`, `unknown-room`, `room-full`, `bad-name`, `bad-code`, `rate-limited`, ...
   */
  async join(request: JoinRequest): Promise<SignaledRoom> {
    const checked = check('join', JoinRequestSchema, request);
    const seat: Seat = {
      code: checked.code,
      name: checked.name,
      nodeId: checked.nodeId,
      watch: checked.watch ?? false,
    };
    try {
      await this.#connect();
      const room = await this.#askRoom((socket) => socket.emitWithAck('join', checked));
      return this.#entered(seat, room);
    } catch (error) {
      if (
        checked.known &&
        error instanceof SignalingError &&
        isPassing(error.code) &&
        !this.#closing.signal.aborted
      ) {
        this.#seat = seat;
        this.#retryLater(error.retryAfterMs);
      }
      throw error;
    }
  }

  /**
   * Passes `data` to another member of the room; resolves when the server has taken it, not when it has arrived.
   * @throws SignalingError `unreachable` (at once, nothing is kept for later), `unknown-member`, `bad-message`, ...
   */
  async signal(to: string, generation: number, data: Json): Promise<void> {
    const request = check('signal', SignalRequestSchema, { to, generation, data });
    if (!this.#socket.connected) throw unreachable();
    await this.#askDone((socket) => socket.emitWithAck('signal', request));
  }

  /**
   * The signals of this connection as the mesh wants them. One that the server can't pass on, since it is away or does not
   * know the peer, is handed back as undelivered; what else fails is an `onError`, and the mesh tries anew.
   */
  port(self: string): SignalPort {
    const undelivered = new Listeners<[to: string, generation: number, data: unknown]>();
    return {
      self,
      send: (to, generation, data) => {
        // The schema in signal() checks that it is JSON.
        this.signal(to, generation, data as Json).catch((error: unknown) => {
          if (error instanceof SignalingError && isUndelivered(error.code))
            undelivered.emit(to, generation, data);
          else this.#report(error);
        });
      },
      onSignal: (handler) => {
        this.onSignal(handler);
      },
      onUndelivered: (handler) => {
        undelivered.add(handler);
      },
    };
  }

  /** Gives up the connection and keeps the seat: nobody is met by way of the server until `resume`. */
  pause(): void {
    this.#isPaused = true;
    clearTimeout(this.#retryTimer);
    this.#disconnect();
  }

  /** Connects again after `pause`, and comes back to the seat. */
  resume(): void {
    if (!this.#isPaused || this.#closing.signal.aborted) return;
    this.#isPaused = false;
    if (!this.#seat) return;
    this.#setState('connecting');
    this.#socket.connect();
  }

  /** Leaves the room for good and disconnects. Without a server the seat is given up all the same. */
  async leave(): Promise<void> {
    const { connected } = this.#socket;
    this.#giveUpSeat();
    try {
      if (connected) await this.#askDone((socket) => socket.emitWithAck('leave', {}));
    } catch (error) {
      // The server frees the seat as soon as the connection ends: being unable to say so changes nothing.
      this.#report(error);
    } finally {
      this.#disconnectIfIdle();
    }
  }

  /** Ends the connection; nothing more is reported, and nothing can be asked. */
  close(): void {
    this.#closing.abort();
    this.#giveUpSeat();
    this.#disconnect();
  }

  #listenToConnection(): void {
    const socket = this.#socket;
    socket.on('connect', () => {
      if (this.#seat) void this.#comeBack(this.#seat);
      else this.#setState('online');
    });
    socket.on('disconnect', (_reason, details) => {
      this.#setState('offline');
      if (isOversize(details)) this.#report(packetTooLarge());
      // A server that ends a connection itself makes socket.io give up.
      if (this.#seat && !socket.active) this.#retryLater(0);
    });
    socket.on('connect_error', (error) => {
      this.#setState('offline');
      const refusal = refusalIn(error);
      if (!this.#seat) return;
      this.#report(refusal ?? unreachable());
      if (!socket.active) this.#retryLater(refusal?.retryAfterMs ?? 0);
    });
  }

  #listenToRoom(): void {
    this.#socket.on('signal', (event) => {
      const parsed = v.safeParse(SignalEventSchema, event, { abortEarly: true });
      if (!parsed.success) return this.#report(badAnswer('signal'));
      this.#signalListeners.emit(parsed.output.from, parsed.output.generation, parsed.output.data);
    });
    this.#socket.on('memberJoined', (event) => {
      const parsed = v.safeParse(MemberJoinedSchema, event, { abortEarly: true });
      if (!parsed.success) return this.#report(badAnswer('memberJoined'));
      this.#members.set(parsed.output.nodeId, parsed.output);
      this.#memberListeners.emit(this.members, { kind: 'joined', member: parsed.output });
    });
    this.#socket.on('memberLeft', (event) => {
      const parsed = v.safeParse(MemberLeftSchema, event, { abortEarly: true });
      if (!parsed.success) return this.#report(badAnswer('memberLeft'));
      this.#members.delete(parsed.output.nodeId);
      this.#memberListeners.emit(this.members, { kind: 'left', ...parsed.output });
    });
    this.#socket.on('replaced', () => {
      // To come back would throw the other one out, and the two would take turns for ever.
      this.#giveUpSeat();
      this.#disconnect();
      this.#report(
        new SignalingError('replaced', 'This node has been opened elsewhere. Close one of the two.'),
      );
    });
  }

  /** Asks for the seat again on a new connection. */
  async #comeBack(seat: Seat): Promise<void> {
    this.#setState('connecting');
    try {
      const request = { ...seat, known: true };
      const room = await this.#askRoom((socket) => socket.emitWithAck('join', request));
      if (seat === this.#seat) this.#entered(seat, room);
    } catch (error) {
      if (this.#isPaused) return;
      this.#report(error);
      if (seat !== this.#seat || !(error instanceof SignalingError)) return;
      if (isPassing(error.code)) this.#retryLater(error.retryAfterMs);
      else this.#giveUpSeat();
    }
  }

  #entered(seat: Seat, { code, members, iceServers }: SignaledRoom): SignaledRoom {
    const room = { code, members, iceServers };
    this.#seat = seat;
    this.#lastErrorCode = undefined;
    this.#members.clear();
    for (const member of members) this.#members.set(member.nodeId, member);
    this.#setState('online');
    this.#memberListeners.emit(this.members, { kind: 'entered', room });
    return room;
  }

  /** Resolves on a connection that the server has welcomed. */
  #connect(): Promise<void> {
    const socket = this.#socket;
    const { signal: closed } = this.#closing;
    if (closed.aborted) return Promise.reject(alreadyClosed());
    if (socket.connected) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const finish = (error?: SignalingError) => {
        clearTimeout(timer);
        socket.off('connect', onConnect).off('connect_error', onConnectError);
        closed.removeEventListener('abort', onClosed);
        if (error) reject(error);
        else resolve();
      };
      const onConnect = () => finish();
      const onClosed = () => finish(alreadyClosed());
      const onConnectError = (error: Error) => {
        // What is no refusal is a network that may still come up before the time is over.
        const refusal = refusalIn(error);
        if (refusal) finish(refusal);
      };
      const timer = setTimeout(() => {
        this.#disconnectIfIdle();
        finish(unreachable());
      }, this.#timeoutMs);
      socket.on('connect', onConnect).on('connect_error', onConnectError);
      closed.addEventListener('abort', onClosed);
      this.#setState('connecting');
      socket.connect();
    });
  }

  async #askRoom(send: (socket: AskingSocket) => Promise<RoomAnswer>): Promise<SignaledRoom> {
    const answer = await this.#ask(send);
    const parsed = v.safeParse(RoomAnswerSchema, answer, { abortEarly: true });
    if (!parsed.success) throw badAnswer('room');
    if (!parsed.output.ok) throw errorOf(parsed.output.error);
    return parsed.output;
  }

  async #askDone(send: (socket: AskingSocket) => Promise<DoneAnswer>): Promise<void> {
    const answer = await this.#ask(send);
    const parsed = v.safeParse(DoneAnswerSchema, answer, { abortEarly: true });
    if (!parsed.success) throw badAnswer('done');
    if (!parsed.output.ok) throw errorOf(parsed.output.error);
  }

  async #ask<Answer>(send: (socket: AskingSocket) => Promise<Answer>): Promise<Answer> {
    try {
      return await send(this.#socket.timeout(this.#timeoutMs));
    } catch {
      // socket.io rejects for two reasons, no answer in time and a lost connection: they mean the same to callers.
      // Without a seat to come back to, ending the connection frees what the server may have given us meanwhile.
      this.#disconnectIfIdle();
      throw this.#closing.signal.aborted ? alreadyClosed() : unreachable();
    }
  }

  #retryLater(afterMs: number): void {
    clearTimeout(this.#retryTimer);
    if (this.#isPaused) return;
    // A whole class loses its server at the same moment: spread them. What the server says about waiting is for people:
    // a seat that is free again should not stay empty for a minute.
    const delayMs =
      Math.min(afterMs, reconnectDelayMaxMs) + reconnectDelayMaxMs * (0.2 + 0.8 * Math.random());
    this.#retryTimer = setTimeout(() => {
      if (!this.#seat) return;
      if (this.#socket.connected) void this.#comeBack(this.#seat);
      else this.#socket.connect();
    }, delayMs);
  }

  #giveUpSeat(): void {
    clearTimeout(this.#retryTimer);
    this.#seat = undefined;
    this.#members.clear();
  }

  #disconnectIfIdle(): void {
    if (!this.#seat) this.#disconnect();
  }

  #disconnect(): void {
    this.#socket.disconnect();
    this.#setState('offline');
  }

  #setState(state: SignalingState): void {
    if (state === this.#state) return;
    this.#state = state;
    if (!this.#closing.signal.aborted) this.#stateListeners.emit(state);
  }

  #report(error: unknown): void {
    const known = error instanceof SignalingError ? error : new SignalingError('internal', String(error));
    if (known.code === this.#lastErrorCode || this.#closing.signal.aborted) return;
    this.#lastErrorCode = known.code;
    this.#errorListeners.emit(known);
  }
}
