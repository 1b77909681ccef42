import type { Connection } from './connection.js';
import { FrameReader, MessageWriter, type WireLane } from './framing.js';
import { decodeLinkMessage, encodeLinkMessage, type LinkMessage } from './link-messages.js';
import { encodeStatement, type LinkStatement } from './link-proof.js';
import { decodeRelay, encodeRelay, type RelayMessage } from './relay-messages.js';
import { type ConnectionSignal, parseSignal } from './signals.js';
import { MeshViolation, type SignalPort } from './types.js';
import { virtualKeyOf, virtualSignature } from './virtual-identity.js';
import type { RelayedSignal, VirtualNetwork, VirtualRelay } from './virtual-network.js';

/* What the tests of the mesh put where an honest page or server would be. */

type Passed = (message: unknown) => unknown;

/**
 * Somebody at the server who ends the encryption between two pages: it answers the one in the other's place, and makes its
 * own offers to the other. What goes through its hands may be changed; null: dropped. It leaves everybody else alone.
 */
export function interpose(
  { relay, network }: { readonly relay: VirtualRelay; readonly network: VirtualNetwork },
  [a, b]: readonly [string, string],
  pass: Passed = (message) => message,
): { readonly passed: number } {
  const state = { passed: 0 };
  let ends: { readonly left: Connection; readonly right: Connection; answer: string } | null = null;
  const hand = (to: () => Connection | undefined) => (message: unknown) => {
    const changed = pass(message);
    state.passed += 1;
    if (changed instanceof Uint8Array) to()?.send('main', new Uint8Array(changed));
  };
  const meet = (offer: RelayedSignal, sdp: string): void => {
    const left = network.connect(
      { initiator: false, lowWaterBytes: { main: 0, bulk: 0 } },
      {
        ...deaf,
        onSignal: (signal) => {
          if (ends !== null && signal.type === 'answer') ends.answer = signal.sdp;
        },
        onMessage: (channel, message) => channel === 'main' && hand(() => ends?.right)(message),
      },
    );
    const right = network.connect(
      { initiator: true, lowWaterBytes: { main: 0, bulk: 0 } },
      {
        ...deaf,
        onSignal: (signal) => {
          if (signal.type === 'offer') relay.deliver({ ...offer, data: withSdp(offer.data, signal.sdp) });
        },
        onMessage: (channel, message) => channel === 'main' && hand(() => ends?.left)(message),
      },
    );
    ends = { left, right, answer: '' };
    left.signal({ type: 'offer', sdp });
  };
  relay.copies = (signal) => {
    if (![`${a} ${b}`, `${b} ${a}`].includes(`${signal.from} ${signal.to}`)) return 1;
    const parsed = parseSignal(signal.generation, signal.data);
    if (parsed instanceof MeshViolation || parsed.kind === 'candidate') return 0;
    if (parsed.kind === 'offer') meet(signal, parsed.sdp);
    else if (parsed.kind === 'answer' && ends !== null) {
      ends.right.signal({ type: 'answer', sdp: parsed.sdp });
      relay.deliver({ ...signal, data: withSdp(signal.data, ends.answer) });
    } else return 1;
    return 0;
  };
  return state;
}

const deaf = {
  onSignal: () => undefined,
  onReady: () => undefined,
  onWritable: () => undefined,
  onIce: () => undefined,
  onEnd: () => undefined,
};

function withSdp(data: unknown, sdp: string): unknown {
  return Object.assign(structuredClone(Object(data)), { sdp });
}

/**
 * A linked tab, c, which says that it knows the way to b, and answers as b what it is given to pass on: with a key of its own.
 * To be linked to `page` before anything is passed on.
 */
export class LyingNeighbour {
  readonly #puppet: Puppet;
  readonly #asB: Puppet;
  #passed = 0;

  constructor(
    { relay, network }: { readonly relay: VirtualRelay; readonly network: VirtualNetwork },
    page: string,
  ) {
    this.#asB = new Puppet(network, 'b', (puppet) => puppet.sayIdentity(virtualKeyOf('c')));
    this.#puppet = new Puppet(network, 'c', (puppet) => puppet.sayIdentity());
    this.#puppet.join(relay);
    this.#puppet.onOther = (lane, frame) => {
      const message = lane === 'control' ? decodeRelay(frame) : null;
      if (message !== null && !(message instanceof MeshViolation)) this.#take(page, message);
    };
  }

  /** Proves who it is, after its neighbour has said who that is. */
  proveTo(page: string): void {
    this.#puppet.sayProof(this.#puppet.statement(page));
    this.#puppet.say({ type: 'hello', wanted: true });
  }

  pass(to: string, generation: number, data: unknown): void {
    this.#passed += 1;
    const id = `made up ${this.#passed}`;
    const message = { kind: 'pass', id, from: 'b', to, hops: 1, generation, data } as const;
    this.#puppet.send('control', encodeRelay(message));
  }

  askAsB(page: string): void {
    this.pass(page, 0, { kind: 'please', session: 'puppet', initiatorSession: null });
  }

  #take(page: string, message: RelayMessage): void {
    if (message.kind === 'find' && message.to === 'b')
      this.#puppet.send('control', encodeRelay({ kind: 'found', id: message.id, to: 'b' }));
    if (message.kind !== 'pass' || message.to !== 'b') return;
    const { generation, data } = message;
    if (Reflect.get(Object(data), 'kind') === 'knock') this.askAsB(page);
    this.#asB.answer(generation, data, (answer) => this.pass(page, generation, answer));
  }
}

/** Whoever answers offers that are made to `id`, and then says on the link whatever a test lets it say. */
export class Puppet {
  readonly id: string;
  readonly heard: LinkMessage[] = [];
  /** Frames of other lanes, and link messages that are none. */
  readonly other: { readonly lane: WireLane; readonly frame: Uint8Array }[] = [];
  nonce = new Uint8Array(32).fill(0xee);
  session = 'puppet';
  /** Called for each of them. */
  onOther: (lane: WireLane, frame: Uint8Array) => void = () => undefined;
  /** Links answered so far. */
  links = 0;
  #connection: Connection | null = null;
  readonly #network: VirtualNetwork;
  readonly #writer = new MessageWriter();
  /** What it does as soon as its channels are open. */
  readonly #onReady: (puppet: Puppet) => void;

  constructor(network: VirtualNetwork, id: string, onReady: (puppet: Puppet) => void = () => undefined) {
    this.id = id;
    this.#network = network;
    this.#onReady = onReady;
  }

  /** Takes the place of `id` at the server; who knocks is asked in. */
  join(relay: VirtualRelay): SignalPort {
    const port = relay.join(this.id);
    port.onSignal((from, generation, data) => {
      const signal = parseSignal(generation, data);
      if (!(signal instanceof MeshViolation) && signal.kind === 'knock')
        port.send(from, 0, { kind: 'please', session: this.session, initiatorSession: null });
      this.answer(generation, data, (answer) => port.send(from, generation, answer));
    });
    return port;
  }

  /** Answers an offer, however it came. */
  answer(generation: number, data: unknown, send: (answer: unknown) => void): void {
    const signal = parseSignal(generation, data);
    if (signal instanceof MeshViolation || signal.kind !== 'offer') return;
    const { session: initiatorSession, sdp } = signal;
    const reader = new FrameReader('main');
    this.links += 1;
    this.heard.length = 0;
    this.#connection = this.#network.connect(
      { initiator: false, lowWaterBytes: { main: 0, bulk: 0 } },
      {
        ...deaf,
        onSignal: (own: ConnectionSignal) => {
          if (own.type === 'answer')
            send({ kind: 'answer', session: this.session, initiatorSession, sdp: own.sdp });
        },
        onReady: () => this.#onReady(this),
        onMessage: (channel, message) => {
          if (channel === 'main') reader.read(message, (lane, frame) => this.#hear(lane, frame));
        },
      },
    );
    this.#connection.signal({ type: 'offer', sdp });
  }

  #hear(lane: WireLane, frame: Uint8Array): void {
    const message = lane === 'link' ? decodeLinkMessage(frame) : null;
    if (message === null || message instanceof MeshViolation) {
      this.other.push({ lane, frame });
      this.onOther(lane, frame);
      return;
    }
    if (message.type === 'ping') this.say({ type: 'pong', token: message.token });
    this.heard.push(message);
  }

  say(...messages: readonly LinkMessage[]): void {
    for (const message of messages) this.send('link', encodeLinkMessage(message));
  }

  send(lane: WireLane, frame: Uint8Array): void {
    this.#writer.put(lane, frame, 0);
    this.#connection?.send('main', this.#writer.take());
  }

  sayIdentity(key = virtualKeyOf(this.id)): void {
    this.say({ type: 'identity', publicKey: key, nonce: this.nonce });
  }

  /** What an honest page would sign in its place. */
  statement(verifier: string): LinkStatement {
    const identity = this.heard.find((message) => message.type === 'identity');
    const fingerprints = this.#connection?.fingerprints();
    if (identity === undefined || fingerprints === undefined || fingerprints === null)
      throw new Error('the other side has not said who it is');
    const { publicKey: key, nonce } = identity;
    return {
      room: 'room',
      signer: {
        id: this.id,
        key: virtualKeyOf(this.id),
        nonce: this.nonce,
        fingerprint: fingerprints.local,
      },
      verifier: { id: verifier, key, nonce, fingerprint: fingerprints.remote },
    };
  }

  sayProof(statement: LinkStatement | Uint8Array, key = virtualKeyOf(this.id)): void {
    const bytes = statement instanceof Uint8Array ? statement : encodeStatement(statement);
    this.say({ type: 'proof', statement: bytes, signature: virtualSignature(key, bytes) });
  }
}
