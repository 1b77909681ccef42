import { instancesAt, type NodeId, nextCounter } from '@quorate/shared/core';
import type { Member } from '@quorate/shared/wire';
import { QuorateError } from '../api/error.js';
import type { RoomInfo } from '../api/types.js';
import { type Lab, type LabListener, nodeIdOf } from '../node/index.js';
import { AntiEntropy } from './anti-entropy.js';
import { changeRun, currentRun, isNewer, nextVersion, type RoomDocument, type RunEntry } from './document.js';
import { Introductions } from './introductions.js';
import { Keyframes } from './keyframes.js';
import { LabLinks } from './lab-links.js';
import type { Refusal, SystemMessage } from './messages.js';
import { type OrderAction, type OrderError, Orders } from './orders.js';
import { RingOverlay } from './overlay-links.js';
import { RoomLinks } from './room-links.js';
import type { RoomOptions } from './room-options.js';
import { Roster, type TabRecord } from './roster.js';
import { protocolOf } from './run-protocol.js';
import { MeshSystemPlane, type SystemPlane } from './system-plane.js';
import { tabInfo } from './tab-info.js';
import { Telemetry } from './telemetry.js';

/** Changes of one's own record within this time go out together. Real ms. */
const recordEveryMs = 150;
/** How often what this tab has heard is compared with a neighbour's, and links that nobody needs are let go. Real ms. */
const digestEveryMs = 5_000;
const crashedByButton = 'crashed by button';
const leftTheRoom = 'left the room';

const stepSentences = {
  crashed: 'This node has crashed.',
  'not-paused': 'The lab runs. Pause it first.',
  'nothing-waits': 'No such message or timer waits there any more.',
  'not-first': 'Another message of the same sender comes first: channels keep their order.',
} as const;

/** This tab's place in its room: who is here, what the room agrees on, and the lab that follows it. */
export class Room {
  readonly self: NodeId;
  readonly telemetry = new Telemetry();
  readonly lab: Lab | null;
  readonly links: RoomLinks;
  readonly #options: RoomOptions;
  readonly #plane: SystemPlane;
  readonly #roster: Roster;
  readonly #orders: Orders;
  readonly #changed = new Set<() => void>();
  readonly #flashed = new Set<(node: NodeId, serial: number) => void>();
  /** Who wants this node's trace. */
  readonly #audience = new Set<NodeId>();
  readonly #antiEntropy: AntiEntropy;
  readonly #introductions: Introductions;
  /** Whose lab this tab's lab can reach. */
  readonly #labPeers = new Set<NodeId>();
  readonly #labLinks: LabLinks;
  readonly #keyframes = new Keyframes(() => this.lab?.keyframe());
  /** Linked tabs that can't read what this one sends, since one of the two is older. */
  readonly #otherVersions = new Set<NodeId>();
  #document: RoomDocument | null;
  #server: RoomInfo['server'] = 'online';
  #recordTimer: ReturnType<typeof setTimeout> | null = null;
  #halted = false;

  constructor(options: RoomOptions) {
    this.#options = options;
    this.self = options.self;
    this.#document = options.document;
    this.#roster = new Roster(options.tabs, (id) => this.#forget(id));
    this.#orders = new Orders((to, message) => this.#plane.send(to, message));
    const linksOf = (node: NodeId): readonly NodeId[] => this.#roster.get(node)?.links ?? [];
    this.#plane = new MeshSystemPlane(
      options.mesh,
      {
        onMessage: (from, message) => this.#take(from, message),
        onLabFrame: (from, frame) => this.lab?.receive(from, frame),
        onPeer: (peer, up, left) => this.#peer(peer, up, left),
        onBadMessage: (from, { plane, code, message }) =>
          console.warn(`${from} sent something bad (${plane}, ${code}), which was dropped: ${message}`),
        onRefused: (by, refusal) => this.#refused(by, refusal),
      },
      {
        self: this.self,
        linksOf,
        wantsTrace: (peer) => this.#audience.has(peer),
      },
    );
    this.links = new RoomLinks({
      self: this.self,
      mesh: options.mesh,
      overlay: new RingOverlay(this.self, options.code),
      linked: this.#plane.peers,
      linksOf,
      nowMs: () => performance.now(),
    });
    this.#antiEntropy = new AntiEntropy({
      peers: this.#plane.peers,
      document: () => this.#document,
      tabs: () => this.#told(),
      send: (to, message) => this.#plane.send(to, message),
    });
    this.#introductions = new Introductions(options.introduce, () => performance.now());
    this.#labLinks = new LabLinks({
      mesh: options.mesh,
      isUp: (peer) => this.#labPeers.has(peer),
      isLabCrashed: (peer) => this.#roster.get(peer)?.lab === 'crashed',
      onFail: (peer) => this.lab?.linkFailed(peer),
    });
    options.mesh.on({
      onChange: (peer) => {
        this.#labLinks.look(peer);
        this.#notify();
      },
    });
    this.lab = options.createLab?.(this.#labListener()) ?? null;
    for (const tab of options.tabs) this.#learnKey(tab);
    this.#writeRecord({ left: false, lab: 'idle' });
    this.#follow();
    document.addEventListener('visibilitychange', () => this.#writeRecord({}));
    setInterval(() => this.#everySoOften(), digestEveryMs);
  }

  get document(): RoomDocument | null {
    return this.#document;
  }

  get isHost(): boolean {
    return this.#document?.host === this.self;
  }

  /** Some tab that is linked runs another version of Quorate. */
  get isMixed(): boolean {
    return this.#otherVersions.size > 0;
  }

  get run(): RunEntry | null {
    return currentRun(this.#document);
  }

  /** Called when anything of `info()` or of the document is another. Answers with a function that ends it. */
  onChange(listener: () => void): () => void {
    this.#changed.add(listener);
    return () => this.#changed.delete(listener);
  }

  onFlash(listener: (node: NodeId, serial: number) => void): () => void {
    this.#flashed.add(listener);
    return () => this.#flashed.delete(listener);
  }

  info(): RoomInfo {
    const links = this.#options.mesh.links();
    return {
      code: this.#options.code,
      host: this.isHost,
      server: this.#server,
      introductions: this.#document?.introductions ?? true,
      tabs: this.#roster.list().map((record) =>
        tabInfo(record, {
          self: record.id === this.self,
          host: record.id === this.#document?.host,
          here: this.links.isHere(record.id),
          link: links.get(record.id),
        }),
      ),
    };
  }

  /** Who the server says is here. */
  setMembers(members: readonly Member[]): void {
    this.links.setMembers(members);
    this.#notify();
  }

  setServer(state: RoomInfo['server']): void {
    this.#server = state;
    if (state !== 'online') this.links.serverLost();
    this.#notify();
  }

  /** The host's next version of the room document: kept, followed, and told to everybody. */
  change(next: RoomDocument): void {
    this.#adopt(next, true);
  }

  /** Crashes or restarts a node's lab: one's own, or as the host anybody's. */
  async order(node: NodeId, action: OrderAction): Promise<void> {
    if (node === this.self) return this.#obey(action);
    if (!this.isHost)
      throw new QuorateError(
        'not-host',
        `Only the host can ${typeof action === 'string' ? action : 'step'} another tab's node.`,
      );
    if (this.#roster.get(node) === undefined)
      throw new QuorateError('unknown-node', `There is no tab ${node} here.`);
    if (!this.links.isHere(node))
      throw new QuorateError('unreachable', `${node} is not here: is its tab closed? Open it again.`);
    await this.links.withLink(node, () => this.#orders.give(node, action));
  }

  flash(serial: number): void {
    this.#plane.spread({ type: 'flash', node: this.self, serial });
    for (const listener of this.#flashed) listener(this.self, serial);
  }

  /** Says goodbye for good: not a crash, but a leave. */
  leave(): void {
    this.#writeRecord({ left: true });
    this.#sendRecord();
    this.lab?.crash(leftTheRoom);
    this.links.stop();
    this.#options.mesh.goodbye('leave');
  }

  /** Ends without a word: another tab is this node now, and speaks for it. */
  halt(): void {
    this.#halted = true;
    this.links.stop();
    this.#options.mesh.close();
    this.lab?.crash('another tab has become this node');
  }

  #labListener(): LabListener {
    return {
      onFrames: (frames) => {
        for (const { to, priority, frame } of frames)
          this.#plane.sendLabFrame(to, frame, priority === 'bulk');
      },
      onWantLink: (peer, owner, wanted) => this.#labLinks.want(peer, owner, wanted),
      onReached: (run) => {
        const { until } = this.run ?? { until: null };
        if (until === null || this.run?.id !== run) return;
        const { serial } = until;
        this.#plane.spread({ type: 'reached', run, serial });
        this.#reached(run, serial);
      },
      onTrace: ({ events, touched }) => {
        this.telemetry.own(events);
        this.telemetry.touch(this.self, touched);
        if (this.#audience.size > 0)
          this.#plane.spread({ type: 'trace', events: [...events], touched: { ...touched } });
      },
      onCrash: (why) => {
        if (why !== crashedByButton && why !== leftTheRoom)
          console.error(`This tab's node has crashed: ${why}`);
        this.#writeRecord({ lab: 'crashed' });
        this.#sendRecord();
      },
      onViolation: (from, code, message) => this.#plane.refuse(from, { plane: 'lab', code, message }),
    };
  }

  #notify(): void {
    for (const listener of this.#changed) listener();
  }

  /** To the labs, a crashed one is gone like a closed tab, though its page keeps the link. */
  #updateLabPeer(peer: NodeId): void {
    const isUp = this.#plane.peers.has(peer) && this.#roster.get(peer)?.lab !== 'crashed';
    if (isUp !== this.#labPeers.has(peer)) {
      if (isUp) this.#labPeers.add(peer);
      else this.#labPeers.delete(peer);
      this.lab?.peer(peer, isUp);
    }
    this.#labLinks.look(peer);
  }

  #peer(peer: NodeId, up: boolean, left: boolean): void {
    this.#updateLabPeer(peer);
    if (up) {
      const isFirst = this.#plane.peers.size === 1;
      this.#plane.send(peer, {
        type: 'hello',
        document: this.#document,
        tabs: this.#told(),
        wantsTrace: true,
      });
      // Neighbours tell theirs by themselves; this tab may have none to most of the others.
      if (isFirst) this.#plane.spread({ type: 'wantKeyframe', node: null });
      this.links.linkUp(peer);
    } else {
      this.#audience.delete(peer);
      this.#otherVersions.delete(peer);
      this.#orders.lost(peer);
      // Whoever never said who it is stands in no roster that could forget it.
      if (this.#roster.get(peer) === undefined) this.#forget(peer);
      const record = this.#roster.get(peer);
      if (left && record !== undefined)
        this.#roster.merge({ ...record, left: true, stamp: nextCounter(record.stamp) });
    }
    this.links.update();
    this.#writeRecord({});
  }

  #take(from: NodeId, message: SystemMessage): void {
    switch (message.type) {
      case 'hello':
        this.#hearTabs(message.tabs);
        if (message.document !== null) this.#adopt(message.document, true);
        this.#setAudience(from, message.wantsTrace);
        break;
      case 'spread':
        // Opened by the plane.
        return;
      case 'digest':
        return this.#antiEntropy.compare(from, message);
      case 'news':
        this.#hearTabs(message.tabs);
        if (message.document !== null) this.#adopt(message.document, true);
        if (message.wantsBack) this.#antiEntropy.tell(from, false);
        break;
      case 'document':
        this.#adopt(message.document, false);
        break;
      case 'tab':
        if (message.tab.id === from) this.#hearTabs([message.tab]);
        break;
      case 'wantTrace':
        this.#setAudience(from, message.wanted);
        break;
      case 'wantKeyframe':
        if (message.node === null || message.node === this.self) this.#keyframes.giveSoon();
        // It has been asked, and what it gives reaches this tab as well.
        else if (this.#isKnown(message.node)) this.#keyframes.mayAsk(message.node);
        return;
      case 'order':
        void this.#obeyOrder(from, message.id, message.action);
        break;
      case 'ordered':
        this.#orders.answered(from, message.id, message.error);
        break;
      case 'reached':
        this.#reached(message.run, message.serial);
        break;
      case 'flash':
        if (message.node === from) for (const listener of this.#flashed) listener(from, message.serial);
        break;
      case 'trace':
        this.#hearTrace(from, message);
        return;
    }
    this.#notify();
  }

  /** Some node has come to what the run was to go on to: all stand still, and the host says so in the document. */
  #reached(id: string, serial: number): void {
    const { run } = this;
    if (run?.id !== id || run.until?.serial !== serial) return;
    this.lab?.pace(run.pace, true);
    if (!this.isHost || this.#document === null) return;
    const runs = changeRun(this.#document.runs, id, { paused: true, until: null });
    this.change(nextVersion(this.#document, Date.now(), { runs }));
  }

  #hearTrace(from: NodeId, { events, touched }: Extract<SystemMessage, { type: 'trace' }>): void {
    if (!this.#isKnown(from)) return;
    this.telemetry.touch(from, touched);
    const { gap, bad } = this.telemetry.heard(from, events);
    if (gap && this.#keyframes.mayAsk(from)) this.#plane.spread({ type: 'wantKeyframe', node: from });
    if (bad === null) return;
    const message = `${bad.count} of ${events.length} trace events, the first ${bad.why}`;
    this.#plane.refuse(from, { plane: 'system', code: 'malformed', message });
  }

  /** What is kept of a tab is kept of these alone: whoever passes on news could make up any number of others. */
  #isKnown(node: NodeId): boolean {
    return this.#plane.peers.has(node) || this.#roster.get(node) !== undefined;
  }

  #refused(by: NodeId, { plane, code, message }: Refusal): void {
    console.warn(`${by} dropped something that this tab sent (${plane}, ${code}): ${message}`);
    if (code !== 'wrong-version' || this.#otherVersions.has(by)) return;
    this.#otherVersions.add(by);
    this.#notify();
  }

  #forget(node: NodeId): void {
    this.telemetry.forget(node);
    this.#keyframes.forget(node);
  }

  #hearTabs(tabs: readonly TabRecord[]): void {
    for (const tab of tabs) this.#hearTab(tab);
    this.links.update();
  }

  #hearTab(tab: TabRecord): void {
    // Nobody else knows better how this tab is; but its stamp must stay above what others remember of earlier lives.
    if (tab.id === this.self) {
      const own = this.#roster.get(this.self);
      if (own !== undefined && tab.stamp >= own.stamp) this.#writeRecord({}, tab.stamp);
      return;
    }
    if (tab.publicKey !== null && nodeIdOf(tab.publicKey) !== tab.id) return;
    if (!this.#roster.merge(tab, (id) => this.links.isHere(id))) return;
    this.#learnKey(tab);
    this.#updateLabPeer(tab.id);
    this.#save();
  }

  #learnKey({ id, publicKey }: TabRecord): void {
    if (publicKey !== null) this.lab?.publicKey(id, publicKey);
  }

  #setAudience(peer: NodeId, wanted: boolean): void {
    if (!wanted) {
      this.#audience.delete(peer);
      return;
    }
    this.#audience.add(peer);
    this.#keyframes.giveSoon();
  }

  /** Takes a version of the document if it is news, keeps it and follows it. `mustTell`: it did not come to all alike. */
  #adopt(document: RoomDocument, mustTell: boolean): void {
    if (document.code !== this.#options.code || !isNewer(document, this.#document)) return;
    this.#document = document;
    this.#save();
    // What was itself spread goes on by itself.
    if (mustTell) this.#plane.spread({ type: 'document', document });
    this.#follow();
    this.#lookAtServer();
    this.#notify();
  }

  /** What this tab tells of others: pages that watch are told of by themselves while they are here, and by nobody after. */
  #told(): TabRecord[] {
    return this.#roster.list().filter((record) => !record.watching || this.links.isHere(record.id));
  }

  #lookAtServer(): void {
    const { host, introductions } = this.#document ?? { host: null, introductions: true };
    const isTogether = this.#plane.peers.size > 0 && host !== null && this.links.isHere(host);
    this.#introductions.look(!introductions, isTogether);
  }

  #everySoOften(): void {
    if (this.#halted) return;
    this.links.update();
    this.#lookAtServer();
    this.#antiEntropy.ask();
  }

  /** Makes the lab do what the document says. */
  #follow(): void {
    const { lab } = this;
    const run = currentRun(this.#document);
    this.links.setRunServers(run?.servers ?? []);
    if (lab === null || this.#document === null) return;
    // What another run goes on from is kept as long as that run: its survivor may yet have to begin it again.
    const kept = new Set(
      this.#document.runs.flatMap(({ running, salvaged }) => (running ? [salvaged?.run] : [])),
    );
    for (const { id, running } of this.#document.runs) if (!running && !kept.has(id)) lab.end(id);
    lab.runOnly(run?.id ?? null);
    const protocol = run === null ? null : protocolOf(run);
    if (run !== null && protocol !== null) {
      // Before it goes on: what it is to stop at may be the first thing that happens.
      lab.pauseAt(run.id, run.paused ? null : (run.until?.milestone ?? null));
      lab.pace(run.pace, run.paused);
      lab.run({
        run: run.id,
        protocol: run.protocol,
        voters: run.voters,
        options: run.options,
        instances: instancesAt(protocol, run.servers.includes(this.self)),
        faults: run.faults,
        salvage: run.salvaged?.node === this.self ? run.salvaged.run : null,
      });
    }
    this.#writeRecord(lab.alive ? { lab: run === null ? 'idle' : 'running' } : {});
  }

  async #obeyOrder(from: NodeId, id: number, action: OrderAction): Promise<void> {
    let error: OrderError | null = null;
    try {
      if (from !== this.#document?.host) throw new QuorateError('not-host', 'Only the host may order that.');
      await this.#obey(action);
    } catch (cause) {
      const message = cause instanceof Error ? cause.message : String(cause);
      error = { code: cause instanceof QuorateError ? cause.code : 'internal', message };
    }
    this.#plane.send(from, { type: 'ordered', id, error });
  }

  async #obey(action: OrderAction): Promise<void> {
    const { lab } = this;
    if (lab === null) throw new QuorateError('watching', 'This page only watches: it has no node.');
    if (typeof action !== 'string') {
      const error = await lab.step(this.run?.id ?? '', action);
      if (error !== null) throw new QuorateError(error, stepSentences[error]);
    } else if (action === 'crash') lab.crash(crashedByButton);
    else {
      lab.restart();
      this.#writeRecord({ lab: this.run === null ? 'idle' : 'running' });
    }
  }

  /** Changes this tab's own record, and tells the others soon. */
  #writeRecord(change: Partial<Pick<TabRecord, 'left' | 'lab'>>, stampAbove = 0): void {
    const before = this.#roster.get(this.self);
    this.#roster.merge({
      id: this.self,
      publicKey: this.#options.publicKey,
      name: this.#options.name,
      joinedMs: before?.joinedMs ?? Date.now(),
      stamp: Math.max(Date.now(), nextCounter(before?.stamp ?? 0, stampAbove)),
      watching: this.lab === null,
      hidden: document.visibilityState === 'hidden',
      left: change.left ?? before?.left ?? false,
      lab: change.lab ?? (this.lab === null ? 'idle' : (before?.lab ?? 'idle')),
      browser: this.#options.browser,
      links: [...this.#plane.peers].sort(),
    });
    this.#notify();
    this.#recordTimer ??= setTimeout(() => this.#sendRecord(), recordEveryMs);
  }

  #sendRecord(): void {
    if (this.#recordTimer !== null) clearTimeout(this.#recordTimer);
    this.#recordTimer = null;
    if (this.#halted) return;
    const tab = this.#roster.get(this.self);
    if (tab !== undefined) this.#plane.spread({ type: 'tab', tab });
    this.#save();
  }

  #save(): void {
    if (this.#document === null || this.#halted) return;
    // Pages that watch are told of by themselves while they are here, and by nobody after.
    const nodes = this.#roster.list().filter((record) => !record.watching);
    this.#options.save(this.#document, nodes);
  }
}
