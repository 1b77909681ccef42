import {
  type AnyProtocol,
  indications,
  type NodeId,
  type Observation,
  type Process,
  suspicions,
} from '../../core/index.js';
import { type ToyEffect, type ToyMessage, type ToyOptions, toyProcess, toyProtocol } from './toy-protocol.js';

type DetectorState = { readonly others: readonly NodeId[] };

const shown: Observation = {
  role: 'toy',
  reign: 0,
  leader: null,
  firstIndex: 1,
  lastIndex: 0,
  commitIndex: 0,
  appliedIndex: 0,
  logReigns: [],
  detail: {},
};

const suspicion = (type: string, node: NodeId): ToyEffect => ({ type: 'indicate', output: { type, node } });

/** Suspects everybody until a link says otherwise. Told to `guess`, it indicates nonsense. */
const toyDetector: Process<DetectorState, ToyMessage, ToyOptions> = {
  create: ({ self, voters }) => ({ others: voters.filter((node) => node !== self) }),
  step: ({ others }, event) => {
    switch (event.type) {
      case 'start':
        return others.map((node) => suspicion('suspect', node));
      case 'peerUp':
        return [suspicion('trust', event.peer)];
      case 'peerDown':
        return [suspicion('suspect', event.peer)];
      case 'deliver':
        return event.message.type === 'say' ? [suspicion(event.message.text, event.from)] : [];
      default:
        return [];
    }
  },
  observe: () => shown,
};

/** Indicates every text that it is told: a broadcast of one. */
const toyBroadcast: Process<object, ToyMessage, ToyOptions> = {
  create: () => ({}),
  step: (_state, event) =>
    event.type === 'deliver' && event.message.type === 'say'
      ? [{ type: 'indicate', output: event.message.text }]
      : [],
  observe: () => shown,
};

/** The toy protocol on top of a detector, its client and its server both on top of a broadcast. */
export const toyStack: AnyProtocol = {
  ...toyProtocol,
  parseMessage: (body, to) => {
    const message = toyProtocol.parseMessage(body, to);
    if (to === 'detector' && message.type !== 'say') throw new TypeError('no message for a detector');
    return message;
  },
  instances: {
    detector: { process: toyDetector, runsAt: 'servers' },
    broadcast: { process: toyBroadcast, runsAt: 'all' },
    server: {
      ...toyProtocol.instances.server,
      uses: { detector: suspicions, broadcast: indications },
    },
    client: { process: toyProcess, runsAt: 'all', uses: { broadcast: indications } },
  },
};
