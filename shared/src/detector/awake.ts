import type { DetectorState } from './state.js';

/** A timer that is late by more than this part of a heartbeat says that the node stands still. */
const lateShare = 0.5;
/** A grace is given once in so many heartbeats: a node that sleeps at every turn must still suspect somebody some day. */
const graceEveryHeartbeats = 10;

/**
 * The awake time of an event: the node's own clock, which stands still from when its heartbeat timer is far too late until it
 * fires. What others did not say while this node could not ask counts for no silence, whatever kept it from asking.
 */
export function awakeAt(state: DetectorState, clockMs: number): number {
  const { awake, options } = state;
  const now = clockMs - awake.sleptMs;
  if (awake.tickDueAt === null) return now;
  const latest = awake.tickDueAt + lateShare * options.heartbeatMs;
  if (now <= latest) return now;
  awake.sleptMs += now - latest;
  beginGrace(state, latest);
  return latest;
}

/**
 * After a sleep, or a change of pace, nobody has been silent: whatever was under way may be lost, and links come back one
 * by one. Nodes that were suspected before stay so until they are heard.
 */
export function beginGrace({ awake, options, members, watches }: DetectorState, now: number): void {
  if (awake.graceAt !== null && now - awake.graceAt < graceEveryHeartbeats * options.heartbeatMs) return;
  awake.graceAt = now;
  for (const [node, watch] of Object.entries(watches)) {
    if (members[node]?.status !== 'alive') continue;
    watch.heardAt = now;
    watch.beatAt = null;
    watch.probe = null;
  }
}
