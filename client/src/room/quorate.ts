import { decodeAccepted } from '@quorate/shared/broadcast';
import {
  type BroadcastId,
  type ControlAction,
  clientInstance,
  majority,
  type ProtocolKind,
  serverInstance,
} from '@quorate/shared/core';
import type { InputRecording } from '@quorate/shared/host';
import { findProtocol } from '@quorate/shared/registry';
import { encodeSaid, isJson } from '@quorate/shared/store';
import type { TraceEvent } from '@quorate/shared/trace';
import { encodeValue } from '@quorate/shared/wire';
import { QuorateError } from '../api/error.js';
import type {
  Command,
  CommandResult,
  FaultsApi,
  GroupsApi,
  Json,
  MembersApi,
  QuorateApi,
  QuorateErrorCode,
  RoomInfo,
  Salvaged,
  StartOptions,
  Status,
  StepInput,
  Students,
} from '../api/types.js';
import { checkName, checkVoters, encode, encodeCommand, newRunId, readResult, saidName } from './checks.js';
import type { Change } from './control/index.js';
import { paceMin, type RunEntry, runsOn, studentRights, takesPart } from './document.js';
import { failureOf, failureSentences } from './failures.js';
import { FaultDesk } from './fault-desk.js';
import { GroupDesk, groupName } from './group-desk.js';
import { Helm } from './helm.js';
import { History } from './history.js';
import { newRun, startable } from './new-run.js';
import { nothingSeen } from './observed.js';
import { ObservedRuns } from './observed-runs.js';
import type { OrderAction } from './order-seal.js';
import type { Room } from './room.js';
import { checkStep } from './step-input.js';

/** Refusals after which the voters are certainly as they were. */
const votersAsBefore: ReadonlySet<QuorateErrorCode> = new Set([
  'not-caught-up',
  'another-under-way',
  'bad-voters',
  'unsupported',
] as const);

/** `window.quorate` over a room, and before there is one. */
export class Quorate implements QuorateApi {
  readonly #helm = new Helm();
  readonly faults: FaultsApi = new FaultDesk(this.#helm);
  readonly groups: GroupsApi = new GroupDesk(this.#helm, () => this.#observed);
  readonly pace: QuorateApi['pace'];
  readonly members: MembersApi;
  #history = new History('', null);
  #observed: ObservedRuns | null = null;

  constructor() {
    this.pace = { set: (pace, run) => this.#setPace(pace, run) };
    const change = (change: Change): Promise<void> => this.#helm.joined().change(change);
    this.members = {
      appoint: async (node) => {
        if (
          this.#helm
            .joined()
            .info()
            .tabs.some((tab) => tab.id === node && tab.watching)
        )
          throw new QuorateError('watching', 'A watching page has no key to sign with.');
        await change({ kind: 'appoint', node: this.#helm.tab(node) });
      },
      dismiss: async (node) => change({ kind: 'dismiss', node: this.#helm.tab(node) }),
      rename: async (node, name) =>
        change({ kind: 'rename', node: this.#helm.tab(node), name: checkName(name) }),
      remove: async (node) => change({ kind: 'remove', node: this.#helm.tab(node) }),
    };
  }

  /** Lets the API speak for this room. */
  attach(room: Room): void {
    this.#helm.attach(room);
    this.#history = new History(room.self, null);
    const observed = new ObservedRuns(room.self);
    this.#observed = observed;
    room.telemetry.on((events) =>
      observed.take(
        events,
        runsOn(room.document).map(({ id }) => id),
      ),
    );
    // What a lab was before it crashed says nothing of the one that takes its place.
    room.onChange(() => {
      if (room.lab?.alive === false) observed.forgetOwn();
    });
  }

  nodeId(): string {
    return this.#helm.joined().self;
  }

  room(): RoomInfo {
    return this.#helm.joined().info();
  }

  status(): Status {
    const { room } = this.#helm;
    const run = room?.runInView ?? null;
    const isOurs = run !== null && room?.run?.id === run.id;
    // A watching page has no lab, nor has another group's run one here: to them, a run is on when the room says so.
    const alive = !isOurs || (room?.lab?.alive ?? true);
    const seen = run === null ? null : (this.#observed?.of(run.id) ?? null);
    const initial = run?.voters ?? [];
    const membership = seen?.membership(initial) ?? { voters: initial, incoming: [], learners: [] };
    const base = {
      protocol: run?.protocol ?? null,
      run: run?.id ?? null,
      group: run === null || run.group === null ? null : groupName(run.group),
      takesPart: isOurs && room?.lab !== null,
      running: run !== null && alive,
      ...membership,
      pace: run?.pace ?? room?.document?.pace ?? 1,
      paused: run?.paused ?? false,
      salvaged: run?.salvaged ?? null,
      traced: room?.telemetry.seen ?? 0,
    };
    if (room === null || !base.running || seen === null) return { ...base, ...nothingSeen };
    if (!isOurs) return { ...base, ...seen.fromOutside(null) };
    const { voters, incoming, learners } = membership;
    if ([...voters, ...incoming].includes(room.self)) return { ...base, ...seen.own() };
    if (learners.includes(room.self)) return { ...base, ...seen.own(), role: 'learner' };
    return { ...base, ...seen.fromOutside(room.lab === null ? null : clientInstance) };
  }

  async start(given: StartOptions): Promise<string> {
    const { room, document } = this.#helm.drives();
    // From a script, it may be anything.
    const { protocol, voters, options }: Partial<StartOptions> = given ?? {};
    const [on] = runsOn(document);
    if (on !== undefined) {
      throw new QuorateError(
        'already-running',
        `${on.protocol} runs already. Stop it first: quorate.stop().`,
      );
    }
    const found = startable(protocol);
    const chosen = checkVoters(room, voters, found.votersMin, found.votersMax);
    const run = newRun(document, found, { voters: chosen, options, group: null });
    await room.change({ kind: 'start', run });
    return run.id;
  }

  async stop(named?: string): Promise<void> {
    const { room, run } = this.#helm.drivesRun(named);
    await room.change({ kind: 'stop', run: run.id });
  }

  async reconfigure(given: readonly string[], named?: string): Promise<void> {
    const { room, run } = this.#helm.drivesRun(named);
    const found = findProtocol(run.protocol);
    if (found === null || !Array.isArray(given))
      throw new QuorateError('bad-voters', 'Give the list of node ids that are to vote.');
    // Two survive no crash; on the way from one to three they are right all the same.
    const voters = checkVoters(room, given, 1, found.votersMax);
    const newcomers = voters.filter((id) => !run.servers.includes(id));
    if (newcomers.length > 0) await room.change({ kind: 'addServers', run: run.id, servers: newcomers });
    try {
      await this.#control(room, run, { kind: 'reconfigure', voters });
    } catch (error) {
      // Whoever was to come into a group, and did not, must be free to join another.
      const isAsBefore = error instanceof QuorateError && votersAsBefore.has(error.code);
      if (run.group !== null && newcomers.length > 0 && isAsBefore)
        await room.change({ kind: 'leaveGroup', run: run.id, nodes: newcomers });
      throw error;
    }
    // In the whole room they go on without a vote; out of a group they are free to join another.
    const leaving = run.servers.filter((id) => !voters.includes(id));
    if (run.group !== null && leaving.length > 0)
      await room.change({ kind: 'leaveGroup', run: run.id, nodes: leaving });
  }

  async transferLeadership(to: string, named?: string): Promise<void> {
    const { room, run } = this.#helm.drivesRun(named);
    await this.#control(room, run, { kind: 'transferLeadership', to });
  }

  async salvage(named?: string): Promise<Salvaged> {
    const { room, document, run } = this.#helm.drivesRun(named);
    const observed = this.#observed?.of(run.id) ?? null;
    const { voters } = observed?.membership(run.voters) ?? run;
    const left = new Set(
      room
        .info()
        .tabs.filter((tab) => tab.presence === 'here' && tab.lab === 'running')
        .map((tab) => tab.id),
    );
    const survivors = voters.filter((id) => left.has(id));
    if (survivors.length >= majority(voters.length)) {
      throw new QuorateError(
        'majority-here',
        'A majority of the voters is here: nothing has to be given up.',
      );
    }
    const kept = observed?.mostAdvanced(survivors) ?? null;
    if (kept === null) throw new QuorateError('unreachable', 'No voter is left whose log is known.');
    const salvaged = { ...kept, run: run.id };
    const next: RunEntry = {
      ...run,
      id: newRunId(run.protocol, document),
      voters: [kept.node],
      servers: survivors,
      salvaged,
      paused: false,
      until: null,
      faults: [],
    };
    await room.change({ kind: 'salvage', run: run.id, next });
    if (survivors.length > 1) await this.#control(room, next, { kind: 'reconfigure', voters: survivors });
    return salvaged;
  }

  async submit(command: Command): Promise<CommandResult> {
    const operation = encodeCommand(command);
    const { room, run, lab } = this.#asks('log', 'This protocol has no store: use quorate.broadcast.');
    if (this.#history.run !== run.id) this.#history = new History(room.self, run.id);
    const known = this.#history.invoke(command);
    const kind = command.op === 'get' || command.op === 'list' ? 'read' : 'propose';
    room.links.askServers();
    const answer = await lab.request(run.id, kind, operation);
    if (answer !== 'crashed' && answer.ok) {
      const result = readResult(answer.result);
      known(result instanceof QuorateError ? 'unknown' : result);
      if (result instanceof QuorateError) throw result;
      return result;
    }
    const code = answer === 'crashed' ? 'crashed' : answer.ok ? 'stopped' : answer.error;
    const isUnknown = code !== 'busy' && code !== 'too-large';
    known(isUnknown ? 'unknown' : 'not-taken');
    const outcome = isUnknown ? ` The outcome of ${command.op} ${command.path} is unknown.` : '';
    throw new QuorateError(code, failureSentences[code] + outcome);
  }

  async broadcast(value: Json): Promise<BroadcastId> {
    // From a script, it may be anything.
    if (!isJson(value))
      throw new QuorateError('bad-command', 'Give a JSON value: a text, a number, a list, an object.');
    const { room, run, lab } = this.#asks(null, '');
    const isLog = findProtocol(run.protocol)?.kind === 'log';
    const payload = isLog ? encode(() => encodeSaid(room.self, value)) : encodeValue(value);
    room.links.askServers();
    const answer = await lab.request(run.id, 'propose', payload);
    if (answer !== 'crashed' && answer.ok)
      return isLog ? saidName(room.self, readResult(answer.result)) : decodeAccepted(answer.result);
    const code = failureOf(answer) ?? 'stopped';
    throw new QuorateError(code, failureSentences[code]);
  }

  /** What a request is made of, where this tab can make one of this kind. */
  #asks(
    kind: ProtocolKind | null,
    otherwise: string,
  ): { readonly room: Room; readonly run: RunEntry; readonly lab: NonNullable<Room['lab']> } {
    const room = this.#helm.joined();
    const { run, lab } = room;
    if (lab === null)
      throw new QuorateError('watching', 'This page only watches. Join the room to submit commands.');
    if (run === null) throw noRun(room);
    if (!lab.alive)
      throw new QuorateError('crashed', 'This node has crashed. Restart it first: quorate.restart().');
    if (kind !== null && findProtocol(run.protocol)?.kind !== kind)
      throw new QuorateError('unsupported', otherwise);
    return { room, run, lab };
  }

  history(): ReturnType<QuorateApi['history']> {
    return this.#history.lines();
  }

  trace(since?: number): readonly TraceEvent[] {
    return this.#helm.joined().telemetry.events(since);
  }

  async inputs(instance: string = serverInstance): Promise<InputRecording> {
    const room = this.#helm.joined();
    const { lab, run } = room;
    if (lab === null) throw new QuorateError('watching', 'This page only watches: it has no node.');
    if (run === null) throw noRun(room);
    const recording = await lab.inputs(run.id, instance);
    if (recording === 'crashed')
      throw new QuorateError('crashed', 'This node has crashed, and its recording went with it.');
    if (recording === null)
      throw new QuorateError(
        'not-running',
        `This node runs no ${instance}: it has no vote, or no such part.`,
      );
    return recording;
  }

  async permit(given: Students): Promise<void> {
    const students = studentRights.find((right) => right === given);
    if (students === undefined)
      throw new QuorateError('bad-options', `Give one of: ${studentRights.join(', ')}.`);
    await this.#helm.joined().change({ kind: 'permit', students });
  }

  async endRoom(): Promise<void> {
    await this.#helm.joined().change({ kind: 'end' });
  }

  async crash(node?: string): Promise<void> {
    const room = this.#helm.joined();
    await room.order(node ?? room.self, 'crash');
  }

  async restart(node?: string): Promise<void> {
    const room = this.#helm.joined();
    await room.order(node ?? room.self, 'restart');
  }

  async calm(named?: string): Promise<void> {
    const { room } = this.#helm.drives();
    const run = named === undefined ? room.runInView : this.#helm.drivesRun(named).run;
    if (run !== null && run.faults.length > 0)
      await room.change({ kind: 'faults', run: run.id, end: 'all', add: [] });
    if (run !== null && (run.paused || run.until !== null))
      await room.change({ kind: 'pause', run: run.id, paused: false, until: null });
    const crashed = room
      .info()
      .tabs.filter((tab) => tab.presence === 'here' && tab.lab === 'crashed')
      .filter((tab) => run === null || takesPart(run, tab.id));
    const restarts = await Promise.allSettled(crashed.map(({ id }) => room.order(id, 'restart')));
    for (const restart of restarts) if (restart.status === 'rejected') throw restart.reason;
  }

  async pause(run?: string): Promise<void> {
    await this.#pause(true, run);
  }

  async resume(run?: string): Promise<void> {
    await this.#pause(false, run);
  }

  async stopIntroductions(): Promise<void> {
    await this.#helm.joined().change({ kind: 'introductions', wanted: false });
  }

  async resumeIntroductions(): Promise<void> {
    await this.#helm.joined().change({ kind: 'introductions', wanted: true });
  }

  async step(next: StepInput, named?: string): Promise<void> {
    const { room, run } = this.#helm.drivesRun(named);
    const order = checkStep(next);
    if (!run.paused) throw new QuorateError('not-paused', 'The lab runs. Pause it first: quorate.pause().');
    if ('until' in order)
      return room.change({ kind: 'pause', run: run.id, paused: false, until: order.until });
    if (!takesPart(run, order.node))
      throw new QuorateError('unknown-node', `${order.node} takes no part in that run.`);
    await room.order(order.node, order.step);
  }

  /** Has a cluster asked: by this tab's node, where it takes part, else by one that does. */
  async #control(room: Room, run: RunEntry, action: ControlAction): Promise<void> {
    if (room.lab === null)
      throw new QuorateError('watching', 'This page only watches: it has no node that could ask.');
    if (!takesPart(run, room.self)) return room.order(this.#spokesman(room, run), control(run, action));
    room.links.askServers();
    const failure = failureOf(await room.lab.control(run.id, action));
    if (failure !== null) throw new QuorateError(failure, failureSentences[failure]);
  }

  /** Who of a group can be asked for something: its leader, or another that is there. */
  #spokesman(room: Room, run: RunEntry): string {
    const able = room
      .info()
      .tabs.filter((tab) => tab.presence === 'here' && tab.lab !== 'crashed' && takesPart(run, tab.id))
      .map(({ id }) => id);
    const leader = this.#observed?.of(run.id)?.fromOutside(null).leader;
    const spokesman = able.find((id) => id === leader) ?? able[0];
    if (spokesman === undefined) throw new QuorateError('unreachable', 'Nobody of that group is here.');
    return spokesman;
  }

  async #pause(paused: boolean, named?: string): Promise<void> {
    const { room, run } = this.#helm.drivesRun(named);
    await room.change({ kind: 'pause', run: run.id, paused, until: null });
  }

  async #setPace(given: number, named?: string): Promise<void> {
    const pace = given > 1 ? 1 / given : given;
    if (typeof given !== 'number' || !(pace >= paceMin)) {
      throw new QuorateError(
        'bad-pace',
        'Give 1 for real time, or less: 1/40 is forty times slower, 1/1000 the slowest.',
      );
    }
    const { room } = this.#helm.drives();
    const run = named === undefined ? room.runInView : this.#helm.drivesRun(named).run;
    await room.change(
      run === null || run.group === null ? { kind: 'pace', pace } : { kind: 'groupPace', run: run.id, pace },
    );
  }
}

/** Why this tab's node takes part in nothing. */
function noRun({ document }: Room): QuorateError {
  return runsOn(document).length === 0
    ? new QuorateError('not-running', 'No protocol runs. The host starts one.')
    : new QuorateError('watching', 'This tab is in no group: it only watches.');
}

function control({ id: run }: RunEntry, action: ControlAction): OrderAction {
  return action.kind === 'reconfigure'
    ? { kind: 'control', run, action: { kind: action.kind, voters: [...action.voters] } }
    : { kind: 'control', run, action };
}
