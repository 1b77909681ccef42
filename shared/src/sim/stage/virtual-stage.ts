import {
  type AnyProtocol,
  type NodeId,
  OptionsError,
  type ProtocolKind,
  seedRandom,
  serverInstance,
  unreachable,
} from '../../core/index.js';
import type { RequestAnswer } from '../../host/index.js';
import { findProtocol, runnableProtocols } from '../../registry.js';
import {
  type Action,
  type ClusterSpec,
  type Fall,
  type HeldMessage,
  type NodeView,
  type Seen,
  type Stage,
  type StageAnswer,
  StageError,
} from '../../scenario/index.js';
import { type Command, decodeResult, encodeOperation, type Json } from '../../store/index.js';
import type { TraceEvent } from '../../trace/index.js';
import { encodeValue } from '../../wire/index.js';
import { VirtualLinks } from '../links.js';
import { specOf, VirtualNode } from '../node.js';
import { Scheduler } from '../scheduler.js';
import { PostOffice } from './post-office.js';
import { Watch } from './watch.js';

/** How long a write takes unless a step slows the disk down, ms. */
const writeMsDefault = 1;
/** Events in one step of a scenario: more than an hour of the largest cluster's heartbeats is a loop. */
const eventsMax = 20_000_000;
const stageRun = 'scenario';

/** All that exists once the cluster has been opened. */
type World = {
  readonly kind: ProtocolKind;
  readonly nodes: ReadonlyMap<NodeId, VirtualNode>;
  readonly post: PostOffice;
  readonly watch: Watch;
};

/**
 * A scenario's stage in virtual time: production hosts, a millisecond for each message and each write, and no randomness
 * but what the nodes themselves draw from the cluster's seed.
 */
export class VirtualStage implements Stage {
  readonly #protocolOf: (name: string) => AnyProtocol | null;
  readonly #scheduler = new Scheduler();
  readonly #writeMs = new Map<NodeId, number>();
  #cuts: Extract<Action, { type: 'setCuts' }>['cuts'] = [];
  #seen: Seen[] = [];
  #world: World | null = null;

  constructor(protocolOf: (name: string) => AnyProtocol | null = findProtocol) {
    this.#protocolOf = protocolOf;
  }

  get nowMs(): number {
    return this.#scheduler.nowMs;
  }

  get fall(): Fall | null {
    return this.#world?.watch.fall ?? null;
  }

  async open(spec: ClusterSpec): Promise<readonly NodeId[]> {
    if (this.#world !== null) throw new StageError('this stage has a cluster already');
    const protocol = this.#protocolOf(spec.protocol);
    if (protocol === null) {
      throw new StageError(
        `there is no protocol ${spec.protocol}: write ${runnableProtocols().join(' or ')}`,
      );
    }
    if (spec.nodes < protocol.votersMin || spec.nodes > protocol.votersMax) {
      throw new StageError(`${protocol.name} needs ${protocol.votersMin} to ${protocol.votersMax} nodes`);
    }
    const world = this.#build(spec, protocol, parseOptions(protocol, spec.options));
    this.#world = world;
    for (const node of world.nodes.values()) this.#start(node);
    return [...world.nodes.keys()];
  }

  async act(action: Action): Promise<readonly HeldMessage[]> {
    const { nodes, post } = this.#opened();
    switch (action.type) {
      case 'crash':
        this.#crash(this.#node(action.node), action.survivingWrites);
        return [];
      case 'restart': {
        const node = this.#node(action.node);
        if (node.up) throw new StageError(`${node.id} is up: only who has crashed can be restarted`);
        this.#start(node);
        return [];
      }
      case 'setCuts':
        this.#cuts = action.cuts;
        for (const node of nodes.values()) this.#tellCuts(node);
        return [];
      case 'hold':
        post.hold(action.filter);
        return [];
      case 'release':
        post.release(action.filter);
        return [];
      case 'deliver':
      case 'copy':
      case 'drop':
        return post.handle(action.type, action.filter, action.first);
      case 'fire':
        this.#fire(this.#node(action.node), action.timer);
        return [];
      case 'slowDisk':
        this.#writeMs.set(action.node, action.writeMs);
        return [];
      case 'failWrite':
        this.#failWrite(this.#node(action.node));
        return [];
      default:
        return unreachable(action);
    }
  }

  request(id: NodeId, command: Command, done: (answer: StageAnswer) => void): void {
    const node = this.#node(id);
    if (!node.up) throw new StageError(`${id} is down: ask another node`);
    if (this.#opened().kind !== 'log') throw new StageError('this protocol has no store: broadcast a value');
    const kind = command.op === 'get' || command.op === 'list' ? 'read' : 'propose';
    node.request(kind, encodeOperation(command), stageRun, (answer) => done(decodeAnswer(answer)));
  }

  broadcast(id: NodeId, value: Json, done: (answer: StageAnswer) => void): void {
    const node = this.#node(id);
    if (!node.up) throw new StageError(`${id} is down: ask another node`);
    if (this.#opened().kind !== 'broadcast')
      throw new StageError('this protocol broadcasts nothing: put a value');
    node.request('propose', encodeValue(value), stageRun, (answer) =>
      done(answer.ok ? { ok: true, result: null } : answer),
    );
  }

  async run(untilMs: number, done: () => boolean): Promise<boolean> {
    // Time goes on to the end of the step even when nothing is due then.
    this.#scheduler.schedule(untilMs - this.nowMs, () => undefined);
    for (let events = 0; this.fall === null; events++) {
      if (done()) return true;
      if (events >= eventsMax)
        throw new StageError(`more than ${eventsMax} events in one step: run for less time`);
      if (!this.#scheduler.runNext(untilMs)) return false;
    }
    return false;
  }

  async settle(untilMs: number): Promise<boolean> {
    const { nodes, post } = this.#opened();
    for (;;) {
      // What is due at this very moment may begin another write.
      await this.run(this.nowMs, () => false);
      if (this.fall !== null) return false;
      const writes = [...nodes.values()].reduce((sum, { disk }) => sum + disk.writesUnderWay, 0);
      if (post.underWay + writes === 0) return true;
      if (!this.#scheduler.runNext(untilMs)) return false;
    }
  }

  look(id: NodeId): NodeView {
    const { host } = this.#node(id);
    const instance = host?.run(stageRun)?.instance(serverInstance);
    if (instance?.running !== true) {
      return { up: host !== null, observation: null, digest: null, value: () => null };
    }
    return {
      up: true,
      observation: instance.observe(),
      digest: instance.digest,
      value: (path) => {
        const result = decodeResult(instance.lookUp(encodeOperation({ op: 'get', path })));
        return result.op === 'get' ? { value: result.value, version: result.version } : null;
      },
    };
  }

  kindsSent(): ReadonlySet<string> {
    return this.#world?.post.kinds ?? new Set();
  }

  takeSeen(): readonly Seen[] {
    const seen = this.#seen;
    this.#seen = [];
    return seen;
  }

  #opened(): World {
    if (this.#world === null) throw new StageError('there is no cluster yet');
    return this.#world;
  }

  #node(id: NodeId): VirtualNode {
    const node = this.#opened().nodes.get(id);
    if (node === undefined) throw new StageError(`there is no node ${id}`);
    return node;
  }

  #build({ nodes: count, seed }: ClusterSpec, protocol: AnyProtocol, options: unknown): World {
    const scheduler = this.#scheduler;
    const ids = Array.from({ length: count }, (_, i) => `n${i + 1}`);
    const watch = new Watch(protocol, ids, options, () => scheduler.nowMs);
    const nodes = new Map<NodeId, VirtualNode>();
    const post = new PostOffice(scheduler, protocol, (from, to, frame) =>
      nodes.get(to)?.receive(from, frame),
    );
    // Cuts are the lab's, at the hosts: the links themselves stay up, as those of a room do.
    const links = new VirtualLinks(
      scheduler,
      seedRandom(seed, 'links'),
      () => [...nodes.values()],
      () => false,
    );
    ids.forEach((id, i) => {
      const node = new VirtualNode({
        id,
        seed: seed * 31 + i,
        scheduler,
        spec: () => specOf(stageRun, protocol, ids, options),
        flushMs: () => this.#writeMs.get(id) ?? writeMsDefault,
        send: (to, frame) => post.send(id, to, frame),
        onStep: (_node, instance, state, event, effects) => {
          if (instance === serverInstance) watch.afterStep(id, state, event, effects);
        },
        // A disk that fails crashes its node, as a class may see; anything else is the code's own fault.
        onDiskFailure: () => watch.afterCrash(id),
        onFailure: (_node, why, cause) => {
          if (cause instanceof StageError) throw cause;
          watch.fell({ rule: 'own-code', node: id, why: `${why}: ${cause.stack}` });
        },
        onTrace: (events) => this.#see(events),
        onLife: () => links.update(),
      });
      nodes.set(id, node);
    });
    return { kind: protocol.kind, nodes, post, watch };
  }

  #start(node: VirtualNode): void {
    node.start();
    this.#tellCuts(node);
  }

  #crash(node: VirtualNode, survivingWrites: number): void {
    if (!node.up) throw new StageError(`${node.id} is down already`);
    const { writesUnderWay } = node.disk;
    if (survivingWrites > writesUnderWay) {
      throw new StageError(
        `${node.id} has ${writesUnderWay} writes under way: it can't keep ${survivingWrites}`,
      );
    }
    node.crash(survivingWrites);
    this.#opened().watch.afterCrash(node.id);
  }

  #tellCuts(node: VirtualNode): void {
    const entries = this.#cuts.map(({ from, to }) => ({
      id: `cut ${from} ${to}`,
      fault: { kind: 'cut' as const, from, to },
    }));
    node.host?.setFaults(stageRun, entries);
  }

  #failWrite(node: VirtualNode): void {
    if (!node.up) throw new StageError(`${node.id} is down: it writes nothing`);
    node.disk.failNext();
  }

  #fire(node: VirtualNode, timer: string): void {
    const instance = node.host?.run(stageRun)?.instance(serverInstance);
    if (instance?.fireTimer(timer) === true) return;
    const running = Object.keys(instance?.timers() ?? {});
    throw new StageError(`${node.id} has no timer ${timer} now: there is ${running.join(', ') || 'none'}`);
  }

  #see(events: readonly TraceEvent[]): void {
    // A node's lab clock begins anew with each life; the machine's goes on.
    for (const event of events) this.#seen.push({ atMs: event.wallMs, event });
  }
}

function parseOptions(protocol: AnyProtocol, options: unknown): unknown {
  try {
    return protocol.parseOptions(options);
  } catch (error) {
    if (error instanceof OptionsError) throw new StageError(error.message);
    throw error;
  }
}

function decodeAnswer(answer: RequestAnswer): StageAnswer {
  return answer.ok ? { ok: true, result: decodeResult(answer.result) } : answer;
}
