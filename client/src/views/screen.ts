import { computed, effect, type ReadonlySignal, type Signal, signal, untracked } from '@preact/signals';
import type { ProtocolKind } from '@quorate/shared/core';
import { findProtocol } from '@quorate/shared/registry';
import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { Command, CommandResult, GroupInfo, QuorateErrorCode, TabInfo } from '../api/types.js';
import { language, strings } from '../strings/index.js';
import type { App } from './app.js';
import { commandText } from './model/command.js';
import { leaderOf } from './model/looks.js';
import { tabName } from './parts/tab-words.js';
import { ViewStore } from './store.js';

/** The screens inside a room. */
export type View = 'lobby' | 'stage' | 'mine';

/** What the projector shows beside the cluster. */
export const besides = ['logs', 'time', 'happened'] as const;
export type Beside = (typeof besides)[number];

/** What is shown of a log: its entries, or what was said in it. */
export const records = ['log', 'said'] as const;

/** A command sent from this tab, and what it came to. */
export type Sent = {
  readonly key: number;
  readonly text: string;
  readonly outcome:
    | { readonly type: 'waiting' }
    | { readonly type: 'result'; readonly result: CommandResult }
    | { readonly type: 'error'; readonly message: string };
};

const besideKey = 'quorate.projector';
const overviewHash = '#overview';
const sentKept = 5;
const noCommands: ReadonlyMap<number, string> = new Map();
const ownCommandsKept = 200;
/** Below this width a student sees their own node first. */
const narrowPx = 720;

/** What a person has chosen on this screen, beside what the app tells. */
export class Screen {
  readonly app: App;
  readonly store: ViewStore;
  /** Null follows the room: the lobby until something runs, then the Stage (or one's own node on a phone). */
  readonly chosenView: Signal<View | null> = signal(viewOfHash());
  readonly chosenNode: Signal<string | null> = signal(null);
  /** Whether the Stage shows all groups at once; null: as long as this tab is in none and has chosen none. */
  readonly chosenOverview: Signal<boolean | null> = signal(location.hash === overviewHash ? true : null);
  readonly overlay: Signal<'code' | 'keys' | 'refused' | null> = signal(null);
  readonly record: Signal<(typeof records)[number]> = signal('log');
  readonly beside: Signal<Beside> = signal(rememberedBeside());
  readonly sent: Signal<readonly Sent[]> = signal([]);
  /** This tab's own commands by their index in the log, as one would type them. */
  readonly ownCommands: ReadonlySignal<ReadonlyMap<number, string>>;
  readonly #ownCommands: Signal<ReadonlyMap<number, string>> = signal(new Map());
  /** The entry that is followed through the logs. */
  readonly chosenEntry: Signal<number | null> = signal(null);
  /** How many of the refused entries somebody has looked at. */
  readonly refusedSeen: Signal<number> = signal(0);
  /** The last error of an action, until the next action. */
  readonly trouble: Signal<string | null> = signal(null);
  readonly view: ReadonlySignal<View>;
  readonly isOverview: ReadonlySignal<boolean>;
  readonly node: ReadonlySignal<string | null>;
  /** Who takes part in the log, voters first, in the order in which the ring shows them. */
  readonly nodes: ReadonlySignal<readonly string[]>;
  #keys = 0;

  constructor(app: App) {
    this.app = app;
    this.store = new ViewStore(app);
    this.view = computed(() => this.#view());
    this.isOverview = computed(() => {
      const { groups } = this;
      if (groups.length === 0) return false;
      return this.chosenOverview.value ?? (groups.length > 1 && !groups.some((group) => group.own));
    });
    this.#followGroups();
    // Another group's log has other commands at the same places.
    this.ownCommands = computed(() => (app.status.value.takesPart ? this.#ownCommands.value : noCommands));
    this.nodes = computed(() => {
      const { voters, incoming, learners } = app.status.value;
      const seen = [...this.store.panels.value.nodes.keys()].sort();
      if (voters.length === 0) return seen;
      // Everybody takes part in a broadcast, with a vote or without.
      if (this.kind === 'broadcast') return [...new Set([...voters, ...seen])];
      return [...new Set([...voters, ...incoming, ...learners])];
    });
    this.node = computed(() => {
      const chosen = this.chosenNode.value;
      if (chosen !== null && (this.groups.length === 0 || this.nodes.value.includes(chosen))) return chosen;
      const own = this.self?.id ?? null;
      if (own !== null && this.nodes.value.includes(own)) return own;
      return leaderOf(this.store.panels.value) ?? this.nodes.value[0] ?? own;
    });
  }

  get tabs(): readonly TabInfo[] {
    return this.app.room.value?.tabs ?? [];
  }

  /** The groups that run; none where one run is the whole room's. */
  get groups(): readonly GroupInfo[] {
    return this.app.groups.value;
  }

  /** The group that this tab's node takes part in. */
  get ownGroup(): GroupInfo | undefined {
    return this.groups.find((group) => group.own);
  }

  get self(): TabInfo | undefined {
    return this.tabs.find((tab) => tab.self);
  }

  get isHost(): boolean {
    return this.app.room.value?.host ?? false;
  }

  /** This tab may drive the lab: as host, as co-host, or since students may do everything. */
  get mayDrive(): boolean {
    return this.app.room.value?.mayDrive ?? false;
  }

  /** This tab may say who is called what, who has to go, and what students may do. */
  get mayManage(): boolean {
    const room = this.app.room.value;
    return room !== null && (room.host || room.coHost);
  }

  /** A run is on in the room, whether or not this tab's node takes part in it: it may have crashed. */
  get isOn(): boolean {
    return this.app.status.value.run !== null;
  }

  /** The run that is shown: what is pressed is meant for it, even where it stops at that very moment. */
  get run(): string | undefined {
    return this.app.status.value.run ?? undefined;
  }

  /** What the protocol that runs is for; a log where nothing runs. */
  get kind(): ProtocolKind {
    return findProtocol(this.app.status.value.protocol ?? '')?.kind ?? 'log';
  }

  get hostName(): string {
    return this.tabs.find((tab) => tab.host)?.name ?? strings.value.common.theHost;
  }

  tab(id: string): TabInfo | undefined {
    return this.tabs.find((tab) => tab.id === id);
  }

  nameOf(id: string): string {
    const tab = this.tab(id);
    return tab === undefined ? id.slice(0, 6) : tabName(tab);
  }

  show(view: View): void {
    this.chosenView.value = view;
    const isAll = view === 'stage' && this.chosenOverview.value === true;
    history.replaceState(history.state, '', isAll ? overviewHash : `#${view}`);
  }

  /** Shows one group on the Stage, or, where it is null, all of them at once. */
  showGroup(run: string | null): void {
    this.chosenOverview.value = run === null;
    if (run !== null) this.#look(run);
    this.show('stage');
  }

  #followGroups(): void {
    effect(() => {
      // One's own node is in one's own group, whichever was looked at last.
      const own = this.ownGroup;
      if (this.view.value === 'mine' && own?.shown === false) untracked(() => this.#look(own.run));
    });
    const areOn = computed(() => this.groups.length > 0);
    let wereOn = false;
    effect(() => {
      // What was chosen among these says nothing of the next ones.
      if (wereOn && !areOn.value) this.chosenOverview.value = null;
      wereOn = areOn.value;
    });
  }

  #look(run: string): void {
    this.chosenEntry.value = null;
    this.chosenNode.value = null;
    this.act(async () => this.app.quorate.groups.show(run));
  }

  /** Chooses what the projector shows beside the cluster, and remembers it. */
  showBeside(beside: Beside): void {
    this.beside.value = beside;
    localStorage.setItem(besideKey, beside);
  }

  /** Why what only the host may do is off for this tab; null where it is on. */
  hostOnly(): string | null {
    if (this.mayDrive) return null;
    const text = strings.value;
    const host = this.tabs.find((tab) => tab.host);
    return host === undefined ? text.errors['not-host'] : text.common.onlyHost(host.name);
  }

  /** Why nothing can be sent from this tab, or null. */
  sendOff(): string | null {
    const text = strings.value;
    if (this.app.watching) return text.command.notWatching;
    if (!this.isOn) return text.common.notRunning;
    if (!this.app.status.value.takesPart) {
      const { ownGroup } = this;
      return ownGroup === undefined
        ? text.groups.onlyWatches
        : text.groups.elsewhere(text.groups.name(ownGroup.number));
    }
    return this.app.status.value.running ? null : text.command.crashed;
  }

  /** Runs an action; an error is shown, in the language of the screen. */
  act(action: () => Promise<unknown>): void {
    this.trouble.value = null;
    action().catch((error: unknown) => {
      this.trouble.value = errorText(error);
    });
  }

  submit(command: Command): void {
    this.#keys += 1;
    const key = this.#keys;
    const settle = (outcome: Sent['outcome']): void => {
      this.sent.value = this.sent.value.map((sent) => (sent.key === key ? { ...sent, outcome } : sent));
    };
    const first: Sent = { key, text: commandText(command), outcome: { type: 'waiting' } };
    this.sent.value = [first, ...this.sent.value].slice(0, sentKept);
    this.app.quorate.submit(command).then(
      (result) => {
        settle({ type: 'result', result });
        if ('index' in result) this.#own(result.index, first.text);
      },
      (error: unknown) => settle({ type: 'error', message: errorText(error) }),
    );
  }

  #own(index: number, text: string): void {
    this.#ownCommands.value = new Map(
      [...this.#ownCommands.value, [index, text] as const].slice(-ownCommandsKept),
    );
  }

  #view(): View {
    const chosen = this.chosenView.value;
    const canBeMine = !this.app.watching;
    if (chosen !== null && (chosen !== 'mine' || canBeMine)) return chosen;
    if (!this.isOn) return 'lobby';
    return canBeMine && !this.isHost && innerWidth < narrowPx ? 'mine' : 'stage';
  }
}

const ScreenContext = createContext<Screen | null>(null);
export const ScreenProvider = ScreenContext.Provider;

/** The screen that a view is part of. */
export function useScreen(): Screen {
  const screen = useContext(ScreenContext);
  if (screen === null) throw new Error('a view stands outside of its ScreenProvider');
  return screen;
}

/** An error in the language of the screen; in English the error's own message says more than its code. */
export function errorText(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
  const known: string | undefined = isCode(code) ? strings.peek().errors[code] : undefined;
  if (known === undefined) return message;
  return language.peek() === 'en' && message !== '' ? message : known;
}

function isCode(code: string): code is QuorateErrorCode {
  return Object.hasOwn(strings.peek().errors, code);
}

function viewOfHash(): View | null {
  if (location.hash === overviewHash) return 'stage';
  const hash = location.hash.slice(1);
  return hash === 'lobby' || hash === 'stage' || hash === 'mine' ? hash : null;
}

function rememberedBeside(): Beside {
  const kept = localStorage.getItem(besideKey);
  return besides.find((beside) => beside === kept) ?? 'logs';
}
