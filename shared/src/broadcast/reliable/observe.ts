import { compareIds, noLog, type Observation } from '../../core/index.js';
import { deliveredShown } from '../common/observe.js';
import { count } from '../common/received.js';
import { undelivered } from './delivery.js';
import type { ReliableState } from './state.js';

/** What the screen shows of a server. */
export function observe(state: ReliableState): Observation {
  const { incarnation, lastSequence, entries, offset, origins, options, peers } = state;
  const suspected = Object.keys(peers).filter((node) => peers[node]?.isSuspected === true);
  const all = Object.entries(origins);
  const sum = (of: (origin: (typeof all)[number][1]) => number): number =>
    all.reduce((total, [, origin]) => total + of(origin), 0);
  return {
    ...noLog,
    role: 'member',
    detail: {
      incarnation,
      broadcast: lastSequence,
      stored: sum(({ messages }) => Object.keys(messages).length),
      ...(options.uniform ? { undelivered: sum((origin) => undelivered(origin).length) } : {}),
      dropped: offset,
      missed: sum(({ missed }) => missed),
      logged: entries.length,
      suspects: suspected.sort(compareIds).join(' ') || null,
      ...deliveredShown(all.map(([name, { delivered, missed }]) => [name, count(delivered) - missed])),
    },
  };
}
