import type { InstanceName, MessageInfo, NodeId, Observation, RunId } from '@quorate/shared/core';
import type { LossReason, MessageId, TouchedBy } from '@quorate/shared/trace';
import { newClock, type ViewClock } from './clock.js';
import type { Deliveries } from './deliveries.js';
import type { Spreads } from './spreads.js';
import type { Tallies } from './tallies.js';

/** A timer on the view's lab clock. */
export type ViewTimer = { readonly setMs: number; readonly dueMs: number };

/** The colour of a node's column from `atMs` on: a reign, or null while it is down. */
export type ReignSpan = { readonly atMs: number; readonly reign: number | null };

/** What is known of one node. Times are on the view's lab clock. */
export type NodeView = {
  readonly id: NodeId;
  readonly life: number;
  readonly lab: 'running' | 'crashed' | 'stopped';
  /** When it crashed, was stopped, or started. */
  readonly sinceMs: number;
  readonly observation: Observation | null;
  readonly digest: string | null;
  readonly timers: { readonly [timer: string]: ViewTimer };
  readonly reigns: readonly ReignSpan[];
};

/**
 * One message. `flying`: sent, and not yet known to have come anywhere; `waiting`: in the receiver's inbox until `endMs`.
 * `seenMs` is when this tab first knew of it, on the tab's own clock.
 */
export type Flight = {
  readonly id: MessageId;
  readonly from: NodeId;
  readonly to: NodeId;
  /** The receiver's instance, once it is there: each has an inbox of its own. The sender's until then. */
  readonly instance: InstanceName;
  readonly info: MessageInfo;
  readonly sentMs: number;
  readonly endMs: number | null;
  readonly end: 'flying' | 'waiting' | 'delivered' | 'lost';
  readonly reason: LossReason | null;
  readonly touched: readonly TouchedBy[];
  readonly seenMs: number;
};

type Scalars = { readonly [key: string]: string | number | boolean | null };

/** Something worth a sentence. `code` is `note:CODE` for a protocol's note; `count` says how often in a row. */
export type Happening = {
  readonly key: number;
  readonly atMs: number;
  readonly node: NodeId;
  readonly code: string;
  readonly data: Scalars;
  readonly reign: number;
  readonly count: number;
};

/** Messages sent in the last whole second of this tab's clock; those of what the protocol stands on are not counted. */
export type Traffic = { readonly sinceMs: number; readonly counted: number; readonly perSecond: number };

/** Everything the Stage is drawn from. */
export type ViewState = {
  readonly run: RunId | null;
  readonly clock: ViewClock;
  readonly nodes: ReadonlyMap<NodeId, NodeView>;
  /** Messages on their way or in an inbox, oldest first. */
  readonly flights: ReadonlyMap<MessageId, Flight>;
  /** Messages that were delivered or lost, oldest first. */
  readonly landed: readonly Flight[];
  readonly deliveries: Deliveries;
  readonly spreads: Spreads;
  /** Oldest first. */
  readonly happened: readonly Happening[];
  readonly traffic: Traffic;
  /** Nodes whose tab or lab is known to be gone; a killed node can't tell it itself. */
  readonly down: ReadonlySet<NodeId>;
  /** What there was, and what of it has come here. */
  readonly tallies: Tallies;
};

/** Bounds of what is kept. */
export const flightsMax = 2000;
export const landedMax = 1500;
export const happenedMax = 120;
export const reignSpansMax = 40;

export function emptyView(run: RunId | null): ViewState {
  return {
    run,
    clock: newClock(),
    nodes: new Map(),
    flights: new Map(),
    landed: [],
    deliveries: new Map(),
    spreads: new Map(),
    happened: [],
    traffic: { sinceMs: 0, counted: 0, perSecond: 0 },
    down: new Set(),
    tallies: new Map(),
  };
}
