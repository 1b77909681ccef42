import SimplePeer, { type PeerError } from 'simple-peer/simplepeer.min.js';
import type { Connection, ConnectionEnd, ConnectionEvents, ConnectionFactory } from './connection.js';
import { type Fingerprints, fingerprintOf } from './fingerprint.js';
import { type ConnectionSignal, parseConnectionSignal } from './signals.js';
import type { ChannelName } from './types.js';

/** Both sides make the bulk channel under this number. The browser numbers simple-peer's own from 0 on. */
const BULK_CHANNEL_ID = 64;

type LowWater = Parameters<ConnectionFactory>[0]['lowWaterBytes'];

/** Connections of the browser's own WebRTC, by way of simple-peer. An empty list of ICE servers does for a LAN. */
export function simplePeerConnections(iceServers: readonly RTCIceServer[]): ConnectionFactory {
  return ({ initiator, lowWaterBytes }, events) =>
    new SimplePeerConnection(initiator, lowWaterBytes, { iceServers: [...iceServers] }, events);
}

class SimplePeerConnection implements Connection {
  readonly #peer: SimplePeer;
  readonly #bulk: RTCDataChannel | null;
  readonly #events: ConnectionEvents;
  readonly #lowWaterBytes: LowWater;
  #connected = false;
  #ready = false;
  #described = false;
  /** Nothing may be reported any more; `#destroyed`: not even the end. */
  #ended = false;
  #destroyed = false;

  constructor(
    initiator: boolean,
    lowWaterBytes: LowWater,
    config: RTCConfiguration,
    events: ConnectionEvents,
  ) {
    this.#events = events;
    this.#lowWaterBytes = lowWaterBytes;
    this.#peer = new SimplePeer({ initiator, objectMode: true, config });
    this.#listen();
    this.#bulk = this.#openBulk();
  }

  signal(signal: ConnectionSignal): void {
    // simple-peer throws on a second description, and once it is destroyed.
    if (this.#ended || this.#peer.destroyed || this.#peer.destroying) return;
    if (signal.type !== 'candidate') {
      if (this.#described) return;
      this.#described = true;
    }
    try {
      this.#peer.signal(signal);
    } catch (error) {
      // A candidate that the browser can't even construct is thrown right here.
      console.warn('mesh: the browser refused a signal of a peer', error);
      this.#end({ by: 'failure', problem: 'connection-error' });
    }
  }

  send(channel: ChannelName, message: Uint8Array<ArrayBuffer>): void {
    const to = this.#channel(channel);
    if (this.#ended || to?.readyState !== 'open') return;
    try {
      to.send(message);
    } catch (error) {
      console.warn('mesh: the browser refused a message', error);
      this.#end({ by: 'failure', problem: 'connection-error' });
    }
  }

  bufferedBytes(channel: ChannelName): number {
    return this.#channel(channel)?.bufferedAmount ?? 0;
  }

  fingerprints(): Fingerprints | null {
    const connection = this.#peer._pc;
    const local = fingerprintOf(connection?.localDescription?.sdp ?? '');
    const remote = fingerprintOf(connection?.remoteDescription?.sdp ?? '');
    return local === null || remote === null ? null : { local, remote };
  }

  async isRelayed(): Promise<boolean | null> {
    const connection = this.#peer._pc;
    if (connection === null || connection === undefined || this.#ended) return null;
    return selectedPairIsRelayed(await connection.getStats());
  }

  destroy(): void {
    this.#ended = true;
    this.#destroyed = true;
    this.#peer.destroy();
  }

  #channel(channel: ChannelName): RTCDataChannel | null {
    return channel === 'bulk' ? this.#bulk : this.#peer._channel;
  }

  #listen(): void {
    this.#peer.on('signal', (data) => {
      const signal = parseConnectionSignal(data);
      if (!this.#ended && signal !== null) this.#events.onSignal(signal);
    });
    this.#peer.on('connect', () => {
      this.#connected = true;
      this.#checkReady();
    });
    this.#peer.on('data', (data) => {
      if (!this.#ended) this.#events.onMessage('main', data);
    });
    this.#peer.on('iceStateChange', (state) => {
      if (this.#ended) return;
      if (state === 'disconnected') this.#events.onIce(false);
      if (state === 'connected' || state === 'completed') this.#events.onIce(true);
    });
    this.#peer.on('error', (error) => this.#end(endOf(error)));
    this.#peer.on('close', () => this.#end({ by: 'peer' }));
  }

  #openBulk(): RTCDataChannel | null {
    const connection = this.#peer._pc;
    // The browser refused to construct it: simple-peer's error is on its way.
    if (connection === null || connection === undefined) return null;
    const bulk = connection.createDataChannel('bulk', { negotiated: true, id: BULK_CHANNEL_ID });
    bulk.binaryType = 'arraybuffer';
    bulk.onopen = () => this.#checkReady();
    bulk.onmessage = ({ data }) => {
      if (this.#ended) return;
      this.#events.onMessage('bulk', data instanceof ArrayBuffer ? new Uint8Array(data) : data);
    };
    bulk.onclose = () => this.#end({ by: 'peer' });
    this.#reportRoom('bulk', bulk);
    return bulk;
  }

  #reportRoom(name: ChannelName, channel: RTCDataChannel): void {
    channel.bufferedAmountLowThreshold = this.#lowWaterBytes[name];
    channel.addEventListener('bufferedamountlow', () => {
      if (!this.#ended) this.#events.onWritable(name);
    });
  }

  #checkReady(): void {
    const main = this.#peer._channel;
    if (this.#ended || this.#ready || !this.#connected || main === null || this.#bulk?.readyState !== 'open')
      return;
    this.#ready = true;
    this.#reportRoom('main', main);
    this.#events.onReady();
  }

  #end(end: ConnectionEnd): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#peer.destroy();
    // Never within the caller's call, which may be the factory's.
    queueMicrotask(() => {
      if (!this.#destroyed) this.#events.onEnd(end);
    });
  }
}

function endOf({ code }: PeerError): ConnectionEnd {
  switch (code) {
    case 'ERR_PC_CONSTRUCTOR':
      return { by: 'failure', problem: 'too-many-connections' };
    case 'ERR_ICE_CONNECTION_FAILURE':
    case 'ERR_CONNECTION_FAILURE':
      return { by: 'failure', problem: 'ice-failed' };
    case 'ERR_DATA_CHANNEL':
      // This is how Chromium tells that the peer has aborted the association: its page went away.
      return { by: 'peer' };
    default:
      return { by: 'failure', problem: 'connection-error' };
  }
}

type Entry = Readonly<Record<string, unknown>> & { readonly type: string; readonly id: string };

/** Firefox has no transport entries, it marks the pair itself as selected. */
function selectedPairIsRelayed(report: RTCStatsReport): boolean | null {
  const entries = new Map<string, Entry>();
  report.forEach((entry: Entry) => {
    entries.set(entry.id, entry);
  });
  const all = [...entries.values()];
  const transport = all.find(
    ({ type, selectedCandidatePairId }) => type === 'transport' && selectedCandidatePairId,
  );
  const pair =
    all.find(({ id }) => id === transport?.['selectedCandidatePairId']) ??
    all.find(({ type, selected }) => type === 'candidate-pair' && selected === true);
  if (pair === undefined) return null;
  const ends = all.filter(({ id }) => id === pair['localCandidateId'] || id === pair['remoteCandidateId']);
  return ends.length === 0 ? null : ends.some(({ candidateType }) => candidateType === 'relay');
}
