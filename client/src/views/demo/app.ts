import { batch, signal } from '@preact/signals';
import { parseFault } from '@quorate/shared/faults';
import type { TraceEvent } from '@quorate/shared/trace';
import type {
  Command,
  CommandResult,
  Fault,
  GroupInfo,
  GroupsApi,
  Json,
  QuorateApi,
  QuorateErrorCode,
  RoomInfo,
  Status,
  TabInfo,
} from '../../api/types.js';
import type { ActiveFault, App, Notice, Problem } from '../app.js';
import { DemoCluster } from './cluster.js';

const names = [
  'Ada',
  'Jun',
  '민지 Minji',
  'Tomás',
  'Lea',
  'Oto',
  'Sofía',
  '하준 Hajun',
  'Nele',
  'Iris',
  'Kofi',
  '서연 Seoyeon',
];
const browsers = ['Chrome/laptop', 'Safari/phone', 'Firefox/laptop', 'Chrome/phone'];
const tickMs = 20;

/** What the demo's address asks for. */
export type DemoOptions = {
  readonly page: 'front' | 'joining' | 'room' | 'error';
  readonly tabs: number;
  readonly voters: number;
  readonly pace: number;
  readonly host: boolean;
  readonly watching: boolean;
  readonly running: boolean;
  /** So many of the voters, from the last on, have closed their tabs. */
  readonly closed: number;
  /** Commands a second, of real time. */
  readonly commands: number;
};

class DemoError extends Error {
  readonly code: QuorateErrorCode;
  constructor(code: QuorateErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** The app's face with made-up tabs and a made-up cluster behind it. */
export class DemoApp implements App {
  readonly page = signal<'front' | 'joining' | 'room' | 'error'>('front');
  readonly problem = signal<Problem | null>(null);
  readonly progress = signal<string | null>('The node that had this name is still answering.');
  readonly notice = signal<Notice | null>(null);
  readonly room = signal<RoomInfo | null>(null);
  readonly status = signal<Status>(idle);
  readonly groups = signal<readonly GroupInfo[]>([]);
  readonly faults = signal<readonly ActiveFault[]>([]);
  readonly addresses = signal(['http://192.168.1.20:3000']);
  readonly flashed = signal<{ node: string; serial: number } | null>(null);
  readonly watching: boolean;
  readonly invitedTo = null;
  readonly reopened = signal<number | null>(null);
  readonly quorate: QuorateApi;
  readonly #options: DemoOptions;
  readonly #listeners = new Set<(events: readonly TraceEvent[]) => void>();
  readonly #store = new Map<string, { value: Json; version: number }>();
  #cluster: DemoCluster | null = null;
  #faultIds = 0;

  constructor(options: DemoOptions) {
    this.#options = options;
    this.watching = options.watching;
    this.quorate = this.#api();
    if (options.page === 'room') this.#enter();
    this.page.value = options.page;
    if (options.page === 'error')
      this.problem.value = { code: 'unknown-room', message: 'No member of maple-otter-42 answers.' };
    if (options.running) this.#run(this.#ids().slice(0, options.voters));
    let lastMs = performance.now();
    setInterval(() => {
      const nowMs = performance.now();
      this.#tick(nowMs - lastMs);
      lastMs = nowMs;
    }, tickMs);
  }

  onTrace(listener: (events: readonly TraceEvent[]) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async kept() {
    return [
      { room: 'maple-otter-42', name: 'Ada', lastUsedMs: 2 },
      { room: 'amber-fox-17', name: 'tiger 2', lastUsedMs: 1, held: true },
    ];
  }

  async host(): Promise<void> {
    this.#enter();
  }

  async join(code: string): Promise<void> {
    if (!/^[a-z]+-[a-z]+-\d+$/.test(code)) throw new DemoError('unknown-room', `There is no room ${code}.`);
    this.#enter();
  }

  async watch(): Promise<void> {
    this.#enter();
  }

  continueRoom(): void {
    this.reopened.value = null;
  }

  async openNew(): Promise<void> {
    this.#enter();
  }

  async leave(): Promise<void> {
    this.page.value = 'front';
  }

  flash(): void {
    const serial = (this.flashed.value?.serial ?? 0) + 1;
    this.flashed.value = { node: this.#ids()[this.#options.host ? 0 : 2] ?? '', serial };
  }

  #ids(): readonly string[] {
    return Array.from({ length: this.#options.tabs }, (_, i) => `node${i}`.padEnd(26, 'a'));
  }

  #enter(): void {
    const self = this.#options.host ? 0 : 2;
    const tabs = this.#ids().map((id, i) => demoTab(id, i, this.#options.watching ? -1 : self));
    batch(() => {
      this.room.value = {
        code: 'maple-otter-42',
        host: this.#options.host && !this.watching,
        coHost: false,
        mayDrive: this.#options.host && !this.watching,
        students: 'own-node',
        hostKey: 'mq4zk7h2ws3apx6d',
        trust: this.#options.host ? 'own' : 'first-use',
        astray: false,
        version: 1,
        refused: [],
        unproven: [],
        server: 'online',
        introductions: true,
        tabs,
      };
      this.page.value = 'room';
    });
  }

  #run(voters: readonly string[]): void {
    this.#cluster = new DemoCluster(voters);
    this.#cluster.pace = this.#options.pace;
    this.status.value = {
      ...this.status.value,
      protocol: 'raft',
      run: 'demo',
      takesPart: !this.watching,
      running: true,
      voters,
      pace: this.#options.pace,
    };
    this.#cluster.start();
    for (const id of this.#options.closed === 0 ? [] : voters.slice(-this.#options.closed)) {
      this.#cluster.crash(id);
      this.#setTab(id, { presence: 'crashed', link: 'closed' });
    }
  }

  #tick(realMs: number): void {
    const cluster = this.#cluster;
    if (cluster === null) return;
    cluster.advance(realMs);
    const due = (this.#options.commands * realMs) / 1000;
    const count = Math.floor(due) + (Math.random() < due % 1 ? 1 : 0);
    if (count > 0 && !cluster.paused) cluster.propose(count);
    const events = cluster.take();
    if (events.length > 0) for (const listener of this.#listeners) listener(events);
    if (cluster.faults !== this.faults.value) this.faults.value = cluster.faults;
  }

  #running(): DemoCluster {
    if (this.#cluster === null) throw new DemoError('not-running', 'Nothing runs. Start a protocol first.');
    return this.#cluster;
  }

  #setLab(id: string, lab: 'running' | 'crashed'): void {
    this.#setTab(id, { lab });
    const isOwn = this.room.value?.tabs.some((tab) => tab.self && tab.id === id) ?? false;
    if (isOwn) this.status.value = { ...this.status.value, running: lab === 'running' };
  }

  #setTab(id: string | undefined, change: Partial<TabInfo>): void {
    const room = this.room.value;
    if (room !== null)
      this.room.value = {
        ...room,
        tabs: room.tabs.map((tab) => (tab.id === id ? { ...tab, ...change } : tab)),
      };
  }

  #removeTab(id: string): void {
    const room = this.room.value;
    if (room !== null) this.room.value = { ...room, tabs: room.tabs.filter((tab) => tab.id !== id) };
  }

  #setPace(pace: number, paused: boolean): void {
    this.#cluster?.setPace(pace, paused);
    this.status.value = { ...this.status.value, pace, paused };
  }

  #addFault(fault: Fault): string {
    const cluster = this.#running();
    this.#faultIds += 1;
    const id = `f${this.#faultIds}`;
    cluster.faults = [...cluster.faults, { id, fault: parseFault(fault), touched: 0 }];
    return id;
  }

  #restartAll(): void {
    for (const tab of this.room.value?.tabs ?? [])
      if (tab.lab === 'crashed') {
        this.#setLab(tab.id, 'running');
        this.#cluster?.restart(tab.id);
      }
  }

  #api(): QuorateApi {
    const own = (): string => this.room.value?.tabs.find((tab) => tab.self)?.id ?? '';
    const room = (): RoomInfo => {
      if (this.room.value === null) throw new DemoError('not-in-room', 'This tab is in no room.');
      return this.room.value;
    };
    const setFaults = async (faults: readonly Fault[]): Promise<readonly string[]> => {
      this.#running().faults = [];
      return faults.map((fault) => this.#addFault(fault));
    };
    return {
      nodeId: own,
      room,
      status: () => this.status.value,
      start: async ({ voters }) => {
        this.#run(voters ?? this.#ids().slice(0, 5));
        return 'demo';
      },
      stop: async () => {
        this.#cluster = null;
        this.status.value = idle;
      },
      reconfigure: async () => {
        throw new DemoError('unsupported', 'The demo keeps its voters.');
      },
      salvage: async () => {
        throw new DemoError('majority-here', 'The demo keeps its voters.');
      },
      transferLeadership: async () => {
        throw new DemoError('unsupported', 'The demo elects its own leaders.');
      },
      submit: (command) => this.#submit(command),
      broadcast: async () => {
        throw new DemoError('unsupported', 'The demo broadcasts nothing.');
      },
      history: () => [],
      trace: () => [],
      inputs: async () => {
        throw new DemoError('unsupported', 'The demo records no inputs.');
      },
      faults: {
        set: setFaults,
        add: async (fault) => this.#addFault(fault),
        remove: async (id) => {
          const cluster = this.#running();
          cluster.faults = cluster.faults.filter((active) => active.id !== id);
        },
        clear: async () => {
          await setFaults([]);
        },
      },
      groups: noGroups,
      members: {
        appoint: async (node) => this.#setTab(node, { coHost: true }),
        dismiss: async (node) => this.#setTab(node, { coHost: false }),
        rename: async (node, name) => this.#setTab(node, { name }),
        remove: async (node) => this.#removeTab(node),
      },
      permit: async (students) => {
        this.room.value = { ...room(), students };
      },
      endRoom: async () => {
        this.problem.value = { code: 'ended', message: '', atMs: Date.now() };
        this.page.value = 'error';
      },
      crash: async (node = own()) => {
        this.#running().crash(node);
        this.#setLab(node, 'crashed');
      },
      restart: async (node = own()) => {
        this.#running().restart(node);
        this.#setLab(node, 'running');
      },
      calm: async () => {
        await setFaults([]);
        this.#restartAll();
        this.#setPace(this.status.value.pace, false);
      },
      pace: { set: async (pace) => this.#setPace(pace, this.status.value.paused) },
      pause: async () => this.#setPace(this.status.value.pace, true),
      resume: async () => this.#setPace(this.status.value.pace, false),
      stopIntroductions: async () => {
        this.room.value = { ...room(), introductions: false, server: 'offline' };
      },
      resumeIntroductions: async () => {
        this.room.value = { ...room(), introductions: true, server: 'online' };
      },
      step: async () => {
        throw new DemoError('unsupported', 'The demo takes no single steps.');
      },
    };
  }

  async #submit(command: Command): Promise<CommandResult> {
    const index = this.#running().propose(1);
    if (index === null)
      throw new DemoError('timeout', 'No leader answered in time. Whether it took effect is not known.');
    const { path } = command;
    const held = this.#store.get(path);
    const version = (held?.version ?? 0) + 1;
    switch (command.op) {
      case 'get':
        return { ok: true, op: 'get', path, value: held?.value ?? null, version: held?.version ?? 0 };
      case 'list':
        return {
          ok: true,
          op: 'list',
          path,
          paths: [...this.#store.keys()].filter((key) => key.startsWith(path)),
        };
      case 'delete':
        return { ok: true, op: 'delete', path, existed: this.#store.delete(path), index };
      case 'put':
        this.#store.set(path, { value: command.value, version });
        return { ok: true, op: 'put', path, version, index };
      case 'cas':
        if (JSON.stringify(held?.value) !== JSON.stringify(command.from)) {
          return {
            ok: false,
            op: 'cas',
            path,
            reason: 'value-mismatch',
            value: held?.value ?? null,
            version: held?.version ?? 0,
          };
        }
        this.#store.set(path, { value: command.to, version });
        return { ok: true, op: 'cas', path, version, index };
    }
  }
}

/** The demo has one cluster. */
const noGroups: GroupsApi = {
  list: () => [],
  split: async () => {
    throw new DemoError('unsupported', 'The demo has one cluster.');
  },
  stop: async () => {
    throw new DemoError('not-running', 'The demo has one cluster.');
  },
  show: () => undefined,
};

const idle: Status = {
  protocol: null,
  run: null,
  group: null,
  takesPart: false,
  running: false,
  role: null,
  reign: 0,
  leader: null,
  lastIndex: 0,
  commitIndex: 0,
  appliedIndex: 0,
  digest: null,
  voters: [],
  incoming: [],
  learners: [],
  salvaged: null,
  pace: 1,
  paused: false,
  traced: 0,
};

function demoTab(id: string, i: number, self: number): TabInfo {
  const special: Partial<TabInfo> =
    i === 5
      ? { link: 'connecting', roundTripMs: null }
      : i === 6
        ? { link: 'relayed' }
        : i === 7
          ? { hidden: true }
          : {};
  return {
    id,
    name: names[i] ?? `tab ${i + 1}`,
    self: i === self,
    host: i === 0,
    coHost: false,
    watching: false,
    link: 'direct',
    presence: i === 10 ? 'left' : 'here',
    lab: 'running',
    hidden: false,
    browser: browsers[i % browsers.length] ?? '',
    roundTripMs: 0.9 + (i % 5) * 0.2,
    links: Array.from({ length: 12 }, (_, j) => `node${j}`.padEnd(26, 'a')).filter(
      (other) => i !== 5 && !other.startsWith('node5a'),
    ),
    ...(i === self ? { link: 'self', roundTripMs: null } : special),
  };
}
