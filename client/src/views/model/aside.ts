import { clientInstance, type InstanceName, serverInstance } from '@quorate/shared/core';

/**
 * Whether it is the talk of what a protocol stands on: its failure detector's heartbeats, from each node to each other, all
 * the time. They are drawn, but must not drown what they are there for.
 */
export function isAside(instance: InstanceName): boolean {
  return instance !== serverInstance && instance !== clientInstance;
}
