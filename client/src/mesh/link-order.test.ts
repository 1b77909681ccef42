import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Connection, ConnectionEvents } from './connection.js';
import { FrameReader, MESSAGE_BYTES_MAX, MessageWriter } from './framing.js';
import { Handshake } from './handshake.js';
import { Link } from './link.js';
import { decodeLinkMessage, encodeLinkMessage, type LinkMessage } from './link-messages.js';
import { type ChannelName, type Lane, MeshViolation } from './types.js';
import { virtualIdentity } from './virtual-identity.js';
import { VirtualClock } from './virtual-network.js';

/** The main channel's high-water mark, and the message that may cross it. */
const mainBufferedMax = 256 * 1024 + MESSAGE_BYTES_MAX;

const ownFingerprint = new Uint8Array(32).fill(1);
const peerFingerprint = new Uint8Array(32).fill(2);

type Handed = { readonly channel: ChannelName; readonly bytes: number; readonly lanes: readonly string[] };

/** A link that is up, on channels whose buffers empty only when a test says so. */
function setUp() {
  const clock = new VirtualClock();
  const buffers: Record<ChannelName, number[]> = { main: [], bulk: [] };
  const readers = { main: new FrameReader('main'), bulk: new FrameReader('bulk') };
  /** What the browser was given, in this order; `lanes` are the frames of callers that were complete with it. */
  const handed: Handed[] = [];
  const arrived: string[] = [];
  const onHanded: ((handed: Handed) => void)[] = [];
  let events: ConnectionEvents | null = null;
  const connection: Connection = {
    signal: () => undefined,
    send: (channel, message) => {
      const lanes: string[] = [];
      readers[channel].read(message.slice(), (lane, frame) => {
        if (lane === 'link') return heardByPeer(frame);
        lanes.push(lane);
        arrived.push(`${lane} ${new DataView(frame.buffer).getUint32(0)}`);
      });
      const given = { channel, bytes: message.length, lanes };
      handed.push(given);
      for (const look of onHanded) look(given);
      buffers[channel].push(message.length);
    },
    bufferedBytes: (channel) => buffers[channel].reduce((sum, bytes) => sum + bytes, 0),
    fingerprints: () => ({ local: ownFingerprint, remote: peerFingerprint }),
    isRelayed: () => Promise.resolve(false),
    destroy: () => undefined,
  };
  /** The other end, which proves who it is. */
  const peer = new Handshake({
    self: 'b',
    peer: 'a',
    identity: virtualIdentity('b', (run) => clock.soon(run)),
    send: (message) => say(message),
    onProven: () => say({ type: 'hello', wanted: true }),
    onFailed: (problem) => expect.fail(problem),
  });
  const heardByPeer = (given: Uint8Array): void => {
    const message = decodeLinkMessage(given);
    if (message instanceof MeshViolation) expect.fail(message.message);
    if (message.type === 'identity' || message.type === 'proof') peer.take(message);
  };
  const say = (message: LinkMessage): void => {
    const writer = new MessageWriter();
    writer.put('link', encodeLinkMessage(message), 0);
    told().onMessage('main', writer.take().slice());
  };
  const link = new Link(
    {
      self: 'a',
      peer: 'b',
      identity: virtualIdentity('a', (run) => clock.soon(run)),
      initiator: true,
      connect: (_options, given) => {
        events = given;
        return connection;
      },
      scheduler: clock,
      writer: new MessageWriter(),
      counters: { bytesIn: 0, bytesOut: 0, framesIn: 0, framesOut: 0, overflows: 0, violations: 0 },
      wanted: () => true,
    },
    {
      onSignal: () => undefined,
      onUp: () => undefined,
      onFrame: () => undefined,
      onChange: () => undefined,
      onPeerWants: () => undefined,
      onViolation: () => undefined,
      onAccused: () => undefined,
      onEnd: () => undefined,
    },
  );
  const told = (): ConnectionEvents => {
    if (events === null) throw new Error('the link has made its connection');
    return events;
  };
  told().onReady();
  peer.begin({ local: peerFingerprint, remote: ownFingerprint });
  clock.run();
  /** The browser sends the oldest `count` messages of a channel, and says so once its buffer is as low as was asked for. */
  const drain = (channel: ChannelName, count: number): void => {
    const low = channel === 'main' ? 128 * 1024 : 0;
    const before = connection.bufferedBytes(channel);
    buffers[channel].splice(0, count);
    if (before > low && connection.bufferedBytes(channel) <= low) told().onWritable(channel);
  };
  drain('main', Number.POSITIVE_INFINITY);
  handed.length = 0;
  return { clock, link, connection, handed, arrived, onHanded, drain };
}

function frame(serial: number, bytes: number): Uint8Array {
  const made = new Uint8Array(bytes);
  new DataView(made.buffer).setUint32(0, serial);
  return made;
}

type Step =
  | { readonly kind: 'send'; readonly lane: Lane; readonly bytes: number }
  | { readonly kind: 'drain'; readonly channel: ChannelName; readonly count: number }
  | { readonly kind: 'turn' };

const anyStep: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('send' as const),
      lane: fc.constantFrom<Lane>('control', 'protocol', 'bulk'),
      bytes: fc.oneof(fc.integer({ min: 4, max: 2_000 }), fc.integer({ min: 4, max: 120_000 })),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('drain' as const),
      channel: fc.constantFrom<ChannelName>('main', 'bulk'),
      count: fc.integer({ min: 1, max: 20 }),
    }),
  },
  { weight: 2, arbitrary: fc.constant({ kind: 'turn' as const }) },
);

describe('the order in which a link hands frames to the browser', () => {
  it('puts a protocol frame in front of a batch of telemetry that was sent before it in the same turn', () => {
    const { clock, link, handed } = setUp();
    link.send('bulk', frame(1, 40_000));
    link.send('protocol', frame(2, 100));
    clock.run();
    expect(handed.map(({ channel }) => channel)).toEqual(['main', 'bulk']);
  });

  it('lets at most one message of telemetry into the browser, so that a protocol frame finds 16 KiB in front of it', () => {
    const { clock, link, connection, handed, drain } = setUp();
    link.send('bulk', frame(1, 1_000_000));
    clock.run();
    expect(connection.bufferedBytes('bulk')).toBeLessThanOrEqual(MESSAGE_BYTES_MAX);
    link.send('protocol', frame(2, 100));
    clock.run();
    drain('bulk', 1);
    clock.run();
    expect(handed.map(({ channel }) => channel)).toEqual(['bulk', 'main', 'bulk']);
    expect(connection.bufferedBytes('bulk')).toBeLessThanOrEqual(MESSAGE_BYTES_MAX);
  });

  it('holds telemetry back for as long as protocol frames wait, and goes on with it afterwards', () => {
    const { clock, link, handed, arrived, drain } = setUp();
    link.send('protocol', frame(1, 600_000));
    link.send('bulk', frame(2, 100));
    clock.run();
    expect(handed.some(({ channel }) => channel === 'bulk')).toBe(false);
    for (let i = 0; i < 10; i += 1) drain('main', 10);
    expect(arrived).toEqual(['protocol 1', 'bulk 2']);
  });

  it('holds for any sends, turns and drains: each lane in order, nothing urgent behind bulk, one bulk message at a time', () => {
    fc.assert(
      fc.property(fc.array(anyStep, { maxLength: 80 }), (steps) => {
        const { clock, link, connection, arrived, onHanded, drain } = setUp();
        const sent: Record<Lane, string[]> = { control: [], protocol: [], bulk: [] };
        const urgentArrived = (): number => arrived.filter((name) => !name.startsWith('bulk')).length;
        onHanded.push(({ channel, bytes }) => {
          expect(bytes).toBeLessThanOrEqual(MESSAGE_BYTES_MAX);
          if (channel === 'main')
            return expect(connection.bufferedBytes('main')).toBeLessThan(mainBufferedMax);
          // Whatever is more urgent has been given to the browser whole, sent before this frame or after it.
          expect(urgentArrived()).toBe(sent.control.length + sent.protocol.length);
          expect(connection.bufferedBytes('bulk')).toBe(0);
        });
        steps.forEach((step, serial) => {
          if (step.kind === 'turn') clock.run();
          else if (step.kind === 'drain') drain(step.channel, step.count);
          else if (!['sent', 'queued'].includes(link.send(step.lane, frame(serial, step.bytes)))) return;
          else sent[step.lane].push(`${step.lane} ${serial}`);
        });
        clock.run();
        for (let i = 0; i < 2_000 && arrived.length < sumOf(sent); i += 1) {
          drain('main', 50);
          drain('bulk', 50);
          clock.run();
        }
        for (const lane of ['control', 'protocol', 'bulk'] as const)
          expect(arrived.filter((name) => name.startsWith(lane))).toEqual(sent[lane]);
      }),
      { numRuns: 300 },
    );
  });
});

function sumOf(sent: Readonly<Record<Lane, readonly string[]>>): number {
  return sent.control.length + sent.protocol.length + sent.bulk.length;
}
