/** The part of simple-peer 9.11 that the mesh uses. The bundled file needs neither `global` nor `process`. */
declare module 'simple-peer/simplepeer.min.js' {
  export type PeerError = Error & { readonly code?: string };

  export type PeerOptions = {
    readonly initiator: boolean;
    readonly objectMode?: boolean;
    readonly trickle?: boolean;
    readonly config?: RTCConfiguration;
    readonly channelConfig?: RTCDataChannelInit;
  };

  export default class SimplePeer {
    constructor(options: PeerOptions);
    /** Undefined if the browser refused to construct it; null once destroyed. */
    readonly _pc: RTCPeerConnection | null | undefined;
    /** Null until there is one, and once destroyed. */
    readonly _channel: RTCDataChannel | null;
    readonly destroyed: boolean;
    readonly destroying: boolean;
    signal(data: unknown): void;
    send(data: Uint8Array<ArrayBuffer>): void;
    destroy(error?: Error): void;
    on(event: 'signal', handler: (data: unknown) => void): this;
    on(event: 'connect' | 'close', handler: () => void): this;
    on(event: 'data', handler: (data: unknown) => void): this;
    on(event: 'error', handler: (error: PeerError) => void): this;
    on(event: 'iceStateChange', handler: (connection: string, gathering: string) => void): this;
  }
}
