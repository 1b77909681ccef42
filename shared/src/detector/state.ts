import { type NodeId, type ProcessInit, type RandomState, seedRandom, type WriteId } from '../core/index.js';
import type { Status } from './messages.js';
import type { DetectorOptions } from './options.js';
import { deviationsAt, firstIntervals, type Rhythm, rhythmOf } from './phi.js';

/**
 * Times in a state are the node's awake time: its own clock, less what it has slept (`awake.ts`).
 */
export type Member = {
  status: Status;
  /** Of the node itself; 0 as long as nothing was heard of it. */
  incarnation: number;
  /** On how many more messages this is to be piggybacked. */
  toSend: number;
  /** When a suspicion is confirmed; null unless `status` is suspect. */
  confirmAt: number | null;
  /** This node itself has found it silent, or was told of its end by the link. */
  isOwnSuspicion: boolean;
  /** What the instances above have been told. */
  isSuspected: boolean;
};

/** One or more rounds of indirect probes (SWIM 3.1), until a sign of life ends them. */
export type Probe = {
  readonly startedAt: number;
  /** Its link has ended: no silence need be waited for. */
  isUrgent: boolean;
  /** When the newest round began; null when one is due. */
  roundAt: number | null;
  /** Of the first round; null before. Later ones have higher numbers. */
  sequence: number | null;
  /** In the newest round. */
  asked: readonly NodeId[];
  /** Helpers of any round that have no link to the node. */
  readonly refused: NodeId[];
};

/** What is kept of a node that this one pings. */
export type Watch = {
  /** The last sign of life: any message of its own, or a helper's word. */
  heardAt: number;
  /** The last heartbeat that it answered; null when the next interval would say nothing. */
  beatAt: number | null;
  /** Of the newest heartbeat answered. */
  sequence: number;
  readonly intervals: number[];
  rhythm: Rhythm;
  probe: Probe | null;
};

export type Incarnation = {
  /** In use; 0 until the disk has the first reservation. */
  current: number;
  /** Up to here the disk promises that no later life uses them. */
  durableLimit: number;
  /** What is being written, and the incarnation to take then; nulls when nothing is. */
  writing: { readonly write: WriteId; readonly limit: number; wanted: number | null } | null;
  lastWrite: WriteId;
};

export type Awake = {
  /** How much of the own clock was slept. */
  sleptMs: number;
  /** When the heartbeat timer is due; null before the first. */
  tickDueAt: number | null;
  graceAt: number | null;
};

/** Plain data. */
export type DetectorState = {
  readonly self: NodeId;
  readonly options: DetectorOptions;
  /** Deviations above the mean at which φ reaches the thresholds. */
  readonly probeDeviations: number;
  readonly suspectDeviations: number;
  readonly random: RandomState;
  readonly incarnation: Incarnation;
  readonly awake: Awake;
  readonly members: { [node: NodeId]: Member };
  readonly watches: { [node: NodeId]: Watch };
  /** Confirmed nodes that are tried now and then: one may come back. */
  retried: NodeId[];
  /** Members in the order in which they get their turn to be watched or retried (SWIM 4.3). */
  turns: NodeId[];
  /** Members of whom something is still to be piggybacked, in the order in which it was learnt. */
  news: NodeId[];
  /** Members whose link has ended, and not come back. */
  readonly unlinked: { [node: NodeId]: true };
  sequence: number;
  ticks: number;
  rotateAt: number;
  judgeDueAt: number | null;
};

export function createState({ self, voters, options, seed }: ProcessInit<DetectorOptions>): DetectorState {
  const others = voters.filter((node) => node !== self);
  return {
    self,
    options,
    probeDeviations: deviationsAt(options.probePhiTenths),
    suspectDeviations: deviationsAt(options.suspectPhiTenths),
    random: seedRandom(seed, 'detector'),
    incarnation: { current: 0, durableLimit: 0, writing: null, lastWrite: 0 },
    awake: { sleptMs: 0, tickDueAt: null, graceAt: null },
    members: Object.fromEntries(others.map((node) => [node, newMember()])),
    watches: {},
    retried: [],
    turns: [],
    news: [],
    unlinked: {},
    sequence: 0,
    ticks: 0,
    rotateAt: 0,
    judgeDueAt: null,
  };
}

/** Alive, as far as anybody knows. */
export function newMember(): Member {
  return {
    status: 'alive',
    incarnation: 0,
    toSend: 0,
    confirmAt: null,
    isOwnSuspicion: false,
    isSuspected: false,
  };
}

export function newWatch(at: number, options: DetectorOptions): Watch {
  const intervals = firstIntervals(options);
  const rhythm = rhythmOf(intervals, options);
  return { heardAt: at, beatAt: null, sequence: 0, intervals, rhythm, probe: null };
}

/** Members that a node keeps; more are not taken in. */
export const membersMax = 256;

/** After so long a silence helpers are asked. */
export function probeAfterMs({ probeDeviations }: DetectorState, { rhythm }: Watch): number {
  return rhythm.meanMs + probeDeviations * rhythm.deviationMs;
}

/** After so long a silence, unless a helper knows better, the node is suspected. */
export function suspectAfterMs({ options, suspectDeviations }: DetectorState, { rhythm }: Watch): number {
  return rhythm.meanMs + suspectDeviations * rhythm.deviationMs + options.acceptablePauseMs;
}
