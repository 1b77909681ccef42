import {
  type InstanceName,
  type NodeId,
  nextUint32,
  type RandomState,
  seedRandom,
  serverInstance,
} from '../core/index.js';
import type { TraceBody } from '../trace/index.js';
import type { Frame } from '../wire/index.js';
import type { FaultyLinks } from './faulty-links.js';
import type { HostContext } from './host.js';
import { Inbox } from './inbox.js';
import type { HeldSnapshot, Instance } from './instance.js';
import {
  bulkBytesMax,
  bulkFramesMax,
  slowMotionBulkTransitMs,
  snapshotKeptMs,
  snapshotRetryMs,
  snapshotsHeldMax,
} from './limits.js';
import type { RunSpec } from './run.js';
import type { Signing } from './signing.js';
import { SnapshotReceiver, SnapshotSending } from './snapshot-transfer.js';

/** A frame of a snapshot's transfer. */
export type BulkFrame = Exclude<Frame, { kind: 'message' }>;
type ChunkFrame = Extract<BulkFrame, { kind: 'snapshotChunk' }>;
type Outgoing = {
  readonly peer: NodeId;
  readonly name: InstanceName;
  readonly serial: number;
  readonly sending: SnapshotSending;
};
/** A transfer that came to no end: the receiver may still have what it got of it. */
type Unfinished = { readonly transfer: number; readonly serial: number };

/** A snapshot that has come in whole, with the message that announced it. */
export type ArrivedSnapshot = { readonly message: unknown; readonly data: Uint8Array };

/** What snapshots' transfers need of the run around them. */
export type SnapshotExchangeContext = {
  readonly host: HostContext;
  readonly spec: RunSpec;
  readonly links: FaultyLinks;
  readonly signing: Signing;
  readonly instance: (name: InstanceName) => Instance | undefined;
  readonly trace: (name: InstanceName, body: TraceBody) => void;
  /** What slow motion adds to a way that takes so long, in lab ms. */
  readonly transitMs: (fullMs: number) => number;
  /** Puts a whole snapshot among the messages of its sender; false where it finds no room. */
  readonly onArrive: (name: InstanceName, from: NodeId, snapshot: ArrivedSnapshot) => boolean;
};

/** The snapshots that one run's instances send and receive, in chunks, beside the messages. */
export class SnapshotExchange {
  readonly #context: SnapshotExchangeContext;
  /** What transfers are made of, on its way in; the announcement has been parsed. */
  readonly #inbox: Inbox<BulkFrame>;
  readonly #receivers = new Map<InstanceName, SnapshotReceiver>();
  readonly #transfers = new Map<number, Outgoing>();
  /** The last one to each node, by instance and node. */
  readonly #unfinished = new Map<string, Unfinished>();
  /** Begins elsewhere in each life: a receiver must not take a new transfer for the one it had before a restart. */
  #nextTransfer: number;
  /** Whole snapshots that wait among the messages. */
  #arrived = 0;
  #closed = false;

  constructor(context: SnapshotExchangeContext) {
    this.#context = context;
    const { host, spec } = context;
    const random: RandomState = seedRandom(host.seed, `${host.life} ${spec.run} transfer`);
    this.#nextTransfer = nextUint32(random);
    this.#inbox = new Inbox(
      host.clock,
      { messages: bulkFramesMax, bytes: bulkBytesMax },
      {
        deliver: (from, frame) => this.#deliver(from, frame),
        // Nothing in these frames is signed but the announcement, which is checked with the whole snapshot.
        refuse: () => undefined,
      },
    );
  }

  /** Begins to send a snapshot, in place of an older one that is still on its way to the same instance there. */
  send(name: InstanceName, to: NodeId, message: unknown, snapshot: HeldSnapshot): void {
    const { host, signing } = this.#context;
    const begin = (announcement: unknown): void => {
      if (this.#closed) return;
      // A signature may be made while the lab stands still.
      if (host.clock.paused) host.clock.schedule(0, () => begin(announcement));
      else this.#begin(name, to, announcement, snapshot);
    };
    signing.sign(message, begin);
  }

  /**
   * Takes a frame of so many bytes. Throws what the protocol's `parseMessage` throws. Pause, slow motion and delays hold
   * it as they hold messages, but no frame is delayed for longer than its sender waits before it repeats it: else a delay
   * above all its retries would stop every snapshot for good.
   */
  receive(from: NodeId, frame: BulkFrame, bytes: number): void {
    const { spec, links, transitMs } = this.#context;
    const begins = frame.kind === 'snapshotChunk' && frame.offset === 0;
    const announcement = begins ? spec.protocol.parseMessage(frame.announcement, frame.to) : null;
    const parsed = frame.kind === 'snapshotChunk' ? { ...frame, announcement } : frame;
    const delayMs = Math.min(links.delay(from).delayMs, snapshotRetryMs);
    // One that finds no room is repeated later.
    this.#inbox.add(from, parsed, bytes, delayMs + transitMs(slowMotionBulkTransitMs));
  }

  /** A snapshot no longer waits among the messages: it was delivered, or lost there. */
  left(): void {
    this.#arrived -= 1;
  }

  /** Faults have changed: what is under way on a link that is cut now is lost. */
  cut(): void {
    const { host, links } = this.#context;
    for (const peer of this.#inbox.senders()) if (links.isCut(peer, host.self)) this.#inbox.drop(peer);
  }

  /** The link to this peer is gone; what it had begun to send is kept for a while, in case that it goes on. */
  peerDown(peer: NodeId): void {
    this.#inbox.drop(peer);
    const { clock } = this.#context.host;
    for (const receiver of this.#receivers.values()) {
      receiver.cutOff(peer);
      clock.schedule(snapshotKeptMs, () => receiver.forgetCutOff(peer, clock.nowMs()));
    }
  }

  close(): void {
    this.#closed = true;
    for (const { sending } of this.#transfers.values()) sending.close();
    this.#inbox.close();
  }

  /**
   * The receiver keeps one transfer of each sender, so a newer one takes the place of the older here, too. The same snapshot
   * goes under the same number until it has arrived: the receiver answers the first chunk with where it stands.
   */
  #begin(name: InstanceName, to: NodeId, announcement: unknown, snapshot: HeldSnapshot): void {
    const { host, spec, trace, instance } = this.#context;
    const { serial, index, data } = snapshot;
    const key = `${name} ${to}`;
    for (const [older, outgoing] of this.#transfers) {
      if (outgoing.peer !== to || outgoing.name !== name) continue;
      outgoing.sending.close();
      this.#transfers.delete(older);
      this.#unfinished.set(key, { transfer: older, serial: outgoing.serial });
    }
    const unfinished = this.#unfinished.get(key);
    this.#unfinished.delete(key);
    const transfer = unfinished?.serial === serial ? unfinished.transfer : this.#nextTransfer++;
    trace(name, { type: 'snapshot', phase: 'sending', index, peer: to, bytes: data.length });
    const sending = new SnapshotSending({
      clock: host.clock,
      address: { run: spec.run, to: name },
      transfer,
      data,
      announcement,
      send: (frame) => this.#transmit(to, frame),
      done: (ok) => {
        this.#transfers.delete(transfer);
        if (ok) trace(name, { type: 'snapshot', phase: 'sent', index, peer: to, bytes: data.length });
        else this.#unfinished.set(key, { transfer, serial });
        instance(name)?.dispatch({ type: 'snapshotSent', to, ok });
      },
    });
    this.#transfers.set(transfer, { peer: to, name, serial, sending });
  }

  #deliver(from: NodeId, frame: BulkFrame): void {
    const { host, links } = this.#context;
    if (links.isCut(from, host.self)) return;
    if (frame.kind === 'snapshotChunk') return this.#receiveChunk(from, frame);
    const outgoing = this.#transfers.get(frame.transfer);
    if (outgoing?.peer === from) outgoing.sending.acknowledged(frame);
  }

  #receiveChunk(from: NodeId, frame: ChunkFrame): void {
    const { host, spec, trace, onArrive } = this.#context;
    const instance = this.#context.instance(frame.to);
    if (instance?.running !== true) return;
    const receiver = this.#receiver(frame.to);
    // Only the server has a store. Who has no vote has nothing that a voter lacks, where voters stay the same.
    const { protocol, voters } = spec;
    if (frame.to !== serverInstance || !(protocol.reconfigures || voters.includes(from))) {
      return this.#transmit(from, receiver.refuse(frame));
    }
    const roomFor = snapshotsHeldMax - this.#arrived - instance.heldSnapshots;
    const { ack, whole } = receiver.take(from, frame, roomFor, host.clock.nowMs());
    this.#transmit(from, ack);
    if (whole === null) return;
    const { announcement: message, data } = whole;
    trace(frame.to, { type: 'snapshot', phase: 'receiving', index: 0, peer: from, bytes: data.length });
    this.#arrived += 1;
    if (!onArrive(frame.to, from, { message, data })) this.#arrived -= 1;
  }

  #receiver(name: InstanceName): SnapshotReceiver {
    let receiver = this.#receivers.get(name);
    if (receiver === undefined) {
      receiver = new SnapshotReceiver();
      this.#receivers.set(name, receiver);
    }
    return receiver;
  }

  /** Chunks and their acknowledgements meet the lab's faults too, unseen: each is one of many. */
  #transmit(to: NodeId, frame: BulkFrame): void {
    const { host, links } = this.#context;
    const { copies } = links.depart(to);
    const bytes = host.encode(frame);
    for (let copy = 0; copy < copies; copy++) host.ports.network.send(to, bytes, 'bulk');
  }
}
