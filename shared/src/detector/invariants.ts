import type {
  Effect,
  InvariantChecker,
  NodeId,
  ProcessEvent,
  Rule,
  Suspicion,
  Violation,
} from '../core/index.js';
import { incarnationKey } from './incarnation.js';
import { type DetectorMessage, statuses, type Verdict } from './messages.js';
import { phi } from './phi.js';
import { Probing } from './seen-probing.js';
import { type DetectorState, membersMax } from './state.js';

const sentences = {
  'incarnation-rises':
    'A node never uses an incarnation below one that it used before, nor in a later life one again.',
  'incarnation-needs-disk': 'A node says no incarnation that its disk has not reserved.',
  'incarnation-is-own': 'Nobody holds of a node an incarnation that it has not taken itself.',
  'newest-verdict-wins':
    'What a node holds of another goes up: an older incarnation never overrides a newer one.',
  'helpers-before-suspicion':
    'Nobody is suspected before helpers, where there are any, had their time to reach it.',
  'silence-before-suspicion':
    'Nobody is suspected for a silence shorter than its rhythm says, the time that the accuser slept not counted.',
  'refutation-has-time': 'A suspicion is confirmed only after the time that it can be refuted in.',
  'bounded-dissemination': 'An update is piggybacked on at most its share of messages, and so many on one.',
  caps: 'Watches, windows, helpers and members stay within their bounds.',
  'indications-alternate': 'Suspect and trust of a node are indicated in turn, as its state says.',
  completeness: 'At quiescence whoever is gone is suspected by all that remain.',
  accuracy: 'At quiescence nobody who remains is suspected.',
} as const;
type RuleName = keyof typeof sentences;
type Found = readonly [rule: RuleName, why: string];

/** The rules of a failure detector (Chandra and Toueg 1996), of SWIM's verdicts, and of an implementation. */
export const rules: readonly Rule[] = Object.entries(sentences).map(([name, sentence]) => ({
  name,
  sentence,
}));

/** What a node holds of another, and since when by its clock. */
type Known = Verdict & { readonly since: number; readonly isOwnSuspicion: boolean };

/** What is remembered of one node from step to step. */
type Memory = {
  /** The highest ever used, and the highest of earlier lives. */
  used: number;
  usedBefore: number;
  reservedLimit: number;
  writing: Map<number, number>;
  /** Of its present life. */
  hasSpoken: boolean;
  verdicts: Map<NodeId, Known>;
  told: Map<NodeId, boolean>;
  sent: Map<string, number>;
  readonly probing: Probing;
};

const unheard: Known = { status: 'alive', incarnation: 0, since: 0, isOwnSuspicion: false };

/** Watches all detectors of one run. */
export class DetectorChecker implements InvariantChecker<DetectorState, DetectorMessage> {
  readonly rules = rules;
  readonly #nodes = new Map<NodeId, Memory>();

  afterStep(
    node: NodeId,
    state: DetectorState,
    event: ProcessEvent<DetectorMessage>,
    effects: readonly Effect<DetectorMessage>[],
  ): Violation | null {
    const memory = this.#memoryOf(node);
    followDisk(memory, event, effects);
    memory.probing.follow(state, event, effects);
    const found =
      checkIncarnation(memory, state) ??
      this.#checkVerdicts(memory, state, event) ??
      checkSent(memory, state, effects) ??
      checkTold(memory, state, effects) ??
      checkCaps(state);
    for (const [of, { status, incarnation, isOwnSuspicion }] of Object.entries(state.members)) {
      const known = memory.verdicts.get(of);
      const isSame = known?.status === status && known.incarnation === incarnation;
      if (isSame && known.isOwnSuspicion === isOwnSuspicion) continue;
      memory.verdicts.set(of, {
        status,
        incarnation,
        isOwnSuspicion,
        since: isSame ? known.since : event.now,
      });
    }
    return found === null ? null : { rule: found[0], node, why: found[1] };
  }

  afterCrash(node: NodeId): void {
    const memory = this.#memoryOf(node);
    const { used, reservedLimit } = memory;
    this.#nodes.set(node, { ...newMemory(), used, usedBefore: used, reservedLimit });
  }

  /** The first of the promises that has yet to come true; null when all have. */
  atQuiescence(remaining: readonly NodeId[]): Violation | null {
    for (const node of remaining) {
      const { told, verdicts, hasSpoken } = this.#memoryOf(node);
      if (!hasSpoken) return { rule: 'completeness', node, why: 'has not begun' };
      for (const other of verdicts.keys()) {
        const isSuspected = told.get(other) === true;
        if (isSuspected === !remaining.includes(other)) continue;
        const rule = isSuspected ? 'accuracy' : 'completeness';
        return { rule, node, why: `${isSuspected ? 'suspects' : 'trusts'} ${other}` };
      }
    }
    return null;
  }

  #memoryOf(node: NodeId): Memory {
    const memory = this.#nodes.get(node) ?? newMemory();
    this.#nodes.set(node, memory);
    return memory;
  }

  #checkVerdicts(memory: Memory, state: DetectorState, event: ProcessEvent<DetectorMessage>): Found | null {
    for (const [of, member] of Object.entries(state.members)) {
      const { status, incarnation, isOwnSuspicion } = member;
      const known = memory.verdicts.get(of) ?? unheard;
      const isSame = known.status === status && known.incarnation === incarnation;
      if (isSame && known.isOwnSuspicion === isOwnSuspicion) continue;
      if (!isSame && !isHigher(member, known)) {
        const why = `${of}: from ${known.status} ${known.incarnation} to ${status} ${incarnation}`;
        return ['newest-verdict-wins', why];
      }
      const used = this.#nodes.get(of)?.used ?? 0;
      if (incarnation > used) {
        return [
          'incarnation-is-own',
          `${of} is held to be in incarnation ${incarnation}, and was in ${used}`,
        ];
      }
      const found = checkAccusation(memory, state, event, of, known);
      if (found !== null) return found;
    }
    return null;
  }
}

/** What a node finds by itself, not what others tell it. */
function checkAccusation(
  { probing }: Memory,
  state: DetectorState,
  event: ProcessEvent<DetectorMessage>,
  of: NodeId,
  known: Known,
): Found | null {
  const { status, isOwnSuspicion } = state.members[of] ?? known;
  if (status === 'confirmed' && event.type !== 'deliver') {
    const forMs = event.now - known.since;
    // Its timers keep to whole ms.
    const hadTime = known.status === 'suspect' && forMs >= state.options.confirmAfterMs - 1;
    return hadTime
      ? null
      : ['refutation-has-time', `${of} is confirmed ${forMs} ms after it was ${known.status}`];
  }
  if (status !== 'suspect' || known.isOwnSuspicion || !isOwnSuspicion) return null;
  if (!probing.hadTheirTime(state, of, event.now)) {
    return ['helpers-before-suspicion', `${of} is suspected, and the helpers did not have their time`];
  }
  const watch = state.watches[of];
  if (watch === undefined || probing.isCutOff(of)) return null;
  const silenceMs = probing.silenceMs(of);
  const { acceptablePauseMs, suspectPhiTenths } = state.options;
  // A ms more, for timers keep to whole ones.
  const reached = phi(silenceMs - acceptablePauseMs + 1, watch.rhythm);
  if (10 * reached >= suspectPhiTenths - 0.01) return null;
  const why = `${of} is suspected after at most ${silenceMs} ms, when phi is ${reached.toFixed(2)}`;
  return ['silence-before-suspicion', why];
}

/** The order of verdicts: by incarnation, then by weight. */
function isHigher(one: Verdict, other: Verdict): boolean {
  const weight = ({ status }: Verdict): number => statuses.indexOf(status);
  if (one.incarnation === other.incarnation) return weight(one) > weight(other);
  return one.incarnation > other.incarnation;
}

function newMemory(): Memory {
  return {
    used: 0,
    usedBefore: 0,
    reservedLimit: 0,
    writing: new Map(),
    hasSpoken: false,
    verdicts: new Map(),
    told: new Map(),
    sent: new Map(),
    probing: new Probing(),
  };
}

function followDisk(
  memory: Memory,
  event: ProcessEvent<DetectorMessage>,
  effects: readonly Effect<DetectorMessage>[],
): void {
  if (event.type === 'persisted') {
    memory.reservedLimit = Math.max(memory.reservedLimit, memory.writing.get(event.write) ?? 0);
    memory.writing.delete(event.write);
  }
  for (const effect of effects) {
    if (effect.type !== 'persist') continue;
    for (const op of effect.ops) {
      if (op.kind === 'set' && op.key === incarnationKey) memory.writing.set(effect.write, Number(op.value));
    }
  }
}

function checkIncarnation(memory: Memory, { incarnation }: DetectorState): Found | null {
  const { current } = incarnation;
  const isFirst = !memory.hasSpoken && current > 0;
  const lowest = isFirst ? memory.usedBefore + 1 : memory.used;
  if (current > 0 && current < lowest) {
    return ['incarnation-rises', `it is in incarnation ${current}, and was in ${memory.used}`];
  }
  if (current > 0) memory.hasSpoken = true;
  memory.used = Math.max(memory.used, current);
  if (current <= memory.reservedLimit) return null;
  return [
    'incarnation-needs-disk',
    `incarnation ${current} is in use, and reserved are ${memory.reservedLimit}`,
  ];
}

function checkSent(
  { sent }: Memory,
  state: DetectorState,
  effects: readonly Effect<DetectorMessage>[],
): Found | null {
  const nodes = Object.keys(state.members).length + 1;
  const most = Math.ceil(state.options.lambda * Math.log(nodes + 1));
  for (const effect of effects) {
    if (effect.type !== 'send') continue;
    const { updates } = effect.message;
    if (updates.length > state.options.updatesMax) {
      return ['bounded-dissemination', `${updates.length} updates on one message`];
    }
    for (const { node, status, incarnation } of updates) {
      const update = `${node} ${status} ${incarnation}`;
      const times = (sent.get(update) ?? 0) + 1;
      sent.set(update, times);
      if (times > most) return ['bounded-dissemination', `${update} goes on ${times} messages of ${most}`];
    }
  }
  return null;
}

function checkTold(
  { told }: Memory,
  state: DetectorState,
  effects: readonly Effect<DetectorMessage>[],
): Found | null {
  for (const effect of effects) {
    if (effect.type !== 'indicate') continue;
    const { type, node } = effect.output as Suspicion;
    const isSuspected = type === 'suspect';
    if ((told.get(node) ?? false) === isSuspected)
      return ['indications-alternate', `${type} of ${node} again`];
    told.set(node, isSuspected);
  }
  for (const [node, { isSuspected, status }] of Object.entries(state.members)) {
    if (isSuspected !== (told.get(node) ?? false))
      return ['indications-alternate', `${node}: not as indicated`];
    if (isSuspected && status === 'alive') return ['indications-alternate', `${node} is alive and suspected`];
    if (!isSuspected && status === 'confirmed')
      return ['indications-alternate', `${node} is confirmed and trusted`];
  }
  return null;
}

function checkCaps({ watches, retried, members, options }: DetectorState): Found | null {
  const { watchedMax, windowSize, helpers } = options;
  const watched = Object.values(watches);
  if (watched.length > watchedMax) return ['caps', `${watched.length} are watched`];
  if (retried.length > watchedMax) return ['caps', `${retried.length} are tried again`];
  if (Object.keys(members).length > membersMax) return ['caps', `${Object.keys(members).length} members`];
  for (const { intervals, probe } of watched) {
    if (intervals.length > windowSize) return ['caps', `a window of ${intervals.length}`];
    if (probe !== null && probe.asked.length > helpers) return ['caps', `${probe.asked.length} helpers`];
  }
  return null;
}
