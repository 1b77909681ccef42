import type { Link } from './link.js';
import type { ConnectionSignal, MeshSignal } from './signals.js';
import type { SignalWay } from './types.js';

/** One try to get a link up, and the link itself while it is up. */
export type Attempt = {
  readonly link: Link;
  readonly generation: number;
  readonly initiatorSession: string;
  readonly cancelDeadline: () => void;
  /** The initiator's signals, to be repeated to a page that was not there yet. */
  readonly sent: MeshSignal[];
  /** The page at the other end, once it has answered (or made the offer). */
  peerSession: string | null;
  /** How the peer's description came, which says whom the connection leads to. */
  way: SignalWay;
  /** Its own signals go by linked tabs, where there are any. */
  readonly byTabs: boolean;
  upAtMs: number | null;
};

/** What a connection wants signaled, as the page `session` says it to the peer. */
export function meshSignal(signal: ConnectionSignal, session: string, initiatorSession: string): MeshSignal {
  switch (signal.type) {
    case 'candidate':
      return { kind: 'candidate', session, initiatorSession, candidate: signal.candidate };
    case 'offer':
      return { kind: 'offer', session, sdp: signal.sdp };
    case 'answer':
      return { kind: 'answer', session, initiatorSession, sdp: signal.sdp };
  }
}
