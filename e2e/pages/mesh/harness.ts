import { createMesh, type Lane, type LinkInfo, type SignalPort } from '../../../client/src/mesh/index.js';
import { virtualIdentity } from '../../../client/src/mesh/virtual-identity.js';

/*
 * One tab of the mesh's tests: /?id=NODE. The pages of one browser context signal each other over a
 * BroadcastChannel; what the mesh reports is kept in a log for the test to read.
 */
type Signal = {
  readonly from: string;
  readonly to: string;
  readonly generation: number;
  readonly data: unknown;
};

export type Entry =
  | { readonly what: 'up'; readonly peer: string }
  | { readonly what: 'down'; readonly peer: string; readonly reason: string; readonly atMs: number }
  | { readonly what: 'violation' | 'accused'; readonly peer: string; readonly code: string }
  | {
      readonly what: 'frame';
      readonly peer: string;
      readonly lane: Lane;
      readonly bytes: number;
      /** The first byte names the frame; whether all others follow from it. */
      readonly name: number;
      readonly whole: boolean;
    };

const self = new URLSearchParams(location.search).get('id') ?? '';
const relay = new BroadcastChannel('mesh-signals');

const signal: SignalPort = {
  self,
  send: (to, generation, data) => relay.postMessage({ from: self, to, generation, data } satisfies Signal),
  onSignal: (handler) => {
    relay.addEventListener('message', ({ data: { from, to, generation, data } }: MessageEvent<Signal>) => {
      if (to === self) handler(from, generation, data);
    });
  },
};

/** The last channels of each kind that this page made or got, to break the rules behind the mesh's back. */
const channels: RTCDataChannel[] = [];
const createDataChannel = RTCPeerConnection.prototype.createDataChannel;
RTCPeerConnection.prototype.createDataChannel = function (...args) {
  const channel = createDataChannel.apply(this, args);
  channels.push(channel);
  return channel;
};

const byteAt = (name: number, index: number): number => (name + index * 7 + (index >> 8)) & 0xff;

const content = (name: number, bytes: number): Uint8Array<ArrayBuffer> => {
  const frame = new Uint8Array(bytes);
  for (let index = 0; index < bytes; index += 1) frame[index] = byteAt(name, index);
  return frame;
};

const isWhole = (frame: Uint8Array): boolean => {
  const name = frame[0] ?? 0;
  for (let index = 0; index < frame.length; index += 1) {
    if (frame[index] !== byteAt(name, index)) return false;
  }
  return true;
};

const log: Entry[] = [];
const echoes = new Set<number>();
const mesh = createMesh({ signal, identity: virtualIdentity(self, queueMicrotask), iceServers: [] });

mesh.on({
  onUp: (peer) => log.push({ what: 'up', peer }),
  onDown: (peer, reason) => log.push({ what: 'down', peer, reason, atMs: Date.now() }),
  onViolation: (peer, { code }) => log.push({ what: 'violation', peer, code }),
  onAccused: (peer, code) => log.push({ what: 'accused', peer, code }),
  onFrame: (peer, lane, frame) => {
    const name = frame[0] ?? 0;
    if (echoes.has(name)) mesh.send(peer, lane, frame);
    else log.push({ what: 'frame', peer, lane, bytes: frame.length, name, whole: isWhole(frame) });
  },
});

const harness = {
  log,
  want: (peers: readonly string[]) => {
    for (const peer of peers) mesh.want(peer, 'test');
  },
  release: (peer: string) => mesh.release(peer, 'test'),
  links: (): LinkInfo[] => [...mesh.links().values()],
  send: (peer: string, lane: Lane, name: number, bytes: number) =>
    mesh.send(peer, lane, content(name, bytes)),
  goodbye: () => mesh.goodbye('leave'),
  /** Frames of this name are sent back where they came from. */
  echo: (name: number) => echoes.add(name),
  /** Sends bytes on the channels of this page as they are. */
  sendRaw: (bytes: readonly number[] | string) => {
    for (const channel of channels) {
      if (channel.readyState !== 'open') continue;
      if (typeof bytes === 'string') channel.send(bytes);
      else channel.send(Uint8Array.from(bytes));
    }
  },
  /** Sends so many echoes of one byte, `inFlight` at a time, and says how long they took. */
  roundTrips: (peer: string, name: number, count: number, inFlight: number): Promise<number> =>
    new Promise((resolve) => {
      const beganMs = performance.now();
      let sent = 0;
      let back = 0;
      const sendNext = (): void => {
        if (sent < count) mesh.send(peer, 'protocol', Uint8Array.of(name));
        sent += 1;
      };
      const stop = mesh.on({
        onFrame: (_peer, _lane, frame) => {
          if (frame[0] !== name) return;
          back += 1;
          sendNext();
          if (back < count) return;
          stop();
          resolve(performance.now() - beganMs);
        },
      });
      for (let index = 0; index < inFlight; index += 1) sendNext();
    }),
};

export type Harness = typeof harness;

Object.assign(globalThis, { harness });
