import type { NodeId } from '../../core/index.js';
import type { ClientState, ClientStep } from './client-state.js';
import { isNewer, votersMax } from './configuration.js';
import { type ClusterServers, idLengthMax, parseMessage } from './messages.js';

export const serversKey = 'servers';

/** The servers that this client knew when it last ran may be all that are left of those that the run began with. */
export function recallServers(state: ClientState, held: unknown): void {
  if (held === undefined) return;
  const message = parseMessage(held);
  if (message.type === 'clusterServers') takeServers(state, message);
}

/** Dissertation 6.1: the configuration has changed since; from now on these servers are asked, and believed. */
export function onClusterServers(step: ClientStep, message: ClusterServers): void {
  const { state, effects } = step;
  if (!isNewer(message.configuration, state.configuration)) return;
  takeServers(state, message);
  state.lastWrite += 1;
  const ops = [{ kind: 'set', key: serversKey, value: message }] as const;
  effects.push({ type: 'persist', write: state.lastWrite, ops });
}

function takeServers(state: ClientState, { configuration, servers }: ClusterServers): void {
  state.configuration = configuration;
  state.servers = servers;
  if (state.leader !== null && !servers.includes(state.leader)) state.leader = null;
}

/** Anybody with a link here could claim to answer; only who may lead, or passes requests on to who does, has to. */
export function isBelieved({ servers, self }: ClientState, node: NodeId): boolean {
  return node === self || servers.includes(node);
}

/**
 * Whom to ask when nobody is known to lead. The server beside this client may know others, if there is one. What is sent to
 * a server without a link is lost, and the silence costs more than any answer: it is asked only where there is no other.
 */
export function askable({ servers, self, linked }: ClientState): readonly NodeId[] {
  const all = servers.includes(self) ? servers : [...servers, self];
  const reachable = all.filter((node) => node === self || linked.includes(node));
  return reachable.some((node) => servers.includes(node)) ? reachable : all;
}

export function isVoterSet(nodes: readonly NodeId[]): boolean {
  const isId = (node: NodeId): boolean => node.length > 0 && node.length <= idLengthMax;
  const isDistinct = new Set(nodes).size === nodes.length;
  return nodes.length > 0 && nodes.length <= votersMax && isDistinct && nodes.every(isId);
}
