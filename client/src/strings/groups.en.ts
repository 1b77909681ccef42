import { num } from './sentence.js';

/** Several clusters side by side, in English. */
export const groupsEn = {
  name: (n: number) => `Group ${n}`,
  /** Short, where there is no room for more. */
  label: 'Groups',
  howMany: 'How many clusters',
  one: 'One cluster',
  of: (size: number) => `Groups of ${size}`,
  needs: (size: number) => `It takes ${size} tabs for one group.`,
  plan: (groups: number, rest: number) => {
    const count = groups === 1 ? '1 group' : `${num(groups)} groups`;
    if (rest === 0) return `${count}, nobody is left over`;
    return rest === 1 ? `${count}, 1 watches` : `${count}, ${num(rest)} watch`;
  },
  each: (survives: string) => `each group ${survives}`,
  watch: 'Watch',
  byHand: 'To move somebody, choose another group in the list of tabs.',
  groupOf: (name: string) => `${name}’s group`,
  newGroup: 'new group',
  watches: 'watches',
  start: (protocol: string, groups: number) =>
    groups === 1 ? `Start ${protocol} in 1 group` : `Start ${protocol} in ${num(groups)} groups`,
  none: 'There are too few tabs for a group of this size.',
  two: (group: string) => `${group} has two voters, which survive no crash: give it three, or one.`,
  many: (group: string) => `${group} has more than nine voters.`,
  running: (groups: number) => (groups === 1 ? 'One group runs.' : `${num(groups)} groups run.`),
  stop: 'Stop',
  stopAll: 'Stop all',
  overview: 'Overview',
  yours: 'yours',
  leads: (name: string, term: number) => `${name} leads, term ${num(term)}`,
  noLeader: (term: number) => (term === 0 ? 'no leader yet' : `no leader, term ${num(term)}`),
  committed: (committed: number, last: number) =>
    committed === last ? `${num(committed)} committed` : `${num(committed)} of ${num(last)} committed`,
  delivered: (n: number) => `${num(n)} delivered`,
  faults: (n: number) => (n === 1 ? '1 fault' : `${num(n)} faults`),
  gone: (n: number) => (n === 1 ? '1 is gone' : `${num(n)} are gone`),
  pauseAll: 'Pause all',
  resumeAll: 'Resume all',
  watching: (n: number) => (n === 1 ? '1 tab watches' : `${num(n)} tabs watch`),
  count: (n: number) => (n === 1 ? '1 group' : `${num(n)} groups`),
  elsewhere: (group: string) => `This tab’s node is in ${group}: look at that one to send something.`,
  onlyWatches: 'This tab is in no group: it only watches.',
  outside: 'You watch',
  outsideText: 'This tab is in no group. On the Stage you can look into each of them.',
};
