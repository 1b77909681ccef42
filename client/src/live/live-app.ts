import { batch, type ReadonlySignal, type Signal, signal } from '@preact/signals';
import type { NodeId } from '@quorate/shared/core';
import type { TraceEvent } from '@quorate/shared/trace';
import { type IceServer, ServerConfigSchema } from '@quorate/shared/wire';
import * as v from 'valibot';
import { QuorateError } from '../api/error.js';
import type { GroupInfo, RoomInfo } from '../api/types.js';
import { createMesh, isPassing, Signaling, SignalingError } from '../mesh/index.js';
import {
  type Claim,
  claimIdentity,
  createIdentity,
  type FreshIdentity,
  forgetIdentity,
  keptIdentities,
  Lab,
  type LabListener,
  linkIdentity,
} from '../node/index.js';
import {
  createDocument,
  foundRoom,
  hostKeyOf,
  type KeptRoom,
  nothingKept,
  Quorate,
  Room,
  RoomStorage,
  type Signer,
} from '../room/index.js';
import { strings } from '../strings/index.js';
import type { ActiveFault, App, KeptName, Notice, Problem } from '../views/index.js';
import { parseAddress, searchOf } from './address.js';
import { browserName } from './browser-name.js';
import { asQuorateError, checkCode, checkHostKey, checkName } from './checks.js';
import { Coalesced } from './coalesced.js';

/** Who this page is in its room. A watching page has an id for its links, and no identity to come back as. */
type Seat = {
  readonly nodeId: NodeId;
  /** What it proves its id by. */
  readonly proves: Pick<FreshIdentity, 'publicKey' | 'sign'>;
  readonly code: string;
  readonly name: string;
  readonly claim: Claim | null;
};

/** With each status, all that shows some of it is drawn anew: no more often than a person can read it. */
const statusEveryMs = 250;
/** Forty tabs have something to tell of themselves some hundred times a second while they meet. Real ms. */
const refreshEveryMs = 200;

/** What the server and the other tabs call a page that only watches. */
const watcherName = 'Watching';

function seatOf(claim: Claim, code: string): Seat {
  const { nodeId, name } = claim.identity;
  return { nodeId, proves: claim.identity, code, name, claim };
}

function signerOf({ identity }: Claim): Signer {
  const { nodeId: node, publicKey, sign } = identity;
  return { node, publicKey, sign };
}

function createLab({ identity, origin }: Claim, listener: LabListener): Lab {
  const { nodeId, room, keys, generation } = identity;
  return new Lab({
    self: nodeId,
    room,
    keys,
    fence: { generation },
    returning: origin === 'returning',
    listener,
    createWorker: () =>
      new Worker(new URL('../node/worker/lab-worker.ts', import.meta.url), { type: 'module' }),
  });
}

/** The live application: a room on real links, with a lab in a worker. */
export class LiveApp implements App {
  readonly page: Signal<'front' | 'joining' | 'room' | 'error'> = signal('front');
  readonly problem: Signal<Problem | null> = signal(null);
  readonly progress: Signal<string | null> = signal(null);
  readonly notice: Signal<Notice | null> = signal(null);
  readonly room: Signal<RoomInfo | null> = signal(null);
  readonly status: App['status'];
  readonly groups: Signal<readonly GroupInfo[]> = signal([]);
  readonly faults: Signal<readonly ActiveFault[]> = signal([]);
  readonly addresses: Signal<readonly string[]> = signal([]);
  readonly flashed: Signal<{ readonly node: string; readonly serial: number } | null> = signal(null);
  readonly quorate = new Quorate();
  readonly invitedTo = invitation();
  readonly reopened: Signal<number | null> = signal(null);
  readonly #status;
  readonly #storage = new RoomStorage();
  readonly #listeners = new Set<(events: readonly TraceEvent[]) => void>();
  readonly #signaling = new Signaling();
  #watching = false;
  #claimed: Claim | null = null;
  #room: Room | null = null;
  /** When the room that was asked for was ended. */
  #endedAtMs: number | null = null;
  #flashSerial = 0;
  #statusTimer: ReturnType<typeof setTimeout> | null = null;

  constructor() {
    this.#status = signal(this.quorate.status());
    this.status = this.#status as ReadonlySignal<ReturnType<Quorate['status']>>;
    this.#fetchAddresses();
  }

  get watching(): boolean {
    return this.#watching;
  }

  onTrace(listener: (events: readonly TraceEvent[]) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async kept(): Promise<readonly KeptName[]> {
    return keptIdentities();
  }

  host(typed: string): Promise<void> {
    return this.#enter(async () => {
      const name = checkName(typed);
      const fresh = await createIdentity();
      const { code, iceServers } = await this.#signaling.open(name, fresh.nodeId);
      const claim = await this.#claim(code, name, fresh);
      const seat = seatOf(claim, code);
      const version = await foundRoom(signerOf(claim), createDocument(code, seat.nodeId, Date.now()));
      // At once: a host that closes its tab before the next save would come back to a room without a host.
      await this.#storage.save({ node: seat.nodeId, version, tabs: [], byLink: true });
      await this.#sit(seat, { ...nothingKept, version, byLink: true }, iceServers);
    });
  }

  join(code: string, name: string, key: string | null): Promise<void> {
    return this.#enter(async () => {
      const room = checkCode(code);
      const hostKey = checkHostKey(key);
      const claim = await this.#claim(room, checkName(name));
      const seat = seatOf(claim, room);
      const kept = await this.#load(seat, hostKey);
      await this.#sit(seat, kept, await this.#joinServer(seat, kept.version !== null), hostKey);
    });
  }

  watch(code: string, key: string | null): Promise<void> {
    return this.#enter(async () => {
      const room = checkCode(code);
      const hostKey = checkHostKey(key);
      const fresh = await createIdentity();
      this.#watching = true;
      const seat = { nodeId: fresh.nodeId, proves: fresh, code: room, name: watcherName, claim: null };
      await this.#sit(seat, nothingKept, await this.#joinServer(seat, false), hostKey);
    });
  }

  continueRoom(): void {
    this.reopened.value = null;
  }

  async openNew(): Promise<void> {
    const name = this.#claimed?.identity.name ?? '';
    this.#room?.leave();
    await this.#signaling.leave();
    window.location.assign(`/?${new URLSearchParams({ host: '1', name })}`);
  }

  async leave(): Promise<void> {
    this.#room?.leave();
    await this.#signaling.leave();
    window.location.assign('/');
  }

  flash(): void {
    this.#flashSerial += 1;
    this.#room?.flash(this.#flashSerial);
  }

  /** Runs one way into a room; what goes wrong is shown, and thrown for scripts. */
  async #enter(way: () => Promise<void>): Promise<void> {
    this.problem.value = null;
    this.page.value = 'joining';
    try {
      await way();
      this.progress.value = null;
      // It may be over before it has begun: the first tab met tells that the room has ended.
      this.page.value = this.problem.value === null ? 'room' : 'error';
    } catch (cause) {
      await this.#giveUpClaim();
      const error = asQuorateError(cause);
      this.problem.value = { code: error.code, message: error.message, atMs: this.#endedAtMs };
      this.page.value = 'error';
      throw error;
    }
  }

  async #claim(room: string, name: string, fresh?: FreshIdentity): Promise<Claim> {
    this.#claimed = await claimIdentity({
      room,
      name,
      ...(fresh === undefined ? {} : { fresh }),
      onWaiting: ({ name: waitingFor, remainingMs }) => {
        this.progress.value = strings.value.joining.waiting(waitingFor, Math.ceil(remainingMs / 1000));
      },
      onSucceeded: () => this.#end(strings.value.joining.succeeded),
    });
    return this.#claimed;
  }

  /** The way into the room failed: the name is free again, and a node that never was in the room is not kept. */
  async #giveUpClaim(): Promise<void> {
    const claim = this.#claimed;
    if (claim === null || this.#room !== null) return;
    this.#claimed = null;
    const { room, name } = claim.identity;
    claim.identity.release();
    if (claim.origin !== 'returning') await forgetIdentity(room, name);
  }

  /** Another tab is this node now: two must not be the same one, so this one says nothing more. */
  #end(message: string): void {
    this.#room?.halt();
    this.#signaling.close();
    this.problem.value = { code: 'succeeded', message };
    this.page.value = 'error';
  }

  /** What this node kept of the room. Throws where there is no coming back to it: it has ended, or this node was removed. */
  async #load({ code, nodeId }: Seat, hostKey: string | null): Promise<KeptRoom> {
    const kept = await this.#storage.load(code, nodeId);
    const { version } = kept;
    // The link knows better: it is another host's room under the same code.
    if (hostKey !== null && !(version?.document.host.startsWith(hostKey) ?? false)) return nothingKept;
    if (kept.isUnsigned) {
      throw new QuorateError(
        'unsigned-room',
        'An older Quorate kept this room without a signature: nobody can tell whose it is. Open a new one.',
      );
    }
    if (version?.document.removed.includes(nodeId) === true)
      throw new QuorateError('removed', 'The host has removed this tab from the room.');
    if (version?.document.ended === true) {
      this.#endedAtMs = version.document.changedAtMs;
      throw new QuorateError('ended', 'The host has ended this room for good.');
    }
    return kept;
  }

  /** The room goes on without this tab, or not at all. Who ended stays to tell those that come back later. */
  async #over(why: 'ended' | 'removed'): Promise<void> {
    const atMs = why === 'ended' ? (this.#room?.document?.changedAtMs ?? null) : null;
    this.problem.value = { code: why, message: '', atMs };
    this.page.value = 'error';
    if (why === 'ended') return;
    this.#room?.leave();
    await this.#signaling.leave();
  }

  /** Asks the server for the seat. Members of old come in without a server too: they meet as soon as it is back. */
  async #joinServer(
    { nodeId, code, name, claim }: Seat,
    known: boolean,
  ): Promise<readonly IceServer[] | null> {
    try {
      const request = { code, name, nodeId, watch: claim === null, known };
      return (await this.#signaling.join(request)).iceServers;
    } catch (error) {
      if (known && error instanceof SignalingError && isPassing(error.code)) return null;
      throw error;
    }
  }

  async #sit(
    seat: Seat,
    kept: KeptRoom,
    iceServers: readonly IceServer[] | null,
    linkKey: string | null = null,
  ): Promise<void> {
    const { nodeId: self, proves, code, name, claim } = seat;
    const watching = claim === null;
    const keptKey = kept.version === null || !kept.byLink ? null : hostKeyOf(kept.version.document.host);
    const hostKey = linkKey ?? keptKey;
    const signal = this.#signaling.port(self);
    const mesh = createMesh({
      signal,
      identity: linkIdentity(code, proves),
      iceServers: [...(iceServers ?? (await this.#keptIceServers()))],
    });
    const room = new Room({
      self,
      name,
      code,
      browser: browserName(navigator.userAgent),
      mesh,
      version: kept.version,
      hostKey,
      tabs: kept.tabs,
      signer: claim === null ? null : signerOf(claim),
      createLab: claim === null ? null : (listener) => createLab(claim, listener),
      introduce: (wanted) => {
        if (wanted) this.#signaling.resume();
        else this.#signaling.pause();
      },
      save: (version, tabs) => {
        if (watching) return;
        this.#storage
          .save({ node: self, version, tabs, byLink: hostKey !== null })
          .catch((cause: unknown) => {
            console.error('The room could not be kept on disk:', cause);
          });
      },
      onOver: (why) => {
        this.#over(why).catch((cause: unknown) =>
          console.error('The server was not told of the end:', cause),
        );
      },
    });
    this.#room = room;
    // Whoever has been seen in the room must be able to come back, and without a disk it would be a new node.
    await room.lab?.opened;
    this.quorate.attach(room);
    this.#connect(room);
    // Who came and went meanwhile is in the newest list alone.
    const { members } = this.#signaling;
    room.setMembers(members);
    const isAlone = iceServers !== null && members.every((member) => member.nodeId === self);
    if (kept.savedAtMs !== null && kept.version !== null && isAlone) this.reopened.value = kept.savedAtMs;
    const address = watching
      ? searchOf({ page: 'watch', room: code, key: hostKey })
      : searchOf({ page: 'join', room: code, name, key: hostKey });
    history.replaceState(null, '', `/${address}${window.location.hash}`);
  }

  #connect(room: Room): void {
    const refresh = (): void => {
      const info = room.info();
      this.room.value = info;
      if (room.isMixed) this.notice.value = 'mixed-versions';
      else if (this.notice.value === 'mixed-versions') this.notice.value = null;
      // Somebody else has come: the room goes on.
      if (info.tabs.some((tab) => !tab.self && tab.presence === 'here')) this.reopened.value = null;
      this.#readStatus();
      this.#refreshFaults(room);
    };
    const refreshing = new Coalesced(refresh, refreshEveryMs);
    room.onChange(() => refreshing.ask());
    room.telemetry.on((events) => {
      this.#statusTimer ??= setTimeout(() => this.#refreshStatus(room), statusEveryMs);
      for (const listener of this.#listeners) listener(events);
    });
    room.onFlash((node, serial) => {
      this.flashed.value = { node, serial };
    });
    this.#signaling.onMembers((members) => room.setMembers(members));
    this.#signaling.onState((state) => room.setServer(state));
    this.#signaling.onError((error) => {
      if (error.code === 'replaced') return this.#end(error.message);
      if (error.code === 'packet-too-large') this.notice.value = 'packet-too-large';
      console.warn(`The server: ${error.message}`);
    });
    room.setServer(this.#signaling.state);
    refresh();
  }

  #refreshStatus(room: Room): void {
    this.#statusTimer = null;
    this.#readStatus();
    if (this.faults.value.length > 0) this.#refreshFaults(room);
  }

  /** Together: nothing must be drawn of one run under the name of another. */
  #readStatus(): void {
    batch(() => {
      this.#status.value = this.quorate.status();
      const groups = this.quorate.groups.list();
      if (groups.length > 0 || this.groups.value.length > 0) this.groups.value = groups;
    });
  }

  #refreshFaults(room: Room): void {
    const faults = room.runInView?.faults ?? [];
    this.faults.value = faults.map(({ id, fault }) => ({ id, fault, touched: room.telemetry.touched(id) }));
  }

  /** What the server says of ICE servers and its addresses. */
  async #fetchConfig(): Promise<v.InferOutput<typeof ServerConfigSchema>> {
    const response = await fetch('/config.json');
    return v.parse(ServerConfigSchema, await response.json());
  }

  async #keptIceServers(): Promise<readonly IceServer[]> {
    try {
      return (await this.#fetchConfig()).iceServers;
    } catch (cause) {
      // A room of old can be entered while the server is away; on a LAN no ICE server is needed.
      console.warn('The server did not tell its ICE servers:', cause);
      return [];
    }
  }

  #fetchAddresses(): void {
    this.#fetchConfig().then(
      ({ lanAddresses }) => {
        this.addresses.value = lanAddresses.length > 0 ? lanAddresses : [window.location.origin];
      },
      () => {
        this.addresses.value = [window.location.origin];
      },
    );
  }
}

/** The room that this page's address invites to, and the host that it names. */
function invitation(): App['invitedTo'] {
  const address = parseAddress(window.location.search);
  if (address.page === 'host' || address.room === null) return null;
  return { room: address.room, key: address.key };
}
