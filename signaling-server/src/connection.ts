import {
  type DoneAnswer,
  JoinRequestSchema,
  LeaveRequestSchema,
  OpenRequestSchema,
  type RoomAnswer,
  refusalOf,
  SignalRequestSchema,
} from '@quorate/shared/wire';
import type { Logger } from 'pino';
import * as v from 'valibot';
import type { Limiter } from './limiter.js';
import { floodFactor, type Limits, refusalCost } from './limits.js';
import type { Lobby } from './lobby.js';
import type { RefusalLog } from './refusal-log.js';
import { isOversize, oversized, refuse, refuseRate } from './refuse.js';
import { createVisitor, type ServerSocket, type Visitor } from './visitor.js';

type Answer = RoomAnswer | DoneAnswer;
type Handler = (visitor: Visitor, payload: unknown) => Answer | Promise<Answer>;

function checked<Schema extends v.GenericSchema>(
  event: string,
  schema: Schema,
  run: (visitor: Visitor, request: v.InferOutput<Schema>) => Answer | Promise<Answer>,
): [string, Handler] {
  const handler: Handler = (visitor, payload) => {
    const parsed = v.safeParse(schema, payload, { abortEarly: true });
    return parsed.success
      ? run(visitor, parsed.output)
      : { ok: false, error: refusalOf(event, parsed.issues) };
  };
  return [event, handler];
}

function handlersOf(lobby: Lobby): ReadonlyMap<string, Handler> {
  return new Map([
    checked('open', OpenRequestSchema, (visitor, request) => lobby.open(visitor, request)),
    checked('join', JoinRequestSchema, (visitor, request) => lobby.join(visitor, request)),
    checked('signal', SignalRequestSchema, (visitor, request) => lobby.signal(visitor, request)),
    checked('leave', LeaveRequestSchema, (visitor) => lobby.leave(visitor)),
  ]);
}

/** Everything that arrives on one connection goes through here: limit, schema, handler, answer, in this order. */
export class Desk {
  readonly #handlers: ReadonlyMap<string, Handler>;

  constructor(
    private readonly lobby: Lobby,
    private readonly limits: Limits,
    private readonly messages: Limiter,
    private readonly refusals: RefusalLog,
    private readonly log: Logger,
  ) {
    this.#handlers = handlersOf(lobby);
  }

  accept(socket: ServerSocket): void {
    const visitor = createVisitor(socket);
    // One at a time: a signal sent right after a join must find the join done, though the limiter answers later.
    let turn = Promise.resolve();
    const fail = (error: unknown) => this.log.error({ err: error, socket: socket.id }, 'could not answer');
    socket.onAny((event: unknown, ...args: unknown[]) => {
      turn = turn.then(() => this.#serve(visitor, String(event), args)).catch(fail);
    });
    socket.on('error', (error) => this.log.warn({ reason: error.message, socket: socket.id }, 'bad packet'));
    socket.on('disconnect', (reason, details: unknown) => {
      this.log.debug({ socket: socket.id, reason }, 'disconnected');
      if (isOversize(details)) turn = turn.then(() => this.#logOversize(visitor)).catch(fail);
      this.lobby.disconnected(visitor);
    });
  }

  #logOversize({ address, socket }: Visitor): Promise<void> {
    return this.refusals.write({ address, ...oversized, socket: socket.id });
  }

  async #serve(visitor: Visitor, event: string, args: readonly unknown[]): Promise<void> {
    const { socket } = visitor;
    if (!socket.connected) return;
    const last = args.at(-1);
    const reply = (answer: Answer) => {
      if (typeof last === 'function') last(answer);
      else if (!answer.ok) socket.emit('refused', answer.error);
    };
    const overdrawn = await this.messages.pay(socket.id, 1);
    if (overdrawn) {
      if (overdrawn.pointsUsed - 1 <= this.limits.messagePointsMax) {
        this.log.warn({ socket: socket.id, address: visitor.address }, 'rate limit reached');
      }
      reply(refuseRate(overdrawn.retryAfterMs));
      if (overdrawn.pointsUsed > floodFactor * this.limits.messagePointsMax) socket.disconnect(true);
      return;
    }
    const answer = await this.#handle(visitor, event, args[0]);
    if (!answer.ok) {
      const { code, message } = answer.error;
      const { address } = visitor;
      await this.refusals.write({ address, code, message, socket: socket.id, event: event.slice(0, 40) });
      await this.messages.fine(socket.id, refusalCost);
    }
    reply(answer);
  }

  async #handle(visitor: Visitor, event: string, payload: unknown): Promise<Answer> {
    const handler = this.#handlers.get(event);
    if (!handler) {
      const known = [...this.#handlers.keys()].join(', ');
      return refuse('bad-message', `There is no such message. Known are: ${known}.`);
    }
    try {
      return await handler(visitor, payload);
    } catch (error) {
      this.log.error({ err: error, event }, 'failed to handle a message');
      return refuse('internal', 'The server failed at this. Try again; its log says more.');
    }
  }
}
