import {
  type AnyProtocol,
  assert,
  type ControlAction,
  clientInstance,
  type Delivery,
  type InstanceName,
  isDelivery,
  isRecovery,
  type NodeId,
  nextUint32,
  type ProtocolInstance,
  type RandomState,
  type RequestError,
  type RequestId,
  type RunId,
  seedRandom,
  serverInstance,
} from '../core/index.js';
import { type FaultEntry, Liar, type LiarSpec } from '../faults/index.js';
import type { TraceBody } from '../trace/index.js';
import { decodeFrame, type Frame } from '../wire/index.js';
import { deliveryTold } from './delivery-told.js';
import { FaultyLinks, type Touch } from './faulty-links.js';
import type { HostContext } from './host.js';
import { Inbox } from './inbox.js';
import { Instance } from './instance.js';
import {
  inboxBytesMax,
  inboxMessagesMax,
  outboxMessagesMax,
  requestsMax,
  slowMotionTransitMs,
} from './limits.js';
import { LinkWishes } from './link-wishes.js';
import { Outbox } from './outbox.js';
import { Signing } from './signing.js';
import { type ArrivedSnapshot, SnapshotExchange } from './snapshot-exchange.js';
import { type LabStep, type Milestone, MilestoneWatch, type StepError } from './stepping.js';

/** Which protocol runs, who votes when it begins, and which of its instances this node has. */
export type RunSpec = {
  readonly run: RunId;
  readonly protocol: AnyProtocol;
  readonly voters: readonly NodeId[];
  /** As `protocol.parseOptions` answered. */
  readonly options: unknown;
  readonly instances: readonly InstanceName[];
};

export type RequestAnswer =
  | { readonly ok: true; readonly result: Uint8Array }
  | { readonly ok: false; readonly error: RequestError };

type MessageFrame = Extract<Frame, { kind: 'message' }>;
/** What waits in an inbox: a message, or a snapshot with the message that announced it. */
type Arrived =
  | { readonly message: unknown; readonly id: string; readonly snapshot: null; readonly frame: Uint8Array }
  | { readonly message: unknown; readonly id: null; readonly snapshot: Uint8Array };

/** One run at one node: its instances, and all that passes between them and the network. */
export class Run {
  readonly spec: RunSpec;
  readonly #context: HostContext;
  readonly #random: RandomState;
  readonly #links: FaultyLinks;
  readonly #signing: Signing;
  readonly #outbox = new Outbox(outboxMessagesMax);
  readonly #instances = new Map<InstanceName, Instance>();
  readonly #inboxes = new Map<InstanceName, Inbox<Arrived>>();
  readonly #snapshots: SnapshotExchange;
  readonly #requests = new Map<RequestId, (answer: RequestAnswer) => void>();
  readonly #wishes: LinkWishes[] = [];
  readonly #peersUp = new Set<NodeId>();
  #milestone: { readonly watch: MilestoneWatch; readonly reached: () => void } | null = null;
  #nextRequest: RequestId = 1;
  #liar: Liar | null = null;
  #closed = false;

  constructor(spec: RunSpec, context: HostContext) {
    this.spec = spec;
    this.#context = context;
    this.#random = seedRandom(context.seed, spec.run);
    this.#links = new FaultyLinks(context.self, this.#random);
    const { self, room, ports } = context;
    this.#signing = new Signing({ crypto: ports.crypto, self, room, run: spec.run, protocol: spec.protocol });
    this.#snapshots = new SnapshotExchange({
      host: context,
      spec,
      links: this.#links,
      signing: this.#signing,
      instance: (name) => this.#instances.get(name),
      trace: (name, body) => this.#trace(name, body),
      transitMs: (fullMs) => this.#transitMs(fullMs),
      onArrive: (name, from, snapshot) => this.#arriveSnapshot(name, from, snapshot),
    });
    for (const name of spec.instances) this.#add(name);
  }

  /** Opens every instance's disk area; `ready` is called once all have started. */
  start(ready: () => void): void {
    this.#open([...this.#instances.values()], ready);
  }

  /** Starts those of these instances that this node does not have yet: a tab may be asked to vote while a run goes on. */
  extend(names: readonly InstanceName[]): void {
    const missing = names.filter((name) => !this.#instances.has(name));
    this.#open(
      missing.map((name) => this.#add(name)),
      () => undefined,
    );
  }

  #open(instances: readonly Instance[], ready: () => void): void {
    let waiting = instances.length;
    for (const instance of instances) {
      instance.start(() => {
        for (const peer of this.#peersUp) {
          if (!this.#links.separates(peer)) instance.dispatch({ type: 'peerUp', peer });
        }
        waiting -= 1;
        if (waiting === 0) ready();
      });
    }
  }

  /** Stops everything; requests still open are answered with `stopped`. */
  close(): void {
    this.#closed = true;
    this.#outbox.close();
    this.#snapshots.close();
    for (const inbox of this.#inboxes.values()) inbox.close();
    for (const instance of this.#instances.values()) instance.close();
    for (const wishes of this.#wishes) wishes.close();
    for (const answer of [...this.#requests.values()]) answer({ ok: false, error: 'stopped' });
    this.#requests.clear();
  }

  instance(name: InstanceName): Instance | undefined {
    return this.#instances.get(name);
  }

  instances(): ReadonlyMap<InstanceName, Instance> {
    return this.#instances;
  }

  faultCounts(): { readonly [fault: string]: number } {
    return this.#links.counts();
  }

  /** Makes a local user's request of the client Process, or of the server where the protocol has no client. */
  request(kind: 'propose' | 'read', operation: Uint8Array, done: (answer: RequestAnswer) => void): void {
    this.#ask(done, (client, request) => client.request({ type: kind, request, operation }));
  }

  /** Makes an administrator's request of the client Process; its result holds no bytes. */
  control(action: ControlAction, done: (answer: RequestAnswer) => void): void {
    if (!this.spec.protocol.reconfigures) return done({ ok: false, error: 'unsupported' });
    this.#ask(done, (client, request) => client.request({ type: 'control', request, action }));
  }

  #ask(done: (answer: RequestAnswer) => void, make: (client: Instance, request: RequestId) => void): void {
    const client = this.#instances.get(clientInstance) ?? this.#instances.get(serverInstance);
    if (client === undefined || this.#closed) return done({ ok: false, error: 'stopped' });
    if (this.#requests.size >= requestsMax) return done({ ok: false, error: 'busy' });
    const request = this.#nextRequest++;
    this.#requests.set(request, done);
    make(client, request);
  }

  /** Lets one thing happen, whatever the clock says; null when it did. */
  step(step: LabStep): StepError | null {
    if (step.kind === 'fire') {
      return this.#instances.get(step.instance)?.fireTimer(step.timer) === true ? null : 'nothing-waits';
    }
    let error: StepError = 'nothing-waits';
    for (const inbox of this.#inboxes.values()) {
      const came = inbox.deliverNow(({ id }) => id === step.message);
      if (came === 'delivered') return null;
      if (came === 'not-first') error = came;
    }
    return error;
  }

  /** Calls `reached` once, when the server of this node has come to the milestone; nobody is called for null. */
  watchFor(milestone: Milestone | null, reached: () => void): void {
    const server = this.#instances.get(serverInstance);
    this.#milestone =
      milestone === null || server === undefined
        ? null
        : { watch: new MilestoneWatch(milestone, server.observe()), reached };
  }

  #stepped(name: InstanceName): void {
    if (this.#milestone === null || name !== serverInstance) return;
    const server = this.#instances.get(serverInstance);
    if (server === undefined || !this.#milestone.watch.isReached(server.observe())) return;
    const { reached } = this.#milestone;
    this.#milestone = null;
    reached();
  }

  /** Liars are made here, between the Process and the signer: a lie is signed with this node's own key, like a truth. */
  lie(spec: LiarSpec | null): void {
    const { protocol, voters } = this.spec;
    this.#liar = null;
    if (spec === null) return;
    const { forgery } = protocol;
    if (forgery === undefined) throw new RangeError(`nobody has said how to lie in ${protocol.name}`);
    const { self } = this.#context;
    this.#liar = new Liar({ self, voters, spec, forgery, seed: nextUint32(this.#random) });
  }

  setFaults(entries: readonly FaultEntry[]): void {
    const before = new Map([...this.#peersUp].map((peer) => [peer, this.#links.separates(peer)]));
    this.#links.replace(entries);
    for (const [name, inbox] of this.#inboxes) {
      for (const peer of inbox.senders()) this.#cutInbox(name, peer, inbox);
    }
    this.#snapshots.cut();
    for (const [peer, wasCut] of before) {
      const isCut = this.#links.separates(peer);
      if (isCut !== wasCut) this.#tellPeer(peer, !isCut);
    }
  }

  peer(peer: NodeId, up: boolean): void {
    if (up) this.#peersUp.add(peer);
    else {
      this.#peersUp.delete(peer);
      this.#snapshots.peerDown(peer);
    }
    if (!this.#links.separates(peer)) this.#tellPeer(peer, up);
  }

  clockJumped(byMs: number): void {
    for (const instance of this.#instances.values()) instance.dispatch({ type: 'clockJumped', byMs });
  }

  /** A cut takes what is under way, too: the messages that wait in the inbox have not arrived yet. */
  #cutInbox(name: InstanceName, from: NodeId, inbox: Inbox<Arrived>): void {
    if (!this.#links.isCut(from, this.#context.self)) return;
    for (const { id, snapshot } of inbox.drop(from)) {
      if (snapshot !== null) this.#snapshots.left();
      const cut = this.#links.cutOnArrival(from);
      if (id === null || cut === null) continue;
      this.#traceTouches(name, id, [cut]);
      this.#lost(name, id, from, this.#context.self, 'cut');
    }
  }

  /** Takes a frame of this run, and what it was decoded from. Throws what the protocol's `parseMessage` throws. */
  receive(from: NodeId, frame: Frame, bytes: Uint8Array): void {
    if (frame.kind !== 'message') return this.#snapshots.receive(from, frame, bytes.length);
    const inbox = this.#inboxes.get(frame.to);
    const instance = this.#instances.get(frame.to);
    if (inbox === undefined || instance?.running !== true) {
      return this.#lost(frame.to, messageId(from, frame), from, this.#context.self, 'no-instance');
    }
    this.#receiveMessage(from, frame, bytes, inbox);
  }

  #definition(name: InstanceName): ProtocolInstance<unknown, unknown, unknown> {
    const { instances } = this.spec.protocol;
    const definition = instances[name];
    assert(definition !== undefined, `this protocol has an instance ${name}`);
    for (const below of Object.keys(definition.uses ?? {}))
      assert(instances[below] !== undefined, `there is the ${below} that its ${name} stands on`);
    return definition;
  }

  #wishesOf(name: InstanceName): LinkWishes {
    const { network } = this.#context.ports;
    const wishes = new LinkWishes(network, `${this.spec.run}/${name}`, (peer, up) => {
      // To the Process a link that is cut both ways is no link.
      if (up && !this.#links.separates(peer)) return;
      this.#instances.get(name)?.dispatch({ type: 'connectFailed', peer });
    });
    this.#wishes.push(wishes);
    return wishes;
  }

  #add(name: InstanceName): Instance {
    const context = this.#context;
    const { process } = this.#definition(name);
    const wishes = this.#wishesOf(name);
    const instance: Instance = new Instance(process, {
      self: context.self,
      run: this.spec.run,
      name,
      voters: this.spec.voters,
      options: this.spec.options,
      seed: nextUint32(this.#random),
      clock: context.clock,
      disk: context.ports.disk,
      provesSnapshots: this.spec.protocol.provesSnapshots ?? false,
      tracing: context.tracing,
      trace: (body) => this.#trace(name, body),
      send: (to, target, message) => this.#send(name, to, target, message),
      sendSnapshot: (to, message, snapshot) => this.#snapshots.send(name, to, message, snapshot),
      connect: (peer, wanted) => {
        if (wanted) wishes.connect(peer);
        else wishes.disconnect(peer);
      },
      answer: (request, answer) => this.#answer(request, answer),
      notify: (watch, result) => context.onNotify(this.spec.run, watch, result),
      indicate: (output) => this.#indicate(name, output),
      onStep:
        context.onStep === null
          ? null
          : (state, event, effects) => context.onStep?.(this.spec.run, name, state, event, effects),
      stepped: () => this.#stepped(name),
      fail: context.fail,
      noticeSleep: context.noticeSleep,
      recordInputs: context.recordInputs,
      decode: (frame) => this.#decode(name, frame),
    });
    this.#instances.set(name, instance);
    this.#inboxes.set(
      name,
      new Inbox(
        context.clock,
        { messages: inboxMessagesMax, bytes: inboxBytesMax },
        {
          deliver: (from, arrived) => this.#deliver(name, from, arrived),
          refuse: (from, { id, snapshot }) => {
            if (snapshot !== null) this.#snapshots.left();
            if (id !== null) this.#lost(name, id, from, context.self, 'forged');
          },
        },
      ),
    );
    return instance;
  }

  /** Reads once more the message of a frame that was taken. */
  #decode(name: InstanceName, bytes: Uint8Array): unknown {
    const frame = decodeFrame(bytes);
    assert(frame.kind === 'message', 'what was delivered came in a frame for messages');
    return this.spec.protocol.parseMessage(frame.body, name);
  }

  #trace(instance: InstanceName, body: TraceBody): void {
    const { run, protocol } = this.spec;
    const proves = body.type === 'note' && protocol.provingNotes?.includes(body.code) === true;
    this.#context.trace(run, instance, proves ? { ...body, proves } : body);
  }

  #answer(request: RequestId, answer: Uint8Array | RequestError): void {
    const done = this.#requests.get(request);
    if (done === undefined) return;
    this.#requests.delete(request);
    done(typeof answer === 'string' ? { ok: false, error: answer } : { ok: true, result: answer });
  }

  #tellPeer(peer: NodeId, up: boolean): void {
    for (const [name, instance] of this.#instances) {
      this.#trace(name, { type: 'peer', peer, up });
      instance.dispatch({ type: up ? 'peerUp' : 'peerDown', peer });
    }
  }

  /** An output is for the instances that stand on this one; where none does, it leaves the host. */
  #indicate(name: InstanceName, output: unknown): void {
    const { run, protocol } = this.spec;
    if (this.#context.tracing) this.#traceDeliveries(name, output);
    let isHeard = false;
    for (const [above, instance] of this.#instances) {
      const read = protocol.instances[above]?.uses?.[name];
      if (read === undefined) continue;
      isHeard = true;
      instance.hear(read(output, name));
    }
    if (!isHeard) this.#context.onIndicate(run, name, output);
  }

  #traceDeliveries(name: InstanceName, output: unknown): void {
    const tell = (delivery: Delivery, isRecovered: boolean): void => {
      this.#trace(name, deliveryTold(delivery, isRecovered));
    };
    if (isDelivery(output)) tell(output, false);
    else if (isRecovery(output)) for (const delivery of output.deliveries) tell(delivery, true);
  }

  #send(name: InstanceName, to: NodeId, target: InstanceName, message: unknown): void {
    if (to === this.#context.self) {
      this.#instances.get(target)?.hear({ type: 'deliver', from: to, message });
      return;
    }
    // A node's own client tells what its user asked.
    if (this.#liar === null || name !== serverInstance) return this.#sign(name, to, target, message);
    for (const { message: said, afterMs } of this.#liar.say(to, target, message)) {
      if (afterMs === 0) this.#sign(name, to, target, said);
      else this.#context.clock.schedule(afterMs, () => this.#sign(name, to, target, said));
    }
  }

  #sign(name: InstanceName, to: NodeId, target: InstanceName, message: unknown): void {
    if (this.#closed) return;
    const leave = (signed: unknown): void => this.#transmit(name, to, target, signed);
    const needsSigning = this.#signing.needsSigning(message);
    if (!needsSigning && this.#outbox.isEmpty(to)) return leave(message);
    const make = (done: (signed: unknown) => void): void => {
      if (needsSigning) this.#signing.sign(message, done);
      else done(message);
    };
    if (this.#outbox.add(to, make, leave)) return;
    const { self, life, nextMessage } = this.#context;
    this.#lost(name, messageId(self, { life, message: nextMessage() }), self, to, 'overflow');
  }

  #transmit(name: InstanceName, to: NodeId, target: InstanceName, message: unknown): void {
    const { self, recorder } = this.#context;
    const frame: MessageFrame = {
      kind: 'message',
      run: this.spec.run,
      from: name,
      to: target,
      message: this.#context.nextMessage(),
      life: this.#context.life,
      clock: recorder.tick(),
      body: message,
    };
    const bytes = this.#context.encode(frame);
    const id = messageId(self, frame);
    if (this.#context.tracing) {
      const info = this.spec.protocol.describe(message);
      this.#trace(name, { type: 'sent', message: id, to, info, bytes: bytes.length });
    }
    const { copies, touched, lostTo } = this.#links.depart(to);
    this.#traceTouches(name, id, touched);
    if (lostTo === 'cut' || lostTo === 'drop') return this.#lost(name, id, self, to, lostTo);
    for (let copy = 0; copy < copies; copy++) {
      if (!this.#context.ports.network.send(to, bytes, 'protocol')) this.#lost(name, id, self, to, 'no-link');
    }
  }

  #lost(
    name: InstanceName,
    message: string,
    from: NodeId,
    to: NodeId,
    reason: Extract<TraceBody, { type: 'lost' }>['reason'],
  ): void {
    this.#trace(name, { type: 'lost', message, from, to, reason });
  }

  #traceTouches(name: InstanceName, message: string, touches: readonly Touch[]): void {
    for (const { by, fault } of touches) this.#trace(name, { type: 'touched', message, by, fault });
  }

  #receiveMessage(from: NodeId, frame: MessageFrame, bytes: Uint8Array, inbox: Inbox<Arrived>): void {
    const { self, clock, recorder, tracing } = this.#context;
    const id = messageId(from, frame);
    let message: unknown;
    try {
      message = this.spec.protocol.parseMessage(frame.body, frame.to);
    } catch (error) {
      this.#lost(frame.to, id, from, self, 'invalid');
      throw error;
    }
    recorder.merge(frame.clock);
    const { delayMs, touched } = this.#links.delay(from);
    this.#traceTouches(frame.to, id, touched);
    const transitMs = delayMs + this.#transitMs(slowMotionTransitMs);
    if (tracing && (transitMs > 0 || clock.paused)) {
      const info = this.spec.protocol.describe(message);
      const dueAtMs = clock.nowMs() + transitMs;
      this.#trace(frame.to, { type: 'arrived', message: id, from, info, dueAtMs });
    }
    const check = this.#signing.check(message);
    const arrived: Arrived = { message, id, snapshot: null, frame: bytes };
    const taken = inbox.add(from, arrived, bytes.length, transitMs, check);
    if (!taken) this.#lost(frame.to, id, from, self, 'overflow');
  }

  /** A whole snapshot waits in its sender's order, like a message; it has a bound of its own. */
  #arriveSnapshot(name: InstanceName, from: NodeId, { message, data }: ArrivedSnapshot): boolean {
    const check = this.#signing.check(message);
    const arrived: Arrived = { message, id: null, snapshot: data };
    const transitMs = this.#transitMs(slowMotionTransitMs);
    return this.#inboxes.get(name)?.add(from, arrived, 0, transitMs, check) ?? false;
  }

  /** What slow motion adds to a message's way, in lab ms: nothing at real time. */
  #transitMs(fullMs: number): number {
    return fullMs * Math.max(0, 1 - this.#context.clock.pace);
  }

  #deliver(name: InstanceName, from: NodeId, arrived: Arrived): void {
    const { message, id, snapshot } = arrived;
    if (snapshot !== null) this.#snapshots.left();
    const cut = this.#links.cutOnArrival(from);
    if (cut !== null) {
      if (id === null) return;
      this.#traceTouches(name, id, [cut]);
      return this.#lost(name, id, from, this.#context.self, 'cut');
    }
    if (arrived.snapshot !== null)
      return this.#instances.get(name)?.deliverSnapshot(from, message, arrived.snapshot);
    if (this.#context.tracing) {
      this.#trace(name, {
        type: 'delivered',
        message: arrived.id,
        from,
        info: this.spec.protocol.describe(message),
      });
    }
    if (name === serverInstance) {
      for (const { to, message: said } of this.#liar?.hear(message) ?? []) this.#sign(name, to, name, said);
    }
    this.#instances.get(name)?.dispatch({ type: 'deliver', from, message }, arrived.frame);
  }
}

/** The id of a message in the trace: no other message of this sender, in this life or another, has it. */
export function messageId(sender: NodeId, { life, message }: { life: number; message: number }): string {
  return `${sender}:${life}:${message}`;
}
