import type { AnyProtocol, MessageInfo, NodeId } from '../../core/index.js';
import { type Filter, type HeldMessage, StageError } from '../../scenario/index.js';
import { decodeFrame, type Frame } from '../../wire/index.js';
import type { Scheduler } from '../scheduler.js';

/** How long a message is under way, ms: no randomness, so that a transcript's times can be read. */
const transitMs = 1;
/** Messages that may be held at once: minutes of heartbeats of the largest cluster. */
const heldMax = 20_000;

type Letter = HeldMessage & { readonly frame: Uint8Array };
type Rule = { readonly holds: boolean; readonly filter: Filter };

/** Carries frames between nodes, in order, and holds those that it was told to hold. */
export class PostOffice {
  readonly #scheduler: Scheduler;
  readonly #protocol: AnyProtocol;
  readonly #deliver: (from: NodeId, to: NodeId, frame: Uint8Array) => void;
  readonly #kinds = new Set<string>();
  /** The newest that fits a message decides. */
  #rules: Rule[] = [];
  #held: Letter[] = [];
  #underWay = 0;

  constructor(
    scheduler: Scheduler,
    protocol: AnyProtocol,
    deliver: (from: NodeId, to: NodeId, frame: Uint8Array) => void,
  ) {
    this.#scheduler = scheduler;
    this.#protocol = protocol;
    this.#deliver = deliver;
  }

  /** Messages on their way that nobody holds. */
  get underWay(): number {
    return this.#underWay;
  }

  /** Of all messages that were ever sent. */
  get kinds(): ReadonlySet<string> {
    return this.#kinds;
  }

  send(from: NodeId, to: NodeId, frame: Uint8Array): void {
    const letter: Letter = { from, to, info: this.#describe(decodeFrame(frame)), frame };
    this.#kinds.add(letter.info.kind);
    const rule = this.#rules.findLast(({ filter }) => fits(filter, letter));
    if (rule?.holds !== true) return this.#carry(letter);
    if (this.#held.length >= heldMax) {
      throw new StageError(`more than ${heldMax} messages are held: hold fewer kinds, or run for less time`);
    }
    this.#held.push(letter);
  }

  hold(filter: Filter): void {
    this.#rules.push({ holds: true, filter });
  }

  /** Holds such messages no longer, and sends those that were held on their way. */
  release(filter: Filter): void {
    if (filter.kinds.length === 0 && filter.from === null && filter.to === null) this.#rules = [];
    else this.#rules.push({ holds: false, filter });
    const letters = this.#held.filter((letter) => fits(filter, letter));
    this.#held = this.#held.filter((letter) => !fits(filter, letter));
    for (const letter of letters) this.#carry(letter);
  }

  /** Takes held messages out, hands them over at once, or both: all that fit, or the oldest alone. Throws `StageError` when none fits. */
  handle(how: 'deliver' | 'copy' | 'drop', filter: Filter, first: boolean): readonly HeldMessage[] {
    const fitting = this.#held.filter((letter) => fits(filter, letter));
    const letters = first ? fitting.slice(0, 1) : fitting;
    if (letters.length === 0) throw new StageError(`no such message is held: ${this.#describeHeld()}`);
    if (how !== 'copy') this.#held = this.#held.filter((letter) => !letters.includes(letter));
    if (how !== 'drop') for (const { from, to, frame } of letters) this.#deliver(from, to, frame);
    return letters;
  }

  #carry({ from, to, frame }: Letter): void {
    this.#underWay += 1;
    this.#scheduler.schedule(transitMs, () => {
      this.#underWay -= 1;
      this.#deliver(from, to, frame);
    });
  }

  #describe(frame: Frame): MessageInfo {
    if (frame.kind === 'message')
      return this.#protocol.describe(this.#protocol.parseMessage(frame.body, frame.to));
    const kind = frame.kind === 'snapshotChunk' ? 'SnapshotChunk' : 'SnapshotAck';
    return { kind, reign: 0, entries: 0, summary: {} };
  }

  #describeHeld(): string {
    const ways = new Set(this.#held.map(({ from, to, info }) => `${info.kind} from ${from} to ${to}`));
    if (ways.size === 0) return 'none is held at all; write hold before the messages are sent';
    const told = [...ways].slice(0, 12).join(', ');
    return `there are ${told}${ways.size > 12 ? ' and others' : ''}`;
  }
}

function fits({ kinds, from, to }: Filter, message: HeldMessage): boolean {
  return (
    (kinds.length === 0 || kinds.includes(message.info.kind)) &&
    (from === null || from.includes(message.from)) &&
    (to === null || to.includes(message.to))
  );
}
