import { controlEn, introductionsEn } from './control.en.js';
import { errorsEn } from './errors.en.js';
import { groupsEn } from './groups.en.js';
import { chatEn, deliveriesEn, notShownEn, recordEn, stepEn } from './lab.en.js';
import { and } from './notes.en.js';
import type { Data, NameOf } from './sentence.js';
import { namesIn, num, text } from './sentence.js';
import { unprovenEn } from './unproven.en.js';

const entries = (first: number, last: number): string =>
  first === last ? `entry ${num(last)}` : `entries ${num(first)} to ${num(last)}`;

/** Every text on the screen, in English. Other languages have the same keys, or they don't compile. */
export const en = {
  language: 'English',
  other: '한국어',
  tagline: 'Every tab is a node.',

  theme: { dark: 'Dark', light: 'Light', title: 'Change between dark and light' },
  languageTitle: '한국어로 보기',

  common: {
    you: 'this tab',
    watcher: 'Watching',
    host: 'host',
    close: 'Close',
    all: 'all',
    remove: 'End',
    onlyHost: (host: string) => `Only ${host}, the host, can do this.`,
    theHost: 'The host',
    notRunning: 'Nothing runs yet.',
    ms: (ms: number) => (ms >= 1000 ? `${(ms / 1000).toFixed(1)} s` : `${Math.round(ms)} ms`),
    copied: 'Copied',
  },

  front: {
    what: 'Turn the tabs of a classroom into a cluster: each tab is a real node, and everyone watches them agree.',
    hostTitle: 'Open a room',
    hostText: 'You pick who votes and at what pace it runs.',
    name: 'Your name',
    hostButton: 'Open a room',
    joinTitle: 'Join a room',
    joinText: 'With the code on the screen in front, or its link.',
    code: 'Code or link',
    codeHint: 'maple-otter-42',
    joinButton: 'Join',
    watchButton: 'Only watch',
    keptTitle: 'Come back',
    keptText: 'This browser was these nodes. Coming back under the same name brings back the same disk.',
    inUse: (name: string) => `A tab of this browser is ${name} now.`,
    keptButton: (name: string, room: string) => `${name} in ${room}`,
    needName: 'Write a name first.',
    needCode: 'Write the code first.',
    working: 'One moment…',
  },

  joining: {
    title: 'Joining',
    leave: 'Stop',
    waiting: (name: string, seconds: number) =>
      `A tab may still be ${name} here. If it does not answer within ${seconds} s, this one takes its place.`,
    succeeded: 'Another tab has taken over as this node while this one slept. Use that one.',
  },

  notices: {
    'mixed-versions': 'Another tab here is older or newer than this one. Reload both.',
    'packet-too-large': 'This tab sent the server too much at once and was cut off for a moment.',
  },

  problem: {
    title: 'That did not work',
    overTitles: {
      ended: 'This room has ended',
      removed: 'This tab was removed',
      'unsigned-room': 'This room can’t go on',
    },
    again: 'To the front page',
    openNew: 'Open a new room',
    endedAt: (time: string) => `It ended on ${time}. Nobody can go on with it.`,
    typed: (code: string) =>
      `You asked for “${code}”. A code looks like maple-otter-42: two words and a number.`,
  },

  errors: errorsEn,

  lobby: {
    scan: 'Scan to join',
    orOpen: 'or open',
    andType: 'and type',
    copy: 'Copy link',
    wholeScreen: 'Whole screen',
    openTabs: 'Open 5 tabs here',
    openTabsTitle: 'Opens five more tabs of this browser, each a node of its own',
    blocked: 'The browser held some tabs back: allow pop-ups for this page.',
    serverOnly: 'This server only introduces tabs to each other. Once they have met it may be unplugged.',
    serverOffline: 'The server is away. The room goes on; nobody new can join by the code.',
    serverConnecting: 'Looking for the server…',
    noLan: 'This address works on this machine only.',
    mesh: 'Mesh',
    reachable: (there: number, all: number) => `${there} of ${all} reachable`,
    meshLegend: ['filled: will vote', 'outlined: watches', 'dotted: connecting', 'dashed: relayed'],
    tabs: (n: number) => (n === 1 ? '1 tab' : `${n} tabs`),
    counts: (vote: number, watch: number, closed: number) =>
      [`${vote} vote`, `${watch} watch`, ...(closed === 0 ? [] : [`${closed} closed`])].join(', '),
    votes: 'votes',
    watches: 'watches',
    willVote: (name: string) => `${name} votes`,
    what: 'What shall the class run?',
    voters: 'Voters',
    survives: (k: number | null) =>
      k === null
        ? 'nobody yet'
        : k === 0
          ? 'survives no crash'
          : k === 1
            ? 'survives 1 crash'
            : `survives ${k} crashes`,
    suggest: 'Suggest',
    pace: 'Pace',
    electionTakes: (time: string) => `an election takes about ${time}`,
    start: (protocol: string) => `Start ${protocol}`,
    willStart: (host: string) => `${host} will start.`,
    votersNone: 'Choose who votes.',
    votersTwo: 'Two voters survive no crash: choose one, or three and more.',
    votersMany: 'At most nine can vote.',
    running: 'It runs.',
    toStage: 'To the Stage',
    stop: 'Stop',
  },

  groups: groupsEn,

  control: controlEn,

  introductions: introductionsEn,

  unproven: unprovenEn,

  protocols: {
    raft: { name: 'Raft', text: 'a log that all agree on' },
    pbft: { name: 'PBFT', text: 'a log that all agree on, though fewer than a third may lie' },
    'best-effort': { name: 'Best-effort broadcast', text: 'each message to all, while its sender lives' },
    reliable: { name: 'Reliable broadcast', text: 'each message to all or to none' },
    gossip: { name: 'Gossip', text: 'a tree grown of few links each, that mends itself' },
  },

  link: {
    self: 'this tab',
    connecting: 'connecting',
    direct: 'direct',
    relayed: 'through TURN',
    backoff: 'trying again',
    silent: 'silent',
    indirect: 'over other tabs',
    closed: 'closed',
    hidden: 'tab hidden',
    crashed: 'tab closed',
    left: 'left',
    watching: 'watching page',
  },

  /** Kinds of devices, by what a tab tells of its browser. */
  devices: { laptop: 'laptop', phone: 'phone', tablet: 'tablet' } as { readonly [device: string]: string },
  otherBrowser: 'Browser',

  views: { lobby: 'Room', stage: 'Stage', mine: 'My node', label: 'Views' },

  record: recordEn,
  deliveries: deliveriesEn,
  notShown: notShownEn,
  chat: chatEn,
  step: stepEn,

  bar: {
    code: 'Show the code and the QR code',
    voters: (n: number) => (n === 1 ? '1 voter' : `${n} voters`),
    watching: (n: number) => `${n} watching`,
    realTime: 'real time',
    slower: (times: number) => `${num(times)}× slower`,
    pace: 'Pace',
    pause: 'Pause',
    resume: 'Resume',
    paused: 'paused',
    space: 'space',
    keys: 'Keys',
    leave: 'Leave',
    leaveTitle: 'Leave the room for good. Closing the tab is a crash, not this.',
    calm: 'Calm',
    calmTitle: 'End all faults, restart what was crashed, resume',
    calmAlready: 'All is calm: no fault, nothing crashed, not paused.',
    openAgain: (names: string) =>
      `Closed: ${names}. A closed tab has to be opened again, by its link or under its name.`,
    projector: 'Projector',
  },

  look: {
    unknown: 'not heard of yet',
    running: '',
    candidate: 'asks for votes',
    leader: 'leader',
    'stale-leader': 'stale leader',
    cut: 'cut off',
    silent: 'silent',
    crashed: 'crashed',
    left: 'left',
    stopped: 'stopped',
  },
  roles: {
    follower: 'follower',
    'pre-candidate': 'asks for pre-votes',
    candidate: 'candidate',
    leader: 'leader',
    primary: 'primary',
    backup: 'backup',
    'view-change': 'asks for a view',
    learner: 'learner',
    client: 'no vote',
    member: 'takes part',
  } as { readonly [role: string]: string },
  standing: { learner: 'learner, no vote yet', joining: 'will vote', leaving: 'gives up its vote' },
  membership: {
    title: 'Who votes, who leads',
    letLead: (name: string) => `Let ${name} lead`,
    takeVote: (name: string) => `Take ${name}’s vote`,
    giveVote: (name: string) => `Give ${name} a vote`,
    leads: (name: string) => `${name} leads already.`,
    tooFew: (n: number) => `It takes ${n} voters to survive a crash.`,
    tooMany: (n: number) => `There are ${n} voters: that is the most.`,
    changing: 'The voters are being changed: wait until the newcomer has caught up.',
    allVote: 'Every tab votes. Who comes later is listed here.',
    majorityGone: (here: number, all: number) =>
      `${here} of ${all} voters are here: without a majority nothing is committed. Open the closed tabs again. Only if they are gone for good:`,
    startAnew: 'Start anew with what is left (unsafe)',
    salvaged: (name: string, last: number, committed: number) =>
      `Unsafe: this run goes on from the log of ${name}, which ended at entry ${last}. What others had committed beyond it is lost` +
      (committed < last
        ? `; of entries ${committed + 1} to ${last} nobody knows whether they had been committed.`
        : '.'),
  },
  ago: (time: string) => `${time} ago`,

  cluster: {
    title: 'Cluster',
    note: 'term is the colour and the number',
    noteBroadcast: 'the number says how many were delivered',
    halfWay: 'Crash half way',
    halfWayTitle: 'This tab’s node broadcasts, and crashes when only half of the others have got it',
    halfWaySaid: 'half way',
    comeBack: 'Come back',
    perSecond: (n: number) => `${num(n)} messages/s`,
    summarised: 'too many to draw one by one',
    setUp: 'Scenarios',
    crashLeader: 'Crash the leader',
    cutLeader: 'Cut the leader off',
    cutMajority: 'Cut off the majority',
    noLeader: 'There is no leader now.',
    tooFew: 'It takes three voters.',
    asTable: 'Cluster as a table',
    legend: {
      broadcast: 'carries a broadcast',
      control: 'brings none',
      eager: 'sends on',
      lazy: 'tells of it',
      entries: 'carries entries',
      empty: 'none',
      ask: 'asks for a vote',
      yes: 'yes',
      no: 'no',
      lost: 'lost',
    },
    lost: {
      cut: 'link cut',
      drop: 'dropped',
      'no-link': 'no link',
      overflow: 'queue full',
      crashed: 'receiver down',
      'stale-run': 'old run',
      'no-instance': 'no such part',
      invalid: 'invalid',
      forged: 'forged',
    },
    columns: ['Node', 'Role', 'Term', 'Last', 'Committed', 'Applied', 'State'],
    waitingFirst: 'Waiting for the first word of a node.',
  },

  logs: {
    title: 'Logs',
    solid: 'solid: committed',
    dashed: 'dashed: not yet',
    applied: 'applied',
    matches: 'matches',
    next: 'sends next',
    own: 'this tab’s command',
    entry: (index: number, term: number) => `Entry ${num(index)}, term ${num(term)}`,
    held: (n: number, of: number) => `in ${num(n)} of ${num(of)} logs`,
    command: (command: string) => `${command} (this tab’s command)`,
    unknown: 'not this tab’s command',
    choose: 'Click an entry’s number to follow it.',
    follow: (index: number) => `Follow entry ${num(index)}`,
    empty: 'No entry yet.',
    fold: (first: number, last: number) => `${entries(first, last)} folded`,
    compacted: 'in the snapshot',
    cell: (index: number, reign: number, state: string) => `entry ${index}, term ${reign}, ${state}`,
    committed: 'committed',
    uncommitted: 'not committed',
    summary: (last: number, commit: number) => `${num(last)} entries, ${num(commit)} committed`,
  },

  happened: {
    title: 'What just happened',
    empty: 'Nothing yet.',
    times: (n: number) => `${num(n)} times`,
    said: {
      'role:leader': (me, d) => `${me} leads term ${text(d, 'reign')}.`,
      'role:candidate': (me, d) => `${me} asks all for their vote in term ${text(d, 'reign')}.`,
      'role:pre-candidate': (me) => `${me} has not heard a leader and asks for pre-votes.`,
      'role:follower': (_, d, name) => {
        const names = namesIn(d, 'nodes', name);
        const follow = names.length > 1 ? 'follow' : 'follows';
        return `${and(names)} ${follow} ${name(text(d, 'leader'))} in term ${text(d, 'reign')}.`;
      },
      'role:primary': (me, d) => `${me} is the primary of view ${text(d, 'reign')}.`,
      'role:backup': (_, d, name) =>
        `${and(namesIn(d, 'nodes', name))}: ${name(text(d, 'leader'))} is the primary of view ${text(d, 'reign')}.`,
      'role:view-change': (me, d) => `${me} waits for view ${text(d, 'reign')} to begin.`,
      crashed: (me) => `${me} crashed. What was on its disk stays.`,
      started: (me) => `${me} started with an empty disk.`,
      restarted: (me) => `${me} came back and read its disk.`,
      stopped: (me) => `${me} stopped.`,
      'snapshot:taken': (me, d) => `${me} took a snapshot up to entry ${text(d, 'index')}.`,
      'snapshot:sent': (me, d, name) => `${me} has sent its snapshot to ${name(text(d, 'peer'))}.`,
      'snapshot:installed': (me, d) => `${me} installed a snapshot up to entry ${text(d, 'index')}.`,
      'snapshot:rejected': (me) => `${me} refused a snapshot.`,
    } as { readonly [code: string]: (me: string, data: Data, name: NameOf) => string },
    /** A code that has no sentence here. */
    unknown: (me: string, code: string, data: string) => `${me}: ${code}${data === '' ? '' : ` (${data})`}`,
  },

  time: {
    title: 'Messages',
    clock: (pace: string) => `the lab’s clock, ${pace}`,
    now: 'now',
    sampled: (shown: number, all: number) => `${num(shown)} of ${num(all)} drawn`,
    label: 'Messages between the nodes over the last moments; time runs down',
    legend: '① so many events at once',
    hint: 'Point at a line to read the message. A number in a circle: so many of the events in “What just happened”, at this node, at this time.',
  },

  inspector: {
    title: 'Node',
    choose: 'Choose a node.',
    term: 'term',
    lastIndex: 'lastLogIndex',
    commitIndex: 'commitIndex',
    appliedIndex: 'lastApplied',
    leader: 'leader',
    digest: 'store digest',
    /** The protocols' own fields, by the names of their papers. */
    detail: {
      votedFor: 'votedFor',
      durableIndex: 'on disk up to',
      snapshotIndex: 'snapshot up to',
      pendingRequests: 'open requests',
    } as { readonly [field: string]: string },
    waiting: (name: string) => `Waiting for ${name}`,
    nothingWaits: 'No message, no timer.',
    details: 'State in full',
    count: (n: number) => (n === 1 ? '1 message' : `${num(n)} messages`),
    more: (n: number) => `and ${num(n)} more`,
    from: (name: string) => `from ${name}`,
    carries: (n: number) => (n === 0 ? 'heartbeat' : n === 1 ? '1 entry' : `${num(n)} entries`),
    left: (left: string, all: string) => `${left} of ${all} left`,
    doTo: (name: string) => `Act on ${name}`,
  },

  timers: {
    election: 'election',
    heartbeat: 'heartbeat',
    commit: 'commit notice',
    retry: 'retry',
  } as { readonly [timer: string]: string },

  faults: {
    crash: 'Crash',
    restart: 'Restart',
    cutOff: 'Cut off',
    cutLink: 'Cut a link…',
    marks: { cut: 'link cut', delay: 'slowed down', drop: 'loses messages' },
    slow: (by: string) => `Slow ${by}`,
    drop: (percent: number) => `Drop ${percent} %`,
    to: 'Link to',
    slowTitle: 'Its messages take longer, both ways',
    dropTitle: 'Three in ten of its messages are lost, both ways',
    titles: { cut: 'Cut', drop: 'Drop', delay: 'Slow', duplicate: 'Twice' },
    active: 'Faults that are on',
    touched: (n: number) =>
      n === 0 ? 'touched no message yet' : n === 1 ? 'touched 1 message' : `touched ${num(n)} messages`,
    isCrashed: 'It has crashed.',
    isLeft: 'It has left.',
    tabClosed: 'Its tab is closed: open it again to restart it.',
    alreadyCut: 'It is cut off already.',
    notYours: 'This is another tab: only the host can crash it.',
    notAllowed: 'The host lets nobody crash their node now.',
  },

  command: {
    title: (name: string) => `Command, through ${name}`,
    ask: 'Ask the cluster',
    placeholder: 'put /class/a 42',
    send: 'Send',
    help: 'put, get, delete, list, cas /path old new, say hello',
    helpLong:
      'put /class/a 42 · get /class/a · cas /class/a 42 43 · delete /class/a · list /class · say hello: to all, in the order of the log',
    waits: {
      paused: 'waits: the lab is paused',
      'no-majority': 'waits: no majority is there',
      'no-leader': 'waits: no leader yet',
      'on-its-way': 'on its way',
    },
    entry: (index: number) => `entry ${num(index)}`,
    nothing: 'nothing there',
    gone: 'deleted',
    wasNothing: 'there was nothing',
    mismatch: (value: string) => `not done: it is ${value}`,
    empty: '(empty)',
    notWatching: 'A watching page sends no commands.',
    crashed: 'This tab’s node has crashed.',
    problems: {
      empty: 'Write a command, like put /class/a 42.',
      unknown: 'It starts with put, get, delete, cas, list or say.',
      path: 'Give a path, like /class/a.',
      value: 'put needs a value: put /class/a 42.',
      cas: 'cas needs two values, the old and the new: cas /class/a 42 43.',
      extra: 'There is something after the path.',
    },
  },

  mine: {
    whereAmI: 'Where am I?',
    whereDone: 'Look at the screen in front.',
    leader: 'You are the leader',
    follower: 'You are a follower',
    candidate: 'You are a candidate',
    'pre-candidate': 'You ask for pre-votes',
    learner: 'You are a learner',
    learnerText: 'You get the log first. Once you have caught up, you vote.',
    member: 'You take part',
    memberText: 'What anybody broadcasts comes to you, and what you broadcast to everybody.',
    client: 'You have no vote here',
    clientText: 'You can send commands, and watch the others agree on them.',
    crashed: 'You have crashed',
    crashedText: 'Your disk keeps what was written. Restart, and see what comes back.',
    nothing: 'Nothing runs yet',
    nothingText: (host: string) => `${host} will start.`,
    ofTerm: (leader: string, reign: number) => `of ${leader}, term ${reign}`,
    term: (reign: number) => `term ${reign}`,
    ifSilent: (leader: string, time: string) =>
      `If ${leader} stays silent for ${time}, you call an election.`,
    ifNobody: (time: string) => `If nobody leads within ${time}, you call an election.`,
    leads: (time: string) => `In ${time} you tell the others again that you lead.`,
    votesSoFar: (yes: number, needed: number) => `${yes} of the ${needed} votes you need.`,
    log: 'My log',
    inbox: 'My inbox',
    faults: 'My faults',
  },

  keysHelp: {
    title: 'Keys',
    list: [
      ['space', 'pause, resume'],
      ['c', 'to the command box'],
      ['← →', 'another node'],
      ['1 2 3', 'room, Stage, my node'],
      ['g', 'next group'],
      ['q', 'code and QR code'],
      ['t', 'dark, light'],
      ['l', 'English, 한국어'],
      ['Esc', 'close'],
      ['?', 'this list'],
    ],
  },

  projector: { panels: 'Beside the cluster', happened: 'Events' },
};

export type Strings = typeof en;
