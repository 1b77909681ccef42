import {
  byzantineQuorum,
  type Effect,
  type InvariantChecker,
  liarsTolerated,
  type NodeId,
  type ProcessEvent,
  type Reign,
  type Rule,
  type Violation,
  type WriteId,
} from '../../core/index.js';
import { certificateError, type JudgedGroup, newViewError, proofError } from './judged-certificates.js';
import type {
  Batch,
  Digest,
  PbftMessage,
  PreparedCertificate,
  ProposalBody,
  Sequence,
  SignedNewView,
  SignedPrePrepare,
  SignedViewChange,
  StableCheckpoint,
  StateMeta,
} from './messages.js';
import { beginWrites, completeWrites, createMirror, type DiskMirror, heldBy } from './mirror.js';
import type { PbftOptions } from './options.js';
import { type RuleName, rules } from './rules.js';
import type { BegunView, PbftState } from './state.js';

type Found = readonly [rule: RuleName, why: string];
type HeldView = { readonly view: Reign; readonly isActive: boolean };
type HeldAccepted = { readonly prePrepare: SignedPrePrepare; readonly batch: Batch };
type Send = Extract<Effect<PbftMessage>, { type: 'send' }>;

type NodeMemory = {
  readonly mirror: DiskMirror;
  /** What it has durably accepted: by view and sequence number, the digest. */
  readonly words: Map<string, Digest>;
  view: Reign;
  low: Sequence;
  handed: Sequence;
  handedIndex: number;
  executed: Sequence;
};

/** At one sequence number. */
type Place = {
  /** By view: what prepared there, and who holds the certificate durably. */
  readonly prepared: Map<Reign, { readonly digest: Digest; readonly holders: Set<NodeId> }>;
  /** What was accepted in the latest view. */
  accepted: { readonly view: Reign; readonly digest: Digest; readonly node: NodeId } | null;
  /** Prepared at a quorum, or executed: in this view for the first time. */
  committed: { readonly view: Reign; readonly digest: Digest } | null;
  executed: { readonly digest: Digest; readonly firstIndex: number; readonly entries: number } | null;
  /** The checkpoint that honest replicas state. */
  checkpoint: Digest | null;
};

/** Watches honest replicas: who is known to lie is not shown to it. Costs what a step touches. */
export class PbftChecker implements InvariantChecker<PbftState, PbftMessage> {
  readonly rules: readonly Rule[] = rules;
  readonly #group: JudgedGroup;
  readonly #window: number;
  readonly #interval: number;
  readonly #nodes = new Map<NodeId, NodeMemory>();
  readonly #places = new Map<Sequence, Place>();
  readonly #liars = new Set<NodeId>();

  constructor(voters: readonly NodeId[], options: PbftOptions) {
    this.#group = { replicas: voters, quorum: byzantineQuorum(voters.length) };
    this.#window = options.window;
    this.#interval = options.checkpointInterval;
  }

  afterStep(
    node: NodeId,
    state: PbftState,
    event: ProcessEvent<PbftMessage>,
    effects: readonly Effect<PbftMessage>[],
  ): Violation | null {
    if (this.#liars.has(node)) return null;
    const memory = this.#memoryOf(node);
    const durable = completeWrites(memory.mirror, event);
    if (event.type === 'start') beginLife(memory);
    else if (event.type === 'snapshotInstalled') standAtSnapshot(memory);
    beginWrites(memory.mirror, effects);
    let found: Found | null = null;
    for (const { key, value } of durable) found ??= this.#checkDurable(node, memory, key, value);
    found ??= this.#checkState(memory, state);
    for (const effect of effects) found ??= this.#checkEffect(node, memory, state, effect);
    found ??= this.#checkExecuted(node, memory, state);
    remember(memory, state);
    return found === null ? null : { rule: found[0], node, why: found[1] };
  }

  afterCrash(node: NodeId): void {
    const memory = this.#nodes.get(node);
    // A write under way may reach the disk or not: the next start's image tells.
    if (memory !== undefined) memory.mirror.pending.length = 0;
  }

  lies(node: NodeId): void {
    this.#liars.add(node);
    this.#nodes.delete(node);
    for (const { prepared } of this.#places.values())
      for (const { holders } of prepared.values()) holders.delete(node);
  }

  #memoryOf(node: NodeId): NodeMemory {
    let memory = this.#nodes.get(node);
    if (memory === undefined) {
      memory = {
        mirror: createMirror(),
        words: new Map(),
        view: 0,
        low: 0,
        handed: 0,
        handedIndex: 0,
        executed: 0,
      };
      this.#nodes.set(node, memory);
    }
    return memory;
  }

  #placeOf(sequence: Sequence): Place {
    let place = this.#places.get(sequence);
    if (place === undefined) {
      place = { prepared: new Map(), accepted: null, committed: null, executed: null, checkpoint: null };
      this.#places.set(sequence, place);
      const [oldest] = this.#places.keys();
      if (this.#places.size > placesMax && oldest !== undefined) this.#places.delete(oldest);
    }
    return place;
  }

  #checkState(memory: NodeMemory, { view, stable, slots }: PbftState): Found | null {
    if (view < memory.view) return ['view-never-back', `from view ${memory.view} to ${view}`];
    const { sequence: low } = stable;
    if (low < memory.low) return ['watermarks', `the low watermark falls from ${memory.low} to ${low}`];
    if (low % this.#interval !== 0)
      return ['watermarks', `the low watermark is ${low}, where no checkpoint is due`];
    const places = Object.keys(slots);
    const [first, last] = [Number(places[0] ?? low + 1), Number(places.at(-1) ?? low + 1)];
    if (first > low && last <= low + this.#window) return null;
    return [
      'watermarks',
      `holds ${first} to ${last} between the watermarks ${low} and ${low + this.#window}`,
    ];
  }

  /** What has become durable can be told to others, and never be unsaid. */
  #checkDurable(node: NodeId, memory: NodeMemory, key: string, value: unknown): Found | null {
    const [kind] = key.split('/');
    if (kind === 'accepted') return checkWord(memory, (value as HeldAccepted).prePrepare.body);
    if (kind === 'newView' && value !== null) return checkWords(node, memory, (value as BegunView).newView);
    if (kind !== 'prepared') return null;
    const { view, sequence, digest } = (value as PreparedCertificate).prePrepare.body;
    const place = this.#placeOf(sequence);
    const known = place.prepared.get(view) ?? { digest, holders: new Set() };
    place.prepared.set(view, known);
    if (known.digest !== digest) return twoPrepared(view, sequence, known.digest, digest);
    known.holders.add(node);
    if (known.holders.size < this.#group.quorum) return null;
    return this.#commit(sequence, view, digest);
  }

  #commit(sequence: Sequence, view: Reign, digest: Digest): Found | null {
    const place = this.#placeOf(sequence);
    const { committed, accepted } = place;
    if (committed !== null && committed.digest !== digest) {
      return [
        'committed-survives',
        `${sequence} committed as ${short(committed.digest)} in view ${committed.view}, and as ${short(digest)} in view ${view}`,
      ];
    }
    if (committed === null || view < committed.view) place.committed = { view, digest };
    if (accepted === null || accepted.view <= view || accepted.digest === digest) return null;
    return [
      'committed-survives',
      `${sequence} committed as ${short(digest)} in view ${view}, and ${accepted.node} has accepted ${short(accepted.digest)} in view ${accepted.view}`,
    ];
  }

  #checkEffect(
    node: NodeId,
    memory: NodeMemory,
    state: PbftState,
    effect: Effect<PbftMessage>,
  ): Found | null {
    switch (effect.type) {
      case 'persist':
        for (const op of effect.ops) {
          const found = op.kind === 'set' ? this.#checkWritten(node, state, op.key, op.value) : null;
          if (found !== null) return found;
        }
        return null;
      case 'send':
        return this.#checkSend(node, memory, state, effect);
      case 'commit':
        return checkEntries(memory, effect.entries);
      case 'execute':
        return this.#checkTentative(memory, state, effect.entries);
      case 'installSnapshot':
        return this.#checkInstalled(effect.meta as StateMeta, state);
      default:
        return null;
    }
  }

  #checkWritten(node: NodeId, state: PbftState, key: string, value: unknown): Found | null {
    const [kind] = key.split('/');
    switch (kind) {
      case 'accepted':
        return this.#checkAccepted(node, state, (value as HeldAccepted).prePrepare);
      case 'prepared':
        return this.#checkPrepared(state, value as PreparedCertificate);
      case 'newView':
        return value === null ? null : this.#checkBegun(node, value as BegunView);
      case 'stable':
        return this.#checkStable(value as StableCheckpoint);
      default:
        return null;
    }
  }

  #checkAccepted(node: NodeId, { stable }: PbftState, { signer, body }: SignedPrePrepare): Found | null {
    const { view, sequence, digest } = body;
    const primary = this.#group.replicas[view % this.#group.replicas.length];
    if (signer !== primary)
      return ['primary-alone-proposes', `accepts ${sequence} in view ${view} from ${signer}`];
    if (sequence <= stable.sequence || sequence > stable.sequence + this.#window) {
      return [
        'watermarks',
        `accepts ${sequence} between the watermarks ${stable.sequence} and ${stable.sequence + this.#window}`,
      ];
    }
    return this.#checkSurvives(node, body, digest);
  }

  /** What committed in an earlier view is all that a later one may propose. */
  #checkSurvives(node: NodeId, { view, sequence }: ProposalBody, digest: Digest): Found | null {
    const place = this.#placeOf(sequence);
    if (view >= (place.accepted?.view ?? 0)) place.accepted = { view, digest, node };
    const { committed } = place;
    if (committed === null || view <= committed.view || committed.digest === digest) return null;
    return [
      'committed-survives',
      `${sequence} committed as ${short(committed.digest)} in view ${committed.view}, and ${node} accepts ${short(digest)} in view ${view}`,
    ];
  }

  #checkPrepared(state: PbftState, certificate: PreparedCertificate): Found | null {
    const { view, sequence, digest } = certificate.prePrepare.body;
    const why = certificateError(this.#group, certificate);
    if (why !== null) return ['prepared-needs-quorum', `prepared ${sequence} in view ${view} ${why}`];
    if (view !== state.view)
      return ['prepared-needs-quorum', `prepared ${sequence} of view ${view} in view ${state.view}`];
    for (const { signer } of [certificate.prePrepare, ...certificate.prepares]) {
      const words = this.#nodes.get(signer)?.words;
      const isKnown = words === undefined || words.get(wordKey(view, sequence)) === digest;
      if (!isKnown)
        return [
          'prepared-needs-quorum',
          `prepared ${sequence} in view ${view} by a word that ${signer} has not given`,
        ];
    }
    const known = this.#placeOf(sequence).prepared.get(view);
    return known === undefined || known.digest === digest
      ? null
      : twoPrepared(view, sequence, known.digest, digest);
  }

  #checkBegun(node: NodeId, begun: BegunView): Found | null {
    const { view, prePrepares } = begun.newView.body;
    const why = newViewError(this.#group, begun);
    if (why !== null) return ['new-view-as-demanded', `view ${view} is ${why}`];
    for (const { body } of prePrepares) {
      const found = this.#checkSurvives(node, body, body.digest);
      if (found !== null) return found;
    }
    return null;
  }

  #checkStable(stable: StableCheckpoint): Found | null {
    const why = proofError(this.#group, stable);
    if (why !== null) return ['stable-needs-quorum', `the checkpoint at ${stable.sequence} is ${why}`];
    const known = this.#placeOf(stable.sequence).checkpoint;
    if (known === null || known === stable.digest) return null;
    return [
      'equal-checkpoints',
      `${short(stable.digest)} is stable at ${stable.sequence}, where an honest replica states ${short(known)}`,
    ];
  }

  #checkTentative(
    memory: NodeMemory,
    { tentative, view, isActive, handed, handedIndex }: PbftState,
    entries: Extract<Effect<PbftMessage>, { type: 'execute' }>['entries'],
  ): Found | null {
    const sequence = tentative?.sequence ?? 0;
    const held = memory.mirror.values.get(this.#key('prepared', sequence)) as PreparedCertificate | undefined;
    const body = held?.prePrepare.body;
    const isHeld = body?.view === view && body.sequence === sequence && body.digest === tentative?.digest;
    const isNext = sequence === handed + 1 && entries[0]?.index === handedIndex + 1;
    if (isActive && isHeld && isNext) return null;
    return [
      'tentative-needs-certificate',
      `executes ${sequence} in view ${view} behind ${handed}, where its disk has a certificate of view ${body?.view}`,
    ];
  }

  #checkInstalled(meta: StateMeta, { installing }: PbftState): Found | null {
    const checkpoint = installing?.checkpoint;
    const weak = liarsTolerated(this.#group.replicas.length) + 1;
    const why = checkpoint === undefined ? 'proved by nothing' : proofError(this.#group, checkpoint, weak);
    if (why !== null)
      return ['stable-needs-quorum', `installs the state at ${meta.sequence}, which is ${why}`];
    const known = this.#places.get(meta.sequence)?.checkpoint ?? null;
    if (known === null || known === checkpoint?.digest) return null;
    return ['equal-checkpoints', `installs a state at ${meta.sequence} that no honest replica has`];
  }

  #checkSend(node: NodeId, memory: NodeMemory, state: PbftState, send: Send): Found | null {
    const { message, after = 0 } = send;
    switch (message.type) {
      case 'prePrepare':
        return message.prePrepare.signer === node
          ? this.#checkWordSent(memory, state, message.prePrepare.body, after)
          : null;
      case 'prepare':
        return this.#checkWordSent(memory, state, message.prepare.body, after);
      case 'commit':
        return this.#checkCommitSent(memory, state, message, after);
      case 'viewChange':
        return message.viewChange.signer === node && state.view === message.viewChange.body.view
          ? checkViewChangeSent(memory, message.viewChange, after)
          : null;
      case 'newView': {
        const { view } = message.newView.body;
        const held = heldBy(memory.mirror, after, 'newView') as BegunView | null | undefined;
        if (message.newView.signer !== node || held?.newView.body.view === view) return null;
        return ['promise-needs-disk', `says that view ${view} begins before its disk does`];
      }
      case 'checkpoint':
        return this.#checkCheckpointSent(
          node,
          memory,
          message.checkpoints.filter(({ signer }) => signer === node),
        );
      default:
        return null;
    }
  }

  #checkWordSent(memory: NodeMemory, state: PbftState, body: ProposalBody, after: WriteId): Found | null {
    const { view, sequence, digest } = body;
    if (view !== state.view || !state.isActive)
      return ['left-view', `speaks of ${sequence} in view ${view} after it has left it for ${state.view}`];
    const held = heldBy(memory.mirror, after, this.#key('accepted', sequence)) as HeldAccepted | undefined;
    const said = held?.prePrepare.body;
    if (said?.view === view && said.sequence === sequence && said.digest === digest) return null;
    return [
      'promise-needs-disk',
      `says that it has accepted ${sequence} in view ${view} before its disk does`,
    ];
  }

  #checkCommitSent(memory: NodeMemory, state: PbftState, body: ProposalBody, after: WriteId): Found | null {
    const { view, sequence, digest } = body;
    if (view !== state.view || !state.isActive)
      return ['left-view', `commits to ${sequence} in view ${view} after it has left it for ${state.view}`];
    const held = heldBy(memory.mirror, after, this.#key('prepared', sequence)) as
      | PreparedCertificate
      | undefined;
    const said = held?.prePrepare.body;
    if (said?.view === view && said.sequence === sequence && said.digest === digest) return null;
    return ['promise-needs-disk', `says that ${sequence} prepared in view ${view} before its disk does`];
  }

  #checkCheckpointSent(
    node: NodeId,
    { mirror }: NodeMemory,
    checkpoints: Extract<PbftMessage, { type: 'checkpoint' }>['checkpoints'],
  ): Found | null {
    for (const { body } of checkpoints) {
      if ((mirror.snapshot?.sequence ?? 0) < body.sequence) {
        return ['promise-needs-disk', `states a checkpoint at ${body.sequence} before its disk has it`];
      }
      const place = this.#placeOf(body.sequence);
      place.checkpoint ??= body.digest;
      if (place.checkpoint === body.digest) continue;
      return [
        'equal-checkpoints',
        `${node} states ${short(body.digest)} at ${body.sequence}, where another states ${short(place.checkpoint)}`,
      ];
    }
    return null;
  }

  #checkExecuted(node: NodeId, memory: NodeMemory, state: PbftState): Found | null {
    if (state.executed < memory.executed)
      return ['executed-in-order', `from ${memory.executed} back to ${state.executed}`];
    let index = memory.handedIndex;
    for (let sequence = memory.handed + 1; sequence <= state.handed; sequence++) {
      const given = state.executing.find((each) => each.sequence === sequence);
      const certificate = state.slots[sequence]?.prepared ?? null;
      if (given === undefined || certificate === null)
        return ['executed-in-order', `${sequence} is passed over`];
      const found = this.#checkHanded(node, state, certificate, index + 1, given.entries);
      if (found !== null) return found;
      index += given.entries;
    }
    if (index === state.handedIndex) return null;
    return [
      'executed-in-order',
      `the store has entries up to ${state.handedIndex}, of which ${index} are of batches`,
    ];
  }

  #checkHanded(
    node: NodeId,
    state: PbftState,
    { prePrepare }: PreparedCertificate,
    firstIndex: number,
    entries: number,
  ): Found | null {
    const { view, sequence, digest } = prePrepare.body;
    const place = this.#placeOf(sequence);
    const commits = Object.entries(state.slots[sequence]?.commits ?? {}).filter(
      ([replica, commit]) =>
        this.#group.replicas.includes(replica) && commit.view === view && commit.digest === digest,
    );
    const holders = place.prepared.get(view)?.holders;
    const unfounded = commits.find(([replica]) => this.#nodes.has(replica) && holders?.has(replica) !== true);
    if (unfounded !== undefined || commits.length < this.#group.quorum || view !== state.view) {
      const who = commits.map(([replica]) => replica).join(', ');
      return [
        'commit-needs-quorum',
        `${node} executes ${sequence} of view ${view} by the commits of (${who}), and certificates at (${[...(holders ?? [])].join(', ')})`,
      ];
    }
    const known = place.executed;
    place.executed ??= { digest, firstIndex, entries };
    const isSame =
      known === null ||
      (known.digest === digest && known.firstIndex === firstIndex && known.entries === entries);
    if (!isSame)
      return [
        'agreement',
        `${sequence} is executed as ${short(known.digest)} from entry ${known.firstIndex} on, and as ${short(digest)} from ${firstIndex} on`,
      ];
    return this.#commit(sequence, view, digest);
  }

  #key(what: 'accepted' | 'prepared', sequence: Sequence): string {
    return `${what}/${sequence % this.#window}`;
  }
}

/** Places that are remembered: many windows. */
const placesMax = 8_192;

function beginLife(memory: NodeMemory): void {
  const held = memory.mirror.values.get('view') as HeldView | undefined;
  memory.view = held?.view ?? 0;
  memory.low = (memory.mirror.values.get('stable') as StableCheckpoint | undefined)?.sequence ?? 0;
  standAtSnapshot(memory);
}

/** The store has become what the snapshot on disk holds. */
function standAtSnapshot(memory: NodeMemory): void {
  memory.handed = memory.mirror.snapshot?.sequence ?? 0;
  memory.handedIndex = memory.mirror.snapshot?.index ?? 0;
  memory.executed = memory.handed;
}

function remember(memory: NodeMemory, state: PbftState): void {
  memory.view = state.view;
  memory.low = state.stable.sequence;
  memory.handed = state.handed;
  memory.handedIndex = state.handedIndex;
  memory.executed = state.executed;
  for (const key of memory.words.keys()) {
    if (memory.words.size <= placesMax) return;
    memory.words.delete(key);
  }
}

/** Who begins a view has given its word for all that it proposes in it, with the batch or without. */
function checkWords(node: NodeId, memory: NodeMemory, { signer, body }: SignedNewView): Found | null {
  let found: Found | null = null;
  if (signer === node)
    for (const { body: proposal } of body.prePrepares) found ??= checkWord(memory, proposal);
  return found;
}

function checkWord(memory: NodeMemory, { view, sequence, digest }: ProposalBody): Found | null {
  const key = wordKey(view, sequence);
  const known = memory.words.get(key);
  memory.words.set(key, digest);
  if (known === undefined || known === digest) return null;
  return [
    'no-contradiction',
    `has accepted ${short(known)} and ${short(digest)} at ${sequence} in view ${view}`,
  ];
}

/** 4.4: P leaves out nothing that prepared, as far as the disk knows; else what has committed could be lost. */
function checkViewChangeSent(memory: NodeMemory, { body }: SignedViewChange, after: WriteId): Found | null {
  const held = heldBy(memory.mirror, after, 'view') as HeldView | undefined;
  if ((held?.view ?? 0) < body.view) {
    return ['promise-needs-disk', `says that it has left for view ${body.view} before its disk does`];
  }
  const told = new Map(body.prepared.map(({ prePrepare }) => [prePrepare.body.sequence, prePrepare.body]));
  for (const [key, value] of memory.mirror.values) {
    if (!key.startsWith('prepared/')) continue;
    const { view, sequence } = (value as PreparedCertificate).prePrepare.body;
    const isNews = sequence > body.stable.sequence && view < body.view;
    if (!isNews || (told.get(sequence)?.view ?? -1) >= view) continue;
    return ['view-change-tells-all', `does not tell that ${sequence} prepared in view ${view}`];
  }
  return null;
}

function checkEntries(
  memory: NodeMemory,
  entries: Extract<Effect<PbftMessage>, { type: 'commit' }>['entries'],
): Found | null {
  let next = memory.handedIndex + 1;
  for (const { index } of entries) {
    if (index !== next)
      return ['executed-in-order', `entry ${index} is given to the store, where ${next} is due`];
    next += 1;
  }
  return null;
}

function twoPrepared(view: Reign, sequence: Sequence, one: Digest, other: Digest): Found {
  return ['one-prepared', `${short(one)} and ${short(other)} prepared at ${sequence} in view ${view}`];
}

function wordKey(view: Reign, sequence: Sequence): string {
  return `${view}/${sequence}`;
}

function short(digest: Digest): string {
  return digest.slice(0, 8);
}
