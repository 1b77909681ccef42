import { unreachable } from '../core/index.js';
import type { Command, Json } from '../store/index.js';
import {
  type Condition,
  type Nodes,
  type Selection,
  type Step,
  type Target,
  withinMsDefault,
} from './steps.js';

/** The command that `parseStep` reads as this step. */
export function formatStep(step: Step): string {
  switch (step.type) {
    case 'cluster': {
      const options = JSON.stringify(step.options);
      const seed = step.seed === 1 ? '' : ` seed ${step.seed}`;
      return `cluster ${step.nodes} ${step.protocol}${seed}${options === '{}' ? '' : ` ${options}`}`;
    }
    case 'call':
      return `call ${formatNodes(step.node)} as ${step.name}`;
    case 'run': {
      const condition = step.while === null ? '' : ` while ${formatCondition(step.while)}`;
      return `run ${formatMs(step.forMs)}${condition}`;
    }
    case 'runUntil': {
      const within = step.withinMs === withinMsDefault ? '' : ` within ${formatMs(step.withinMs)}`;
      return `run until ${formatCondition(step.condition)}${within}`;
    }
    case 'settle':
    case 'heal':
      return step.type;
    case 'expect':
      return `expect ${formatCondition(step.condition)}`;
    case 'crash': {
      const { survivingWrites: kept } = step;
      const keeping = kept === 0 ? '' : ` keeping ${kept} ${kept === 1 ? 'write' : 'writes'}`;
      return `crash ${formatNodes(step.nodes)}${keeping}`;
    }
    case 'restart':
    case 'isolate':
      return `${step.type} ${formatNodes(step.nodes)}`;
    case 'cut':
      return `cut ${formatNodes(step.from)} ${step.bothWays ? '<->' : '->'} ${formatNodes(step.to)}`;
    case 'partition':
      return `partition ${step.sides.map(formatNodes).join(' | ')}`;
    case 'hold':
    case 'release':
      return `${step.type} ${formatSelection(step.messages)}`;
    case 'deliver':
    case 'copy':
    case 'drop':
      return `${step.type}${step.first ? ' first' : ''} ${formatSelection(step.messages)}`;
    case 'fire':
      return `fire ${step.timer} at ${formatNodes(step.nodes)}`;
    case 'slowDisk':
      return `slow disk at ${formatNodes(step.nodes)} to ${formatMs(step.writeMs)}`;
    case 'failWrite':
      return `fail write at ${formatNodes(step.nodes)}`;
    case 'request': {
      const name = step.name === null ? '' : ` as ${step.name}`;
      return `${formatCommand(step.command)} at ${formatNodes(step.at)}${name}`;
    }
    case 'broadcast': {
      const name = step.name === null ? '' : ` as ${step.name}`;
      return `${formatBroadcast(step.value)} at ${formatNodes(step.at)}${name}`;
    }
    case 'quietly':
      return `quietly ${formatStep(step.step)}`;
    case 'show':
      return `show ${step.kinds.length === 0 ? 'nothing' : step.kinds.join(' ')}`;
    default:
      return unreachable(step);
  }
}

/** A request as it is written in a scenario. */
export function formatCommand(command: Command): string {
  switch (command.op) {
    case 'put':
      return `put ${command.path} ${JSON.stringify(command.value)}${formatIfVersion(command)}`;
    case 'cas':
      return `cas ${command.path} from ${JSON.stringify(command.from)} to ${JSON.stringify(command.to)}`;
    case 'delete':
      return `delete ${command.path}${formatIfVersion(command)}`;
    case 'get':
    case 'list':
      return `${command.op} ${command.path}`;
    default:
      return unreachable(command);
  }
}

/** A broadcast as it is written in a scenario. */
export function formatBroadcast(value: Json): string {
  return `broadcast ${JSON.stringify(value)}`;
}

function formatIfVersion({ ifVersion }: { readonly ifVersion?: number }): string {
  return ifVersion === undefined ? '' : ` if version ${ifVersion}`;
}

export function formatNodes({ of, but }: Nodes): string {
  const list = (targets: readonly Target[]): string => targets.map(formatTarget).join(' ');
  return but.length === 0 ? list(of) : `${list(of)} but ${list(but)}`;
}

export function formatSelection({ kinds, from, to }: Selection): string {
  const words = [
    ...(kinds.length === 0 ? ['messages'] : kinds),
    ...(from === null ? [] : ['from', formatNodes(from)]),
    ...(to === null ? [] : ['to', formatNodes(to)]),
  ];
  return words.join(' ');
}

export function formatCondition(condition: Condition): string {
  const at = (nodes: Nodes | null): string => (nodes === null ? '' : ` at ${formatNodes(nodes)}`);
  switch (condition.type) {
    case 'not':
      return `not ${formatCondition(condition.condition)}`;
    case 'leads':
      return condition.among === null ? 'leader' : `leader among ${formatNodes(condition.among)}`;
    case 'is':
      return `${formatNodes(condition.nodes)} is ${condition.role}`;
    case 'follows':
      return `${formatNodes(condition.nodes)} follows ${formatNodes(condition.leader)}`;
    case 'has':
      return `${formatNodes(condition.nodes)} has ${condition.field} ${condition.value ?? 'none'}`;
    case 'holds': {
      const version = condition.version === null ? '' : ` version ${condition.version}`;
      return `${condition.path} = ${JSON.stringify(condition.value)}${version}${at(condition.nodes)}`;
    }
    case 'lacks':
      return `${condition.path} is absent${at(condition.nodes)}`;
    case 'same':
      return `same ${condition.what}${at(condition.nodes)}`;
    case 'answered': {
      const { request, expected } = condition;
      if (expected === null) return `${request} answered`;
      const answer =
        expected.kind === 'version' ? `version ${expected.version}` : JSON.stringify(expected.value);
      return `${request} answered ${answer}`;
    }
    case 'refused':
      return `${condition.request} refused`;
    default:
      return unreachable(condition);
  }
}

function formatMs(ms: number): string {
  return `${ms}ms`;
}

function formatTarget(target: Target): string {
  switch (target.kind) {
    case 'node':
      return String(target.number);
    case 'role':
      return target.role;
    case 'name':
      return target.name;
    default:
      return unreachable(target);
  }
}
