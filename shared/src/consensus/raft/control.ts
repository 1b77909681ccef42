import { clientInstance, type NodeId } from '../../core/index.js';
import { type ConfigurationId, isNewer } from './configuration.js';
import { latestConfiguration, serversOf } from './configuration-history.js';
import { onReconfigure } from './membership.js';
import { type ControlRequest, hopsMax } from './messages.js';
import { answerControl } from './requests.js';
import type { LeaderRole } from './state.js';
import { type Step, send } from './step.js';
import { onTransferLeadership } from './transfer.js';

/** An administrator's request: passed on to who leads, like a client's. */
export function onControlRequest(step: Step, message: ControlRequest): void {
  const { role, leader, self } = step.state;
  const { client, hops, request, configuration } = message;
  tellServers(step, client, configuration);
  if (role.name === 'leader') return onControl(step, role, message);
  if (leader === null || leader === self || hops >= hopsMax) {
    return answerControl(step, [{ client, request }], 'retry');
  }
  send(step, leader, { ...message, hops: hops + 1 });
}

function onControl(step: Step, leader: LeaderRole, message: ControlRequest): void {
  const { client, request, action, configuration } = message;
  const asker = { client, request };
  switch (action.kind) {
    case 'reconfigure':
      return onReconfigure(step, leader, asker, action.voters, configuration);
    case 'transferLeadership':
      return onTransferLeadership(step, leader, asker, action.to);
  }
}

/** Dissertation 6.1: a client that knows an older configuration learns who serves now, and so whose answers to believe. */
export function tellServers(step: Step, client: NodeId, known: ConfigurationId): void {
  const { state } = step;
  if (!isNewer(latestConfiguration(state), known)) return;
  const message = { type: 'clusterServers', ...serversOf(state) } as const;
  step.effects.push({ type: 'send', to: client, instance: clientInstance, message });
}
