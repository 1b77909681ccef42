import { expect, it } from 'vitest';
import { type AnyProtocol, instancesAt, suspicions } from '../core/index.js';
import {
  detectorInstance,
  detectorName,
  parseDetectorMessage,
  parseDetectorOptions,
} from '../detector/index.js';
import { Lab, type LabNode, type ToyMessage, type ToyOptions, toyProtocol } from '../sim/testing/index.js';

/** The toy protocol on top of the failure detector: what a protocol does to stand on it. */
const stack: AnyProtocol = {
  ...toyProtocol,
  parseMessage: (body, to) =>
    to === detectorName ? parseDetectorMessage(body) : toyProtocol.parseMessage(body, to),
  instances: {
    ...toyProtocol.instances,
    detector: detectorInstance<ToyMessage, ToyOptions>(() => parseDetectorOptions({ heartbeatMs: 100 })),
    server: { ...toyProtocol.instances.server, uses: { [detectorName]: suspicions } },
  },
};

function startStack(): Lab {
  const lab = new Lab({ nodes: 3 });
  for (const node of lab.nodes) {
    node.boot();
    lab.startRun(node, { protocol: stack, instances: instancesAt(stack, true) });
  }
  lab.run(1_000);
  return lab;
}

function suspected(node: LabNode): string[] {
  return node.steps.flatMap(({ instance, event }) =>
    instance === 'server' && (event.type === 'suspect' || event.type === 'trust')
      ? [`${event.type} ${event.node}`]
      : [],
  );
}

/** Lets time pass until it is so, ten seconds at most. */
function waitUntil(lab: Lab, isSo: () => boolean): void {
  for (let i = 0; i < 100 && !isSo(); i++) lab.run(100);
}

it('a protocol that stands on the failure detector hears whom it suspects, and whom it trusts again', () => {
  const lab = startStack();
  const [watcher, other, victim] = [lab.node(1), lab.node(2), lab.node(3)];
  expect(suspected(watcher)).toEqual([]);
  victim.crash();
  waitUntil(lab, () => suspected(watcher).length > 0 && suspected(other).length > 0);
  expect(suspected(watcher)).toEqual(['suspect n3']);
  expect(suspected(other)).toEqual(['suspect n3']);
  expect(watcher.indications).toEqual([]);
  victim.boot();
  lab.startRun(victim, { protocol: stack, instances: instancesAt(stack, true) });
  waitUntil(lab, () => suspected(watcher).length > 1 && suspected(other).length > 1);
  expect(suspected(watcher)).toEqual(['suspect n3', 'trust n3']);
  expect(suspected(other)).toEqual(['suspect n3', 'trust n3']);
});

it('in slow motion it suspects nobody who lives', () => {
  const lab = startStack();
  for (const { host } of lab.nodes) host.setPace(1 / 40, false);
  lab.run(120_000);
  for (const node of lab.nodes) expect(suspected(node)).toEqual([]);
  expect(lab.nodes.flatMap(({ failures, violations }) => [...failures, ...violations])).toEqual([]);
});
