import type { NodeId, RunId } from '@quorate/shared/core';
import type { Member } from '@quorate/shared/wire';
import type { RoomInfo } from '../api/types.js';
import type { Mesh } from '../mesh/index.js';
import { type Lab, type LabListener, nodeIdOf } from '../node/index.js';
import { AntiEntropy } from './anti-entropy.js';
import {
  type Change,
  ControlPlane,
  hostKeyOf,
  isRemoved,
  labRefusal,
  type RoomVersion,
  roleOf,
} from './control/index.js';
import { type RoomDocument, type RunEntry, runInView, runOf, runOn, takesPart } from './document.js';
import { Introductions } from './introductions.js';
import { followDocument } from './lab-follower.js';
import { LabPeers } from './lab-peers.js';
import type { Refusal, SystemMessage } from './messages.js';
import { crashedByButton, OrderDesk } from './order-desk.js';
import type { OrderAction } from './order-seal.js';
import { newPage, OverlayOrMesh } from './overlay/index.js';
import { Presence } from './presence.js';
import { RoomLinks } from './room-links.js';
import type { RoomOptions } from './room-options.js';
import type { TabRecord } from './roster.js';
import { MeshSystemPlane, type SystemPlane } from './system-plane.js';
import type { Telemetry } from './telemetry.js';
import { TraceExchange } from './trace-exchange.js';
import { UnprovenLog } from './unproven.js';

/** How often what this tab has heard is compared with a neighbour's, and links that nobody needs are let go. Real ms. */
const digestEveryMs = 5_000;
/** How often this tab looks whether it lacks proofs of a broken rule. Real ms. */
const proofsEveryMs = 250;
const leftTheRoom = 'left the room';

/** This tab's place in its room: who is here, what the room agrees on, and the lab that follows it. */
export class Room {
  readonly self: NodeId;
  readonly lab: Lab | null;
  readonly links: RoomLinks;
  readonly #options: RoomOptions;
  readonly #plane: SystemPlane;
  readonly #presence: Presence;
  readonly #control: ControlPlane;
  readonly #orders: OrderDesk;
  readonly #trace: TraceExchange;
  readonly #antiEntropy: AntiEntropy;
  readonly #introductions: Introductions;
  readonly #changed = new Set<() => void>();
  readonly #flashed = new Set<(node: NodeId, serial: number) => void>();
  readonly #unproven: UnprovenLog;
  readonly #labPeers: LabPeers;
  /** The run that this tab has chosen to look at; null: it looks at its own, or else at the first. */
  #picked: RunId | null = null;
  /** Linked tabs that can't read what this one sends, since one of the two is older. */
  readonly #otherVersions = new Set<NodeId>();
  #wishesAreDue = false;
  #isOver = false;
  #halted = false;

  constructor(options: RoomOptions) {
    this.#options = options;
    this.self = options.self;
    this.#unproven = new UnprovenLog(options.mesh);
    this.#control = new ControlPlane({
      ...options,
      kept: options.version,
      onVersion: (version, mustTell) => this.#adopt(version, mustTell),
      onRefused: (from, code, message) => this.#plane.refuse(from, { plane: 'document', code, message }),
      onChange: () => {
        if (this.#control.isAstray) this.#presence.write({});
        this.#notify();
      },
    });
    this.#trace = new TraceExchange({
      self: options.self,
      mesh: options.mesh,
      plane: () => this.#plane,
      run: () => this.runInView?.id ?? null,
      tabCount: () => this.links.tabCount,
      isKnown: (node) => this.#isKnown(node) && !isRemoved(this.#control.version, node),
      giveKeyframe: () => this.lab?.keyframe(),
    });
    this.#orders = new OrderDesk({
      self: options.self,
      code: options.code,
      signer: options.signer,
      control: this.#control,
      plane: () => this.#plane,
      roster: () => this.#presence.roster,
      links: () => this.links,
      lab: () => this.lab,
      run: () => this.run?.id ?? null,
      onRestart: () => this.#presence.write({ lab: this.run === null ? 'idle' : 'running' }),
    });
    const isGone = (node: NodeId): boolean => isRemoved(this.#control.version, node);
    const linksOf = (node: NodeId): readonly NodeId[] => this.#presence.roster.get(node)?.links ?? [];
    this.#plane = new MeshSystemPlane(
      options.mesh,
      {
        onMessage: (from, message) => this.#take(from, message),
        onLabFrame: (from, frame) => {
          if (!isGone(from)) this.lab?.receive(from, frame);
        },
        onPeer: (peer, up, left) => this.#peer(peer, up, left),
        onBadMessage: (from, { plane, code, message }) =>
          console.warn(`${from} sent something bad (${plane}, ${code}), which was dropped: ${message}`),
        onRefused: (by, refusal) => this.#refused(by, refusal),
      },
      {
        ...newPage(),
        self: this.self,
        isRemoved: isGone,
        isPartial: () => this.links.isPartial,
        isHere: (peer) => this.links.isHere(peer),
        onWishes: () => this.#wishesSoon(),
      },
    );
    this.links = this.#createLinks(linksOf, isGone);
    this.#presence = this.#createPresence();
    this.#antiEntropy = new AntiEntropy({
      peers: this.#plane.peers,
      version: () => this.#control.version,
      tabs: () => this.#presence.told(),
      send: (to, message) => this.#plane.send(to, message),
    });
    this.#introductions = new Introductions(options.introduce, () => performance.now());
    this.#labPeers = new LabPeers({
      mesh: options.mesh,
      lab: () => this.lab ?? null,
      linked: this.#plane.peers,
      isLabCrashed: (peer) => this.#presence.roster.get(peer)?.lab === 'crashed',
      isRemoved: isGone,
      isWithUs: (peer) => this.run === null || takesPart(this.run, peer),
    });
    this.lab = options.createLab?.(this.#labListener()) ?? null;
    for (const tab of options.tabs) this.#learnKey(tab);
    this.#presence.write({ left: false, lab: 'idle' });
    this.#follow();
    this.#watch(options.mesh);
  }

  #createLinks(
    linksOf: (node: NodeId) => readonly NodeId[],
    isRemoved: (node: NodeId) => boolean,
  ): RoomLinks {
    return new RoomLinks({
      self: this.self,
      mesh: this.#options.mesh,
      overlay: new OverlayOrMesh(this.self, this.#options.code, this.#plane.overlay),
      linked: this.#plane.peers,
      linksOf,
      isRemoved,
      nowMs: () => performance.now(),
    });
  }

  #watch(mesh: Mesh): void {
    mesh.on({
      onChange: (peer) => {
        this.#labPeers.linkChanged(peer);
        this.#notify();
      },
    });
    document.addEventListener('visibilitychange', () => this.#presence.write({}));
    setInterval(() => this.#everySoOften(), digestEveryMs);
    setInterval(() => this.#trace.look(), proofsEveryMs);
  }

  get telemetry(): Telemetry {
    return this.#trace.telemetry;
  }

  get document(): RoomDocument | null {
    return this.#control.version?.document ?? null;
  }

  get isHost(): boolean {
    return this.document?.host === this.self;
  }

  /** Whether this tab may drive the lab: as host, as co-host, or since students may do everything. */
  get mayDrive(): boolean {
    return this.lab !== null && labRefusal(this.#control.version, this.self) === null;
  }

  /** Some tab that is linked, or would be, runs another version of Quorate. */
  get isMixed(): boolean {
    const links = [...this.#options.mesh.links().values()];
    return this.#otherVersions.size > 0 || links.some(({ problem }) => problem === 'other-version');
  }

  /** The run that this tab takes part in; null where none is on, and where this tab is in no group. */
  get run(): RunEntry | null {
    return runOf(this.document, this.self);
  }

  /** The run that this tab looks at, and that its controls act on; null where none is on. */
  get runInView(): RunEntry | null {
    return runInView(this.document, this.self, this.#picked);
  }

  /** From now on this tab looks at this run, while it is on; null: at its own, or else at the first. */
  show(run: RunId | null): void {
    this.#picked = run;
    this.#notify();
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
    const { version } = this.#control;
    const host = version?.document.host ?? null;
    const known = this.#options.hostKey === null ? 'first-use' : 'link';
    return {
      code: this.#options.code,
      host: this.isHost,
      coHost: roleOf(version, this.self) === 'co-host',
      mayDrive: this.mayDrive,
      students: version?.document.students ?? 'own-node',
      hostKey: host === null ? null : hostKeyOf(host),
      trust: host === null ? null : this.isHost ? 'own' : known,
      astray: this.#control.isAstray,
      version: version?.document.version ?? 0,
      refused: this.#control.refused,
      unproven: this.#unproven.entries,
      server: this.#presence.server,
      introductions: version?.document.introductions ?? true,
      tabs: this.#presence.tabs(),
    };
  }

  /** Who the server says is here. */
  setMembers(members: readonly Member[]): void {
    this.links.setMembers(members);
    this.#notify();
  }

  setServer(state: RoomInfo['server']): void {
    this.#presence.server = state;
    if (state !== 'online') this.links.serverLost();
    this.#notify();
  }

  /**
   * Changes the room document: host and co-hosts sign by themselves, others ask one of them, where they may. Rejects with
   * `QuorateError`.
   */
  change(change: Change): Promise<void> {
    return this.#orders.change(change);
  }

  /** Crashes or restarts a node's lab, where this tab may. */
  order(node: NodeId, action: OrderAction): Promise<void> {
    return this.#orders.order(node, action);
  }

  flash(serial: number): void {
    this.#plane.spread({ type: 'flash', node: this.self, serial });
    for (const listener of this.#flashed) listener(this.self, serial);
  }

  /** Says goodbye for good: not a crash, but a leave. */
  leave(): void {
    this.#presence.write({ left: true });
    this.#presence.tell();
    this.lab?.crash(leftTheRoom);
    this.links.stop();
    this.#plane.stop();
    this.#options.mesh.goodbye('leave');
  }

  /** Ends without a word: another tab is this node now, and speaks for it. */
  halt(): void {
    this.#halted = true;
    this.links.stop();
    this.#plane.stop();
    this.#options.mesh.close();
    this.lab?.crash('another tab has become this node');
  }

  #createPresence(): Presence {
    const { self, name, signer, browser, tabs, mesh } = this.#options;
    return new Presence({
      self,
      name,
      browser,
      tabs,
      publicKey: signer?.publicKey ?? null,
      peers: this.#plane.peers,
      links: () => mesh.links(),
      version: () => this.#control.version,
      takesPart: () => signer !== null && !this.#control.isAstray,
      tabCount: () => this.links.tabCount,
      isHere: (node) => this.links.isHere(node),
      onForget: (node) => this.#trace.forget(node),
      onWrite: () => this.#notify(),
      onTell: (tab) => {
        if (this.#halted) return;
        this.#plane.spread({ type: 'tab', tab });
        this.#save();
      },
    });
  }

  #labListener(): LabListener {
    return {
      onFrames: (frames) => {
        for (const { to, priority, frame } of frames)
          this.#plane.sendLabFrame(to, frame, priority === 'bulk');
      },
      onWantLink: (peer, owner, wanted) => this.#labPeers.want(peer, owner, wanted),
      onReached: (run) => {
        const until = runOn(this.document, run)?.until ?? null;
        if (until === null) return;
        const { serial } = until;
        this.#plane.spread({ type: 'reached', run, serial });
        this.#reached(run, serial);
      },
      onTrace: ({ events, touched }) => this.#trace.own(events, touched),
      onCrash: (why) => {
        if (why !== crashedByButton && why !== leftTheRoom)
          console.error(`This tab's node has crashed: ${why}`);
        this.#presence.write({ lab: 'crashed' });
        this.#presence.tell();
      },
      onViolation: (from, code, message) => this.#plane.refuse(from, { plane: 'lab', code, message }),
    };
  }

  #notify(): void {
    for (const listener of this.#changed) listener();
  }

  #peer(peer: NodeId, up: boolean, left: boolean): void {
    this.#labPeers.look(peer);
    if (up) {
      const isFirst = this.#plane.peers.size === 1;
      // Who was removed learns here that it was.
      this.#plane.send(peer, {
        type: 'hello',
        document: this.#control.version?.signed ?? null,
        tabs: this.#presence.told(),
        life: this.#orders.life,
      });
      // Neighbours tell theirs by themselves; this tab may have none to most of the others.
      if (isFirst) this.#plane.spread({ type: 'wantKeyframe', node: null });
      this.links.linkUp(peer);
    } else {
      this.#otherVersions.delete(peer);
      this.#orders.lost(peer);
      this.#control.forget(peer);
      // Whoever never said who it is stands in no roster that could forget it.
      if (this.#presence.roster.get(peer) === undefined) this.#trace.forget(peer);
      if (left) this.#presence.left(peer);
    }
    this.links.update();
    this.#presence.write({});
  }

  #take(from: NodeId, message: SystemMessage): void {
    if (isRemoved(this.#control.version, from)) return;
    switch (message.type) {
      case 'hello':
        this.#orders.heardLife(from, message.life);
        this.#hearTabs(message.tabs);
        if (message.document !== null) this.#control.offer(from, message.document);
        this.#trace.keyframeSoon();
        break;
      case 'overlay':
      case 'told':
        // The plane's own.
        return;
      case 'digest':
        return this.#antiEntropy.compare(from, message);
      case 'news':
        this.#hearTabs(message.tabs);
        if (message.document !== null) this.#control.offer(from, message.document);
        if (message.wantsBack) this.#antiEntropy.tell(from, false);
        break;
      case 'document':
        // What was itself spread goes on by itself.
        if (this.#isKnown(from)) this.#control.offer(from, message.document, false);
        break;
      case 'tab':
        if (message.tab.id === from) this.#hearTabs([message.tab]);
        break;
      case 'wantKeyframe':
        if (message.node === null || this.#isKnown(message.node)) this.#trace.wanted(message.node);
        return;
      case 'order':
      case 'ordered':
        this.#orders.take(from, message);
        break;
      case 'reached':
        this.#reached(message.run, message.serial);
        break;
      case 'flash':
        if (message.node === from) for (const listener of this.#flashed) listener(from, message.serial);
        break;
      case 'trace':
        if (this.#isKnown(from)) this.#trace.hear(from, message);
        return;
    }
    this.#notify();
  }

  /** Some node has come to what the run was to go on to: all stand still, and the host, or else a co-host, says so for good. */
  #reached(id: string, serial: number): void {
    const run = runOn(this.document, id);
    const { version } = this.#control;
    if (version === null || run?.until?.serial !== serial) return;
    if (this.run?.id === id) this.lab?.pace(run.pace, true);
    const signers = [version.document.host, ...version.charter.coHosts];
    if (signers.find((node) => this.links.isHere(node)) !== this.self) return;
    this.#control.change({ kind: 'reached', run: id, serial }).catch((cause: unknown) => {
      // Somebody has paused it, or let it go on, meanwhile.
      console.warn(`The run was not paused at its milestone: ${cause}`);
    });
  }

  #refused(by: NodeId, { plane, code, message }: Refusal): void {
    console.warn(`${by} dropped something that this tab sent (${plane}, ${code}): ${message}`);
    if (code !== 'wrong-version' || this.#otherVersions.has(by)) return;
    this.#otherVersions.add(by);
    this.#notify();
  }

  /** What is kept of a tab is kept of these alone: whoever passes on news could make up any number of others. */
  #isKnown(node: NodeId): boolean {
    return this.#plane.peers.has(node) || this.#presence.roster.get(node) !== undefined;
  }

  #hearTabs(tabs: readonly TabRecord[]): void {
    for (const tab of tabs) this.#hearTab(tab);
    this.links.update();
  }

  #hearTab(tab: TabRecord): void {
    if (tab.publicKey !== null && nodeIdOf(tab.publicKey) !== tab.id) return;
    if (!this.#presence.hear(tab)) return;
    this.#learnKey(tab);
    this.#labPeers.look(tab.id);
    this.#save();
  }

  #learnKey({ id, publicKey }: TabRecord): void {
    if (publicKey !== null) this.lab?.publicKey(id, publicKey);
  }

  /** A version has come into force: keeps it and follows it. `mustTell`: it did not come to all alike. */
  #adopt(version: RoomVersion, mustTell: boolean): void {
    this.#save();
    if (mustTell) this.#plane.spread({ type: 'document', document: version.signed });
    for (const peer of version.document.removed) this.#plane.removed(peer);
    this.links.update();
    this.#follow();
    this.#lookAtServer();
    this.#notify();
  }

  /** A step of the overlay may wish for several links; all that comes of it is seen at once. */
  #wishesSoon(): void {
    if (this.#wishesAreDue) return;
    this.#wishesAreDue = true;
    queueMicrotask(() => {
      this.#wishesAreDue = false;
      this.links.update();
    });
  }

  #lookAtServer(): void {
    const { host, introductions } = this.document ?? { host: null, introductions: true };
    const isTogether = this.#plane.peers.size > 0 && host !== null && this.links.isHere(host);
    this.#introductions.look(!introductions, isTogether);
  }

  #everySoOften(): void {
    if (this.#halted) return;
    this.links.update();
    this.#lookAtServer();
    this.#antiEntropy.ask();
  }

  #follow(): void {
    const { version } = this.#control;
    if (version === null) return;
    this.links.setRunServers(this.run?.servers ?? []);
    // First: a run must not begin by reaching for those of another group.
    this.#labPeers.lookAtAll();
    if (this.lab !== null) {
      followDocument(this.lab, version.document, this.self);
      this.#presence.write(this.lab.alive ? { lab: this.run === null ? 'idle' : 'running' } : {});
    }
    const isGone = isRemoved(version, this.self);
    if (this.#isOver || !(isGone || version.document.ended)) return;
    this.#isOver = true;
    this.#options.onOver(isGone ? 'removed' : 'ended');
  }

  #save(): void {
    const { version } = this.#control;
    if (version !== null && !this.#halted) this.#options.save(version, this.#presence.kept());
  }
}
