import { num } from './sentence.js';

/** Who may do what in a room, whose it is, and what was refused, in English. */
export const controlEn = {
  title: 'Who may do what',
  studentsMay: 'Students may',
  students: { nothing: 'crash nothing', 'own-node': 'crash their node', everything: 'do everything' },
  /** What this tab may do. */
  own: {
    host: 'You are the host.',
    coHost: 'You are co-host: you may do all but appoint others and end the room.',
    nothing: 'The host lets nobody else crash a node.',
    'own-node': 'You may crash and restart your own node.',
    everything: 'You may do all that the host does with the lab.',
    watching: 'This page only watches.',
  },
  coHost: 'co‑host',
  actions: (name: string) => `More for ${name}`,
  appoint: 'Make co-host',
  appointTitle:
    'May then do all that you may, also while you are away, but for appointing others and ending the room',
  dismiss: 'Dismiss as co-host',
  rename: 'Rename',
  newName: (name: string) => `New name for ${name}`,
  save: 'Save',
  remove: 'Remove',
  removeTitle: 'Sends this tab away. It can’t come back as this node.',
  dismissFirst: 'A co-host can’t be removed: the host dismisses it first.',
  end: 'End the room…',
  endSure: 'For good: every tab is sent out, and nobody can open this room again.',
  endYes: 'End it for good',
  endNo: 'Keep it',
  hostKey: 'Host’s key',
  trust: {
    own: 'Link and QR code carry it, so that no server can pass off another host as you.',
    link: 'The link named this host.',
    'first-use':
      'You came in by the code alone, so this tab has trusted the first host it met. Compare the key with the host’s screen.',
  },
  lied: 'The server lied',
  liedText: (code: string) =>
    `Behind ${code} it has put a room of another host than your link names. This tab takes no part in it.`,
  liedNext: 'Ask the host for the link again. If the true room comes after all, this page goes on into it.',
  reopened: (time: string) => `You come back to a room of ${time}, and nobody else is here.`,
  goOn: 'Go on with it',
  openNew: 'Open a new room',
  refused: (n: number) => `${num(n)} refused`,
  refusedTitle: 'Refused',
  refusedText: 'These changes of the room were not made here.',
  refusedKinds: {
    forged: (who: string) => `${who} sent a forged change of the room.`,
    'other-host': (who: string) => `${who} sent another host’s room.`,
    older: (who: string) => `${who} sent an older state of the room again.`,
    overtaken: (who: string) => `A change of yours could not be made any more: ${who} was first.`,
    lost: (who: string) => `Something you had changed before is not in the room as ${who} has it.`,
  } as { readonly [kind: string]: (who: string) => string },
  times: (n: number) => `${num(n)} times`,
};

/** Whether the server introduces tabs to each other, in English. */
export const introductionsEn = {
  stop: 'Stop introductions',
  resume: 'Introduce again',
  stopped: 'The server introduces nobody now; the cluster goes on.',
  title: 'Every tab gives up its connection to the server, which goes on serving pages.',
  waits:
    'Pages are still served, but a tab that is opened or reloaded now waits until the host introduces again.',
};
