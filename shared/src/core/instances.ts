import { assert } from './assert.js';
import type { InstanceName, NodeId } from './ids.js';
import type { Process } from './process.js';

/** Takes the commands' way through the store; the invariants watch it and the screen draws it. */
export const serverInstance: InstanceName = 'server';
/** Takes what the node's own user asks; where a protocol has none, its server does. */
export const clientInstance: InstanceName = 'client';

/** What a failure detector indicates. */
export type Suspicion = { readonly type: 'suspect' | 'trust'; readonly node: NodeId };

/** What an output of one instance is to the one that uses it: an event, to which the host adds the time. */
export type Indication =
  | Suspicion
  | { readonly type: 'indicated'; readonly from: InstanceName; readonly output: unknown };

/** One Process of a protocol: where it runs, and what it stands on. */
export type ProtocolInstance<State, Message, Options> = {
  readonly process: Process<State, Message, Options>;
  /** On the nodes that serve (those that vote, or are to), or on each that takes part in the run. */
  readonly runsAt: 'servers' | 'all';
  /**
   * The instances of the same node that it stands on, each with what its outputs are up here: `suspicions`, `indications`
   * or the protocol's own reading. It hears what they indicate from its own `start` on.
   */
  readonly uses?: { readonly [below: InstanceName]: (output: unknown, from: InstanceName) => Indication };
};

/**
 * All Processes of a protocol by name. Two names are fixed; what these stand on goes by names of the protocol's own. A
 * broadcast needs no client: every node takes part, and what its user asks is for its own server.
 */
export type ProtocolInstances<State, ClientState, Message, Options> = {
  readonly server: ProtocolInstance<State, Message, Options>;
  readonly client?: ProtocolInstance<ClientState, Message, Options>;
  readonly [name: InstanceName]: ProtocolInstance<unknown, Message, Options>;
};

/** Reads a failure detector's output: it becomes `suspect` or `trust` above. */
export function suspicions(output: unknown): Indication {
  assert(isSuspicion(output), 'a failure detector indicates whom it suspects and whom it trusts');
  return { type: output.type, node: output.node };
}

/** Hands an output on as it is, as `indicated`: a delivered broadcast. */
export function indications(output: unknown, from: InstanceName): Indication {
  return { type: 'indicated', from, output };
}

/** The names of the instances that a node has, by whether it serves; in the order in which the protocol lists them. */
export function instancesAt(
  { instances }: { readonly instances: ProtocolInstances<unknown, unknown, unknown, unknown> },
  serves: boolean,
): InstanceName[] {
  return Object.keys(instances).filter((name) => serves || instances[name]?.runsAt === 'all');
}

function isSuspicion(output: unknown): output is Suspicion {
  if (typeof output !== 'object' || output === null || !('type' in output && 'node' in output)) return false;
  return (output.type === 'suspect' || output.type === 'trust') && typeof output.node === 'string';
}
