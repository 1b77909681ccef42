import { type Attempt, meshSignal } from './attempt.js';
import { EarlyCandidates } from './early-candidates.js';
import { type Counters, Link, type LinkEnd } from './link.js';
import type { GoodbyeReason } from './link-messages.js';
import type { PairContext } from './pair-context.js';
import { PeerPages } from './peer-pages.js';
import { SignalWays } from './signal-ways.js';
import type { ConnectionSignal, MeshSignal } from './signals.js';
import {
  isProofProblem,
  type Lane,
  type LinkInfo,
  type LinkProblem,
  type LinkState,
  type MeshViolation,
  type SendOutcome,
  type SignalWay,
  type ViolationCode,
} from './types.js';

export const SET_UP_TIMEOUT_MS = 15_000;
const BACKOFF_BASE_MS = 500;
const BACKOFF_MAX_MS = 15_000;
/** A link that has been up for so long counts as a success: its end starts the backoff from the beginning. */
const STABLE_AFTER_MS = 10_000;
/** Doublings to begin with when the browser has no connection left; closed ones have to be collected first. */
const NO_CONNECTION_LEFT_FAILURES = 4;
/** Doublings to begin with after a peer was not taken for itself: whoever did that does it again. */
const UNPROVEN_FAILURES = 3;
/** A peer that keeps asking does not get connections faster than this. */
const CONNECT_EVERY_MS = 1_000;
/** An offer and its candidates; more are not kept for repetition. */
const SENT_SIGNALS_MAX = 64;

type CandidateSignal = MeshSignal & { readonly kind: 'candidate' };

type Phase =
  | { readonly kind: 'idle' }
  | { readonly kind: 'waiting'; readonly cancel: () => void }
  | { readonly kind: 'linked'; readonly attempt: Attempt };

const IDLE: Phase = { kind: 'idle' };

/**
 * Keeps the link to one peer up for as long as somebody wants it. The smaller node id is the initiator: it
 * makes every offer, each under a new generation. The other side asks with `please`. After a failure the
 * initiator knocks and waits to be asked, so that an absent peer costs no connections.
 */
export class Pair {
  readonly peer: string;
  readonly #context: PairContext;
  readonly #initiator: boolean;
  readonly #owners = new Set<string>();
  readonly #counters: Counters = {
    bytesIn: 0,
    bytesOut: 0,
    framesIn: 0,
    framesOut: 0,
    overflows: 0,
    violations: 0,
  };
  #phase: Phase = IDLE;
  #peerWants = false;
  readonly #pages = new PeerPages();
  /** The last offer that came in. */
  #seen: { readonly session: string; readonly generation: number } | null = null;
  readonly #early = new EarlyCandidates();
  readonly #ways = new SignalWays();
  #unprovenAtMs = Number.NEGATIVE_INFINITY;
  #generation = 0;
  #failures = 0;
  #problem: LinkProblem | null = null;
  #connectedAtMs = Number.NEGATIVE_INFINITY;

  constructor(peer: string, context: PairContext) {
    this.peer = peer;
    this.#context = context;
    this.#initiator = context.self < peer;
  }

  get isIdle(): boolean {
    return this.#phase.kind === 'idle' && this.#owners.size === 0;
  }

  get isUp(): boolean {
    return this.#phase.kind === 'linked' && this.#phase.attempt.link.isUp;
  }

  /** The link is up, and the peer was heard on it a moment ago. */
  get speaks(): boolean {
    return this.#phase.kind === 'linked' && this.#phase.attempt.link.speaks;
  }

  get info(): LinkInfo {
    const link = this.#phase.kind === 'linked' ? this.#phase.attempt.link : null;
    return {
      peer: this.peer,
      state: this.#state(),
      initiator: this.#initiator,
      generation: this.#generation,
      roundTripMs: link?.roundTripMs ?? null,
      bufferedBytes: link?.bufferedBytes ?? 0,
      failures: this.#failures,
      problem: this.#problem,
      ...this.#counters,
    };
  }

  want(owner: string): void {
    this.#owners.add(owner);
    if (this.#phase.kind === 'idle') this.start();
    else if (this.#phase.kind === 'linked' && this.#owners.size === 1)
      this.#phase.attempt.link.tellWanted(true);
  }

  release(owner: string): void {
    if (!this.#owners.delete(owner) || this.#owners.size > 0) return;
    if (this.#phase.kind === 'waiting') this.#rest();
    if (this.#phase.kind !== 'linked') return;
    this.#phase.attempt.link.tellWanted(false);
    // An attempt under way is let finish, for the peer may want it: the hellos tell.
    if (this.isUp) this.#closeIfUnwanted();
  }

  /** Says goodbye and stops; `start` goes on. Owners stay. */
  stop(reason: 'crashed' | 'left'): void {
    if (this.#phase.kind === 'linked') {
      this.#endAttempt(this.#phase.attempt, reason, { reason: 'released', problem: null }, reason === 'left');
    }
    this.#rest();
  }

  start(): void {
    const rests = this.#phase.kind === 'idle' && this.#context.isAwake();
    if (rests && this.#owners.size > 0) this.#start();
  }

  forgetOwners(): void {
    this.#owners.clear();
  }

  /** Ends without a word. */
  destroy(): void {
    if (this.#phase.kind === 'linked') {
      this.#phase.attempt.cancelDeadline();
      this.#phase.attempt.link.destroy();
    }
    this.#rest();
  }

  send(lane: Lane, frame: Uint8Array): SendOutcome {
    return this.#phase.kind === 'linked' ? this.#phase.attempt.link.send(lane, frame) : 'no-link';
  }

  /** Tells the peer over the link that it broke the rules. False where there is no link. */
  accuse(code: ViolationCode): boolean {
    if (this.#phase.kind !== 'linked' || !this.isUp) return false;
    this.#phase.attempt.link.accuse(code);
    return true;
  }

  violated(violation: MeshViolation): void {
    if (this.#phase.kind === 'linked') this.#phase.attempt.link.violated(violation);
  }

  tick(slept: boolean): void {
    if (this.#phase.kind === 'linked') this.#phase.attempt.link.tick(slept);
  }

  /** Takes a signal of the peer, and how it came. Returns whether its kind fits the peer's role. */
  onSignal(generation: number, signal: MeshSignal, way: SignalWay): boolean {
    const forInitiator = signal.kind === 'please' || signal.kind === 'answer';
    if (signal.kind !== 'candidate' && forInitiator !== this.#initiator) return false;
    if (!this.#meet(signal.session)) return true;
    switch (signal.kind) {
      case 'offer':
        this.#onOffer(generation, signal.session, signal.sdp, way);
        break;
      case 'answer':
        this.#onAnswer(generation, signal, way);
        break;
      case 'candidate':
        this.#onCandidate(generation, signal);
        break;
      case 'please':
        this.#onPlease(generation, signal.session, signal.initiatorSession, way);
        break;
      case 'knock':
        this.#onKnock(generation, signal.session, way);
    }
    return true;
  }

  #state(): LinkState {
    switch (this.#phase.kind) {
      case 'idle':
        return 'closed';
      case 'waiting':
        return this.#failures === 0 ? 'connecting' : 'backoff';
      case 'linked':
        return this.#phase.attempt.link.state;
    }
  }

  // Signals

  /** Learns which page speaks. False if it is one that was succeeded by another. */
  #meet(session: string): boolean {
    const page = this.#pages.meet(session);
    if (page !== 'next') return page === 'same';
    const attempt = this.#phase.kind === 'linked' ? this.#phase.attempt : null;
    // An offer that nobody has answered may still be answered by the new page.
    if (attempt !== null && attempt.peerSession !== null) {
      this.#endAttempt(attempt, 'replaced', { reason: 'crashed', problem: null });
    }
    // Anybody on the way can make up a new page: it begins nothing anew with who was not the peer.
    if (this.#sinceUnprovenMs >= BACKOFF_MAX_MS) this.#failures = 0;
    return true;
  }

  #onOffer(generation: number, session: string, sdp: string, way: SignalWay): void {
    if (this.#seen?.session === session && generation <= this.#seen.generation) return;
    if (this.#sinceUnprovenMs < CONNECT_EVERY_MS) return;
    this.#seen = { session, generation };
    if (this.#phase.kind === 'linked') this.#endAttempt(this.#phase.attempt, 'replaced');
    this.#peerWants = true;
    const { link } = this.#open(generation, session, way, way.by === 'tab');
    link.signal({ type: 'offer', sdp });
    for (const candidate of this.#early.take({ session, generation }))
      link.signal({ type: 'candidate', candidate });
  }

  #onCandidate(generation: number, signal: CandidateSignal): void {
    const { session, initiatorSession, candidate } = signal;
    const attempt = this.#attempt(generation, initiatorSession);
    if (attempt === null) {
      if (!this.#initiator) this.#keepEarly(generation, session, candidate);
    } else if ((attempt.peerSession ?? session) === session) {
      attempt.link.signal({ type: 'candidate', candidate });
    }
  }

  #keepEarly(generation: number, session: string, candidate: CandidateSignal['candidate']): void {
    if (this.#seen?.session === session && generation <= this.#seen.generation) return;
    this.#early.keep({ session, generation }, candidate);
  }

  #onAnswer(generation: number, signal: MeshSignal & { readonly kind: 'answer' }, way: SignalWay): void {
    const { session, initiatorSession, sdp } = signal;
    const attempt = this.#attempt(generation, initiatorSession);
    if (attempt === null || attempt.peerSession !== null) return;
    attempt.peerSession = session;
    attempt.way = way;
    attempt.link.signal({ type: 'answer', sdp });
  }

  #onPlease(generation: number, session: string, initiatorSession: string | null, way: SignalWay): void {
    if (this.#phase.kind === 'linked') {
      const { attempt } = this.#phase;
      if (attempt.peerSession === null) {
        this.#peerWants = true;
        const byTabs = attempt.byTabs || way.by === 'tab';
        for (const signal of attempt.sent) this.#signal(attempt.generation, signal, byTabs);
        return;
      }
      const dropped = initiatorSession === attempt.initiatorSession && generation === attempt.generation;
      // If not, it was asked for before the peer saw our offer.
      if (!dropped && session === attempt.peerSession) return;
      this.#endAttempt(attempt, 'replaced');
    }
    this.#peerWants = true;
    const dueMs = this.#connectedAtMs + CONNECT_EVERY_MS - this.#context.scheduler.now();
    // By the way that the peer is there, which it has just shown.
    const byTabs = way.by === 'tab';
    if (this.#failures === 0 || dueMs <= 0) this.#connect(byTabs);
    else this.#pause(dueMs, () => this.#connect(byTabs));
  }

  #onKnock(generation: number, session: string, way: SignalWay): void {
    if (this.#phase.kind === 'linked') {
      const { attempt } = this.#phase;
      // The knock has been overtaken by an offer.
      if (attempt.initiatorSession === session && attempt.generation > generation) return;
      this.#endAttempt(attempt, 'lost');
    }
    this.#ask(way.by === 'tab');
  }

  get #sinceUnprovenMs(): number {
    return this.#context.scheduler.now() - this.#unprovenAtMs;
  }

  #attempt(generation: number, initiatorSession: string): Attempt | null {
    if (this.#phase.kind !== 'linked') return null;
    const { attempt } = this.#phase;
    return attempt.generation === generation && attempt.initiatorSession === initiatorSession
      ? attempt
      : null;
  }

  #signal(generation: number, signal: MeshSignal, byTabs: boolean): void {
    this.#context.sendSignal(this.peer, generation, signal, byTabs);
  }

  // Attempts

  #start(): void {
    if (this.#initiator) this.#connect(this.#ways.next());
    else this.#call();
  }

  #connect(byTabs: boolean): void {
    this.#connectedAtMs = this.#context.scheduler.now();
    this.#open(this.#context.nextGeneration(), this.#context.session, { by: 'server' }, byTabs);
  }

  #open(generation: number, initiatorSession: string, way: SignalWay, byTabs: boolean): Attempt {
    this.#rest();
    this.#generation = generation;
    const { self, identity, scheduler, connect, writer, events } = this.#context;
    const fail = (): void => {
      // Once its channels are open it has its own time to prove who is there.
      if (!attempt.link.isOpen)
        this.#endAttempt(attempt, 'lost', { reason: 'lost', problem: 'set-up-timeout' });
    };
    const attempt: Attempt = {
      link: new Link(
        {
          self,
          peer: this.peer,
          identity,
          initiator: this.#initiator,
          connect,
          scheduler,
          writer,
          counters: this.#counters,
          wanted: () => this.#owners.size > 0,
        },
        {
          onSignal: (signal) => this.#onConnectionSignal(attempt, signal),
          onUp: () => this.#onUp(attempt),
          onFrame: (lane, frame) => events.onFrame(this.peer, lane, frame),
          onChange: () => events.onChange(this.peer),
          onPeerWants: (wanted) => this.#onPeerWants(wanted),
          onViolation: (violation) => events.onViolation(this.peer, violation),
          onAccused: (code) => events.onAccused(this.peer, code),
          onEnd: (end) => this.#onAttemptEnd(attempt, end),
        },
      ),
      generation,
      initiatorSession,
      cancelDeadline: scheduler.after(SET_UP_TIMEOUT_MS, fail),
      sent: [],
      peerSession: this.#initiator ? null : initiatorSession,
      way,
      byTabs,
      upAtMs: null,
    };
    this.#phase = { kind: 'linked', attempt };
    events.onChange(this.peer);
    return attempt;
  }

  #onConnectionSignal(attempt: Attempt, signal: ConnectionSignal): void {
    const session = this.#context.session;
    const { generation, initiatorSession, sent, byTabs } = attempt;
    const said = meshSignal(signal, session, initiatorSession);
    if (this.#initiator && sent.length < SENT_SIGNALS_MAX) sent.push(said);
    this.#signal(generation, said, byTabs);
  }

  #onUp(attempt: Attempt): void {
    attempt.cancelDeadline();
    attempt.upAtMs = this.#context.scheduler.now();
    this.#problem = null;
    this.#ways.worked(attempt.way);
    this.#context.events.onUp(this.peer);
    this.#context.events.onChange(this.peer);
  }

  #onPeerWants(wanted: boolean): void {
    this.#peerWants = wanted;
    this.#closeIfUnwanted();
  }

  #closeIfUnwanted(): void {
    if (this.#owners.size > 0 || this.#peerWants || this.#phase.kind !== 'linked') return;
    this.#endAttempt(this.#phase.attempt, 'released');
  }

  /** Ends it from this side: `goodbye` is what the peer is told, `end` what the listeners are. */
  #endAttempt(
    attempt: Attempt,
    goodbye: GoodbyeReason,
    end: LinkEnd = { reason: goodbye, problem: null },
    linger = true,
  ): void {
    attempt.link.end(goodbye, linger);
    this.#onAttemptEnd(attempt, end);
  }

  #onAttemptEnd(attempt: Attempt, { reason, problem }: LinkEnd): void {
    if (this.#phase.kind !== 'linked' || this.#phase.attempt !== attempt) return;
    attempt.cancelDeadline();
    this.#phase = IDLE;
    this.#peerWants = false;
    this.#problem = problem;
    const now = this.#context.scheduler.now();
    if (attempt.upAtMs !== null && now - attempt.upAtMs >= STABLE_AFTER_MS) this.#failures = 0;
    // What nobody wants any more has not failed.
    if (reason !== 'replaced' && reason !== 'released') this.#failures += 1;
    if (problem === 'too-many-connections') {
      this.#failures = Math.max(this.#failures, NO_CONNECTION_LEFT_FAILURES);
    }
    if (isProofProblem(problem)) {
      this.#failures = Math.max(this.#failures, UNPROVEN_FAILURES);
      this.#unprovenAtMs = now;
    }
    // Who keeps proofs from coming is on the way as well.
    if (isProofProblem(problem) || problem === 'proof-timeout') this.#ways.failed(attempt.way);
    if (this.#owners.size > 0) this.#wait();
    if (attempt.upAtMs !== null) this.#context.events.onDown(this.peer, reason);
    if (isProofProblem(problem)) this.#context.events.onUnproven(this.peer, problem, attempt.way);
    this.#context.events.onChange(this.peer);
  }

  // Waiting

  #rest(): void {
    if (this.#phase.kind === 'waiting') this.#phase.cancel();
    this.#phase = IDLE;
  }

  #wait(doublings = this.#failures): void {
    const longestMs = Math.min(BACKOFF_MAX_MS, BACKOFF_BASE_MS * 2 ** doublings);
    this.#pause(longestMs * (0.5 + 0.5 * this.#context.random()), () => this.#retry());
  }

  #pause(delayMs: number, next: () => void): void {
    this.#rest();
    this.#phase = { kind: 'waiting', cancel: this.#context.scheduler.after(delayMs, next) };
  }

  #retry(): void {
    this.#failures += 1;
    this.#call();
    this.#context.events.onChange(this.peer);
  }

  /** Asks the peer to take part in the next attempt, and waits, each time longer. */
  #call(): void {
    const session = this.#context.session;
    const byTabs = this.#ways.next();
    if (this.#initiator) {
      this.#signal(this.#generation, { kind: 'knock', session }, byTabs);
      if (this.#owners.size > 0) this.#wait();
      else this.#rest();
    } else {
      this.#ask(byTabs);
    }
  }

  #ask(byTabs: boolean): void {
    const session = this.#context.session;
    const initiatorSession = this.#seen?.session ?? null;
    const generation = this.#seen?.generation ?? 0;
    this.#signal(generation, { kind: 'please', session, initiatorSession }, byTabs);
    if (this.#owners.size > 0) this.#wait(this.#failures + 1);
    else this.#rest();
  }
}
