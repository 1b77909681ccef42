import { num } from './sentence.js';

/** What is shown of a log, in English. */
export const recordEn = { label: 'What is shown of the log', log: 'Entries', said: 'What was said' };

/** What every node has delivered, side by side, in English. */
export const deliveriesEn = {
  title: 'Delivered, in each node’s order',
  note: 'side by side',
  empty: 'Nothing delivered yet. Say something below.',
  verdict: (moved: number, missing: number) => {
    if (moved === 0 && missing === 0) return 'the same everywhere';
    const order = moved === 0 ? '' : moved === 1 ? '1 in another order' : `${moved} in another order`;
    const lost = missing === 0 ? '' : missing === 1 ? '1 not delivered' : `${missing} not delivered`;
    return [order, lost].filter((part) => part !== '').join(' · ');
  },
  moved: 'in another order here',
  notHere: 'not delivered here',
  missing: (name: string) => `Not delivered at ${name}`,
  from: (name: string) => `from ${name}`,
  spread: (text: string, nodes: number, hops: number, copies: number) =>
    `“${text}”: at ${num(nodes)} nodes, ${num(hops)} hops at most, ${num(copies)} copies;`,
  redundancy: (more: number) => `redundancy ${num(Math.round(more * 100) / 100)}`,
};

/** What of the trace did not come here, in English. */
export const notShownEn = {
  events: (count: number) => (count === 1 ? '1 event not shown' : `${num(count)} events not shown`),
  hint: 'So many that nodes left some out, or from before this page was open. Each node’s state is complete all the same.',
  verdict: (count: number) =>
    count === 1
      ? 'Verdict incomplete: 1 event that could prove a broken rule is lost'
      : `Verdict incomplete: ${num(count)} events that could prove a broken rule are lost`,
};

/** A line to everybody, in English. */
export const chatEn = {
  title: (name: string) => `Say something to all, as ${name}`,
  placeholder: 'Hello everybody',
  help: 'Every node gets it; in which order, the protocol says.',
};

/** One step at a time, in English. */
export const stepEn = {
  title: 'One step at a time',
  choose: 'Or choose a timer or a message that waits below: it happens, and nothing else.',
  until: { vote: 'To the next vote', commit: 'To the next commit' },
  untilTitle: {
    vote: 'Everything goes on until a candidate gets a vote, then the lab is paused again',
    commit: 'Everything goes on until an entry is committed, then the lab is paused again',
  },
  deliver: (kind: string) => `Deliver this ${kind} now`,
  fire: (timer: string) => `Let the ${timer} fire now`,
};
