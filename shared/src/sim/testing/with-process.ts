import type { AnyProtocol, Process } from '../../core/index.js';

type AnyProcess = Process<unknown, unknown, unknown>;

/** The protocol with one of its Processes changed: what a test breaks, or looks into. */
export function withProcess(
  protocol: AnyProtocol,
  name: 'server' | 'client',
  change: (process: AnyProcess) => Partial<AnyProcess>,
): AnyProtocol {
  const instance = protocol.instances[name];
  if (instance === undefined) throw new RangeError(`${protocol.name} has no ${name}`);
  const process = { ...instance.process, ...change(instance.process) };
  return { ...protocol, instances: { ...protocol.instances, [name]: { ...instance, process } } };
}
