import { beforeEach, describe, expect, it } from 'vitest';
import { type Effect, emptyDisk, type ProcessEvent } from '../../core/index.js';
import { encodeAccepted } from '../common/accepted.js';
import { GossipChecker } from './invariants.js';
import { missingMax } from './limits.js';
import type { Broadcast, GossipMessage } from './messages.js';
import { type GossipOptions, parseOptions } from './options.js';
import { createState, type OverlayState } from './state.js';
import { timers } from './step.js';
import { bytes, gossipOf } from './testing/node.js';

type Event = ProcessEvent<GossipMessage>;
const tick: Event = { type: 'timeout', now: 0, timer: 'repair' };
const persist: Effect<GossipMessage> = {
  type: 'persist',
  write: 1,
  ops: [{ kind: 'set', key: 'incarnation', value: 1 }],
};

/** A checker that has seen `a`, `b` and `c` start; each test then shows it a step that breaks one rule. */
class Watched {
  readonly checker: GossipChecker;
  readonly #states = new Map<string, OverlayState>();

  constructor(given: Partial<GossipOptions> = {}) {
    const options = parseOptions(given);
    this.checker = new GossipChecker(['a', 'b', 'c'], options);
    for (const self of ['a', 'b', 'c']) {
      const state = createState({ self, run: 'run', voters: [], options, seed: 1 });
      if (state.kind !== 'overlay') throw new Error('only overlays have views');
      this.#states.set(self, state);
      this.see(self, { type: 'start', now: 0, disk: emptyDisk }, [persist]);
      this.see(self, { type: 'persisted', now: 0, write: 1 });
    }
  }

  state(node: string): OverlayState {
    const state = this.#states.get(node);
    if (state === undefined) throw new Error(`there is no ${node}`);
    return state;
  }

  see(node: string, event: Event = tick, effects: readonly Effect<GossipMessage>[] = []): string | null {
    return this.checker.afterStep(node, this.state(node), event, effects)?.rule ?? null;
  }

  /** Makes `to` a neighbour of `from`, one way. */
  link(from: string, to: string): string | null {
    const { membership, tree } = this.state(from);
    membership.active.push({ node: to, heardAt: 0 });
    tree.eager.push(to);
    return this.see(from);
  }

  linkAll(): void {
    for (const [from, to] of ['ab', 'ba', 'bc', 'cb'].map(
      (pair) => [pair.charAt(0), pair.charAt(1)] as const,
    ))
      this.link(from, to);
  }

  /** Lets `origin` broadcast and deliver. */
  broadcast(origin: string, sequence = 1): string | null {
    const message = this.message(origin, sequence);
    const propose: Event = { type: 'propose', now: 0, request: sequence, operation: message.payload };
    this.keep(origin, message);
    return this.see(origin, propose, [
      { type: 'reply', request: sequence, result: encodeAccepted(message) },
      this.delivery(message),
    ]);
  }

  message(origin: string, sequence: number): Broadcast {
    return { origin, incarnation: 1, sequence, payload: bytes(`${origin}${sequence}`) };
  }

  keep(node: string, message: Broadcast): void {
    const key = `${message.origin} ${message.incarnation} ${message.sequence}`;
    this.state(node).receipt.order.push(key);
  }

  delivery(message: Broadcast): Effect<GossipMessage> {
    return { type: 'indicate', output: { type: 'delivery', ...message } };
  }

  deliver(node: string, message: Broadcast): string | null {
    return this.see(node, tick, [this.delivery(message)]);
  }

  quiet(remaining: readonly string[] = ['a', 'b', 'c']): string | null {
    return this.checker.atQuiescence(remaining)?.rule ?? null;
  }
}

let watched: Watched;
beforeEach(() => {
  watched = new Watched();
});

describe('rules of each step', () => {
  it('nothing has fallen in a healthy run', () => {
    watched.linkAll();
    expect(watched.broadcast('a')).toBeNull();
    for (const node of ['b', 'c']) expect(watched.deliver(node, watched.message('a', 1))).toBeNull();
    expect(watched.quiet()).toBeNull();
  });

  it('integrity: nobody asked for it', () => {
    expect(watched.deliver('b', watched.message('a', 1))).toBe('integrity');
  });

  it('no-duplication, within one life', () => {
    watched.broadcast('a');
    watched.deliver('b', watched.message('a', 1));
    expect(watched.deliver('b', watched.message('a', 1))).toBe('no-duplication');
    watched.checker.afterCrash('b');
    expect(watched.deliver('b', watched.message('a', 1))).toBeNull();
  });

  it('validity: taken on, and not delivered', () => {
    const message = watched.message('a', 1);
    const propose: Event = { type: 'propose', now: 0, request: 1, operation: message.payload };
    const reply = { type: 'reply', request: 1, result: encodeAccepted(message) } as const;
    expect(watched.see('a', propose, [reply])).toBe('validity');
  });

  it('durable-incarnation: used while its write is under way', () => {
    watched.checker.afterCrash('a');
    watched.see('a', { type: 'start', now: 0, disk: emptyDisk }, [persist]);
    const send = { type: 'send', to: 'b', message: gossipOf(watched.message('a', 1)) } as const;
    expect(watched.see('a', tick, [send])).toBe('durable-incarnation');
  });

  it('fifo: passed over what was not given up', () => {
    watched = new Watched({ fifo: true });
    for (const sequence of [1, 2, 3, 4]) watched.broadcast('a', sequence);
    expect(watched.deliver('b', watched.message('a', 1))).toBeNull();
    expect(watched.deliver('b', watched.message('a', 3))).toBe('fifo');
    const data = { origin: 'a', incarnation: 1, from: 1, to: 3 };
    watched.see('c', tick, [{ type: 'note', code: 'gap-given-up', data }]);
    expect(watched.deliver('c', watched.message('a', 4))).toBeNull();
  });

  it('views-disjoint', () => {
    watched.link('a', 'b');
    watched.state('a').membership.passive.push('b');
    expect(watched.see('a')).toBe('views-disjoint');
    watched.state('b').membership.passive.push('b');
    expect(watched.see('b')).toBe('views-disjoint');
  });

  it('views-capped', () => {
    for (const node of 'defgh') expect(watched.link('a', node)).toBeNull();
    expect(watched.link('a', 'i')).toBe('views-capped');
    for (let i = 0; i < 31; i++) watched.state('b').membership.passive.push(`n${i}`);
    expect(watched.see('b')).toBe('views-capped');
  });

  it('tree-on-active-view: neither, or both', () => {
    watched.link('a', 'b');
    const { tree } = watched.state('a');
    tree.lazy.push('b');
    expect(watched.see('a')).toBe('tree-on-active-view');
    tree.lazy.length = 0;
    tree.eager.length = 0;
    expect(watched.see('a')).toBe('tree-on-active-view');
  });

  it('stores-bounded', () => {
    watched.state('a').tree.missingCount = missingMax + 1;
    expect(watched.see('a')).toBe('stores-bounded');
    watched.state('b').receipt.storedBytes = 9 * 1024 * 1024;
    expect(watched.see('b')).toBe('stores-bounded');
  });
});

describe('rules once all is quiet', () => {
  it('agreement: a neighbour keeps what was not delivered', () => {
    watched.linkAll();
    watched.broadcast('a');
    watched.deliver('c', watched.message('a', 1));
    expect(watched.quiet()).toBe('agreement');
    const data = { origin: 'a', incarnation: 1, from: 1, to: 1 };
    watched.see('b', tick, [{ type: 'note', code: 'gap-given-up', data }]);
    expect(watched.quiet()).toBeNull();
  });

  it('agreement: what was delivered before a crash counts for nothing', () => {
    watched.linkAll();
    watched.broadcast('a');
    for (const node of ['b', 'c']) watched.deliver(node, watched.message('a', 1));
    watched.checker.afterCrash('b');
    watched.see('b');
    expect(watched.quiet()).toBe('agreement');
  });

  it('symmetry: a neighbour does not know of it, or is not there', () => {
    watched.linkAll();
    watched.link('a', 'c');
    expect(watched.quiet()).toBe('symmetry');
    watched.link('c', 'a');
    expect(watched.quiet()).toBeNull();
    expect(watched.quiet(['a', 'b'])).toBe('symmetry');
  });

  it('symmetry: whoever has just been told has a few keepalives’ time', () => {
    watched.linkAll();
    watched.link('a', 'c');
    watched.see('c', tick, [{ type: 'send', to: 'a', message: { type: 'disconnect' } }]);
    expect(watched.quiet()).toBeNull();
    const keepalive: Event = { type: 'timeout', now: 0, timer: timers.keepalive };
    for (let i = 0; i < 3; i++) watched.see('a', keepalive);
    expect(watched.quiet()).toBe('symmetry');
  });

  it('symmetry: whoever was asked to be a neighbour may have said yes already', () => {
    watched.linkAll();
    watched.link('a', 'c');
    watched.state('c').membership.requests.push({ peer: 'a', ask: 'low', sent: true, deadlineAt: 0 });
    watched.see('c');
    expect(watched.quiet()).toBeNull();
  });

  it('connectivity', () => {
    watched.link('a', 'b');
    watched.link('b', 'a');
    watched.see('c');
    expect(watched.quiet()).toBe('connectivity');
    expect(watched.quiet(['a', 'b'])).toBeNull();
  });

  it('fan-out gossip promises others nothing', () => {
    watched = new Watched();
    const checker = new GossipChecker(['a', 'b'], parseOptions({ variant: 'fan-out' }));
    expect(checker.atQuiescence(['a', 'b'])).toBeNull();
  });
});
