import { type NodeId, noLog, type Process, type ProcessEvent, unreachable } from '../../core/index.js';
import type { DetectorMessage } from '../../detector/index.js';

/** What the detector is compared with: the textbook's, which suspects whom it has not heard for a fixed time. */
export type FixedTimeoutOptions = { readonly heartbeatMs: number; readonly timeoutMs: number };

type State = {
  readonly options: FixedTimeoutOptions;
  readonly others: readonly NodeId[];
  readonly heardAt: { [node: NodeId]: number };
  readonly suspected: { [node: NodeId]: boolean };
};
type Effects = ReturnType<Process<State, DetectorMessage, FixedTimeoutOptions>['step']>;

const carried = { incarnation: 1, accuses: null, updates: [] };

export const fixedTimeout: Process<State, DetectorMessage, FixedTimeoutOptions> = {
  create: ({ self, voters, options }) => ({
    options,
    others: voters.filter((node) => node !== self),
    heardAt: {},
    suspected: {},
  }),
  step,
  observe: () => ({ ...noLog, role: 'member', detail: {} }),
};

function step(state: State, event: ProcessEvent<DetectorMessage>): Effects {
  const { others, heardAt } = state;
  switch (event.type) {
    case 'start':
      for (const node of others) heardAt[node] = event.now;
      return [...others.flatMap((node) => watch(state, node)), ...pings(state)];
    case 'deliver':
      heardAt[event.from] = event.now;
      return [
        ...watch(state, event.from),
        ...judge(state, event.from, false),
        ...answer(event.from, event.message),
      ];
    case 'timeout':
      return event.timer === 'heartbeat' ? pings(state) : judge(state, event.timer, true);
    case 'peerDown':
      return others.includes(event.peer) ? judge(state, event.peer, true) : [];
    default:
      return [];
  }
}

/** The silence begins anew. A node's timer goes by its name. */
function watch({ options }: State, node: NodeId): Effects {
  return [{ type: 'setTimer', timer: node, afterMs: options.timeoutMs }];
}

function judge(state: State, node: NodeId, isSuspected: boolean): Effects {
  if ((state.suspected[node] ?? false) === isSuspected) return [];
  state.suspected[node] = isSuspected;
  return [{ type: 'indicate', output: { type: isSuspected ? 'suspect' : 'trust', node } }];
}

function pings({ others, options }: State): Effects {
  const message: DetectorMessage = { type: 'ping', sequence: 1, onBehalfOf: null, ...carried };
  return [
    ...others.map((to) => ({ type: 'send', to, message }) as const),
    { type: 'setTimer', timer: 'heartbeat', afterMs: options.heartbeatMs },
  ];
}

function answer(to: NodeId, message: DetectorMessage): Effects {
  switch (message.type) {
    case 'ping':
      return [{ type: 'send', to, message: { type: 'ack', sequence: 1, onBehalfOf: null, ...carried } }];
    case 'ack':
    case 'pingReq':
    case 'pingReqResponse':
      return [];
    default:
      return unreachable(message);
  }
}
