import { decodeAccepted } from '@quorate/shared/broadcast';
import {
  type BroadcastId,
  type ControlAction,
  clientInstance,
  majority,
  type ProtocolKind,
  serverInstance,
} from '@quorate/shared/core';
import { anyNode, type FaultInput } from '@quorate/shared/faults';
import type { InputRecording } from '@quorate/shared/host';
import { findProtocol, runnableProtocols } from '@quorate/shared/registry';
import { encodeSaid, isJson } from '@quorate/shared/store';
import type { TraceEvent } from '@quorate/shared/trace';
import { encodeValue } from '@quorate/shared/wire';
import { QuorateError } from '../api/error.js';
import type {
  Command,
  CommandResult,
  FaultsApi,
  Json,
  MembersApi,
  QuorateApi,
  RoomInfo,
  Salvaged,
  StartOptions,
  Status,
  StepInput,
  Students,
} from '../api/types.js';
import {
  checkFault,
  checkName,
  checkOptions,
  checkVoters,
  encode,
  encodeCommand,
  failureSentences,
  newRunId,
  readResult,
  saidName,
} from './checks.js';
import type { Change } from './control/index.js';
import { faultsMax, paceMin, type RoomDocument, type RunEntry, studentRights } from './document.js';
import { History } from './history.js';
import { nothingSeen, Observed } from './observed.js';
import type { Room } from './room.js';
import { checkStep } from './step-input.js';

/** `window.quorate` over a room, and before there is one. */
export class Quorate implements QuorateApi {
  readonly faults: FaultsApi;
  readonly pace: QuorateApi['pace'];
  readonly members: MembersApi;
  #room: Room | null = null;
  #history = new History('', null);
  #observed: Observed | null = null;
  #nextFault = 1;

  constructor() {
    this.faults = {
      set: async (faults) => {
        if (!Array.isArray(faults)) throw new QuorateError('bad-fault', 'Give a list of faults.');
        return this.#changeFaults('all', faults);
      },
      add: async (fault) => (await this.#changeFaults([], [fault]))[0] ?? '',
      remove: async (id) => {
        const { run } = this.#drivesRun();
        if (!run.faults.some((entry) => entry.id === id))
          throw new QuorateError('bad-fault', `There is no fault ${id}.`);
        await this.#changeFaults([id], []);
      },
      clear: async () => {
        await this.#changeFaults('all', []);
      },
    };
    this.pace = { set: (pace) => this.#setPace(pace) };
    const change = (change: Change): Promise<void> => this.#joined().change(change);
    this.members = {
      appoint: async (node) => {
        if (
          this.#joined()
            .info()
            .tabs.some((tab) => tab.id === node && tab.watching)
        )
          throw new QuorateError('watching', 'A watching page has no key to sign with.');
        await change({ kind: 'appoint', node: this.#tab(node) });
      },
      dismiss: async (node) => change({ kind: 'dismiss', node: this.#tab(node) }),
      rename: async (node, name) => change({ kind: 'rename', node: this.#tab(node), name: checkName(name) }),
      remove: async (node) => change({ kind: 'remove', node: this.#tab(node) }),
    };
  }

  /** Lets the API speak for this room. */
  attach(room: Room): void {
    this.#room = room;
    this.#history = new History(room.self, null);
    room.telemetry.on((events) => this.#observe(events));
    // What a lab was before it crashed says nothing of the one that takes its place.
    room.onChange(() => {
      if (room.lab?.alive === false) this.#observed?.forgetOwn();
    });
  }

  nodeId(): string {
    return this.#joined().self;
  }

  room(): RoomInfo {
    return this.#joined().info();
  }

  status(): Status {
    const room = this.#room;
    const run = room?.run ?? null;
    // A watching page has no lab: to it, a run is on when the room says so.
    const alive = room?.lab?.alive ?? true;
    const seen = this.#observed?.run === run?.id ? this.#observed : null;
    const initial = run?.voters ?? [];
    const membership = seen?.membership(initial) ?? { voters: initial, incoming: [], learners: [] };
    const base = {
      protocol: run?.protocol ?? null,
      run: run?.id ?? null,
      running: run !== null && alive,
      ...membership,
      pace: run?.pace ?? room?.document?.pace ?? 1,
      paused: run?.paused ?? false,
      salvaged: run?.salvaged ?? null,
      traced: room?.telemetry.seen ?? 0,
    };
    if (room === null || !base.running || seen === null) return { ...base, ...nothingSeen };
    const { voters, incoming, learners } = membership;
    if ([...voters, ...incoming].includes(room.self)) return { ...base, ...seen.own() };
    if (learners.includes(room.self)) return { ...base, ...seen.own(), role: 'learner' };
    return { ...base, ...seen.fromOutside(room.lab === null ? null : clientInstance) };
  }

  async start(given: StartOptions): Promise<string> {
    const { room, document } = this.#drives();
    // From a script, it may be anything.
    const { protocol, voters, options }: Partial<StartOptions> = given ?? {};
    if (room.run !== null) {
      throw new QuorateError(
        'already-running',
        `${room.run.protocol} runs already. Stop it first: quorate.stop().`,
      );
    }
    const found = findProtocol(protocol ?? '');
    if (found === null) {
      const known = runnableProtocols().join(', ');
      throw new QuorateError(
        'unknown-protocol',
        `There is no protocol ${String(protocol)} here. Give one of: ${known}.`,
      );
    }
    const chosen = checkVoters(room, voters, found.votersMin, found.votersMax);
    const run: RunEntry = {
      id: newRunId(found.name, document),
      protocol: found.name,
      voters: chosen,
      servers: chosen,
      salvaged: null,
      options: checkOptions(() => found.parseOptions(options ?? {})),
      running: true,
      pace: document.pace,
      paused: false,
      until: null,
      faults: [],
    };
    await room.change({ kind: 'start', run });
    return run.id;
  }

  async stop(): Promise<void> {
    const { room, run } = this.#drivesRun();
    await room.change({ kind: 'stop', run: run.id });
  }

  async reconfigure(given: readonly string[]): Promise<void> {
    const { room, run } = this.#drivesRun();
    const found = findProtocol(run.protocol);
    if (found === null || !Array.isArray(given))
      throw new QuorateError('bad-voters', 'Give the list of node ids that are to vote.');
    // Two survive no crash; on the way from one to three they are right all the same.
    const voters = checkVoters(room, given, 1, found.votersMax);
    const newcomers = voters.filter((id) => !run.servers.includes(id));
    if (newcomers.length > 0) await room.change({ kind: 'addServers', run: run.id, servers: newcomers });
    await this.#control(room, run.id, { kind: 'reconfigure', voters });
  }

  async transferLeadership(to: string): Promise<void> {
    const { room, run } = this.#drivesRun();
    await this.#control(room, run.id, { kind: 'transferLeadership', to });
  }

  async salvage(): Promise<Salvaged> {
    const { room, document, run } = this.#drivesRun();
    const { voters } = this.status();
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
    const kept = this.#observed?.mostAdvanced(survivors) ?? null;
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
    if (survivors.length > 1) await this.#control(room, next.id, { kind: 'reconfigure', voters: survivors });
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
    const code = answer === 'crashed' ? 'crashed' : answer.error;
    throw new QuorateError(code, failureSentences[code]);
  }

  /** What a request is made of, where this tab can make one of this kind. */
  #asks(
    kind: ProtocolKind | null,
    otherwise: string,
  ): { readonly room: Room; readonly run: RunEntry; readonly lab: NonNullable<Room['lab']> } {
    const room = this.#joined();
    const { run, lab } = room;
    if (lab === null)
      throw new QuorateError('watching', 'This page only watches. Join the room to submit commands.');
    if (run === null) throw new QuorateError('not-running', 'No protocol runs. The host starts one.');
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
    return this.#joined().telemetry.events(since);
  }

  async inputs(instance: string = serverInstance): Promise<InputRecording> {
    const { lab, run } = this.#joined();
    if (lab === null) throw new QuorateError('watching', 'This page only watches: it has no node.');
    if (run === null) throw new QuorateError('not-running', 'No protocol runs. The host starts one.');
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
    await this.#joined().change({ kind: 'permit', students });
  }

  async endRoom(): Promise<void> {
    await this.#joined().change({ kind: 'end' });
  }

  async crash(node?: string): Promise<void> {
    const room = this.#joined();
    await room.order(node ?? room.self, 'crash');
  }

  async restart(node?: string): Promise<void> {
    const room = this.#joined();
    await room.order(node ?? room.self, 'restart');
  }

  async calm(): Promise<void> {
    const { room } = this.#drives();
    const { run } = room;
    if (run !== null && run.faults.length > 0)
      await room.change({ kind: 'faults', run: run.id, end: 'all', add: [] });
    if (run !== null && (run.paused || run.until !== null))
      await room.change({ kind: 'pause', run: run.id, paused: false, until: null });
    const crashed = room.info().tabs.filter((tab) => tab.presence === 'here' && tab.lab === 'crashed');
    const restarts = await Promise.allSettled(crashed.map(({ id }) => room.order(id, 'restart')));
    for (const restart of restarts) if (restart.status === 'rejected') throw restart.reason;
  }

  async pause(): Promise<void> {
    await this.#pause(true);
  }

  async resume(): Promise<void> {
    await this.#pause(false);
  }

  async stopIntroductions(): Promise<void> {
    await this.#joined().change({ kind: 'introductions', wanted: false });
  }

  async resumeIntroductions(): Promise<void> {
    await this.#joined().change({ kind: 'introductions', wanted: true });
  }

  async step(next: StepInput): Promise<void> {
    const { room, run } = this.#drivesRun();
    const order = checkStep(next);
    if (!run.paused) throw new QuorateError('not-paused', 'The lab runs. Pause it first: quorate.pause().');
    if ('until' in order)
      await room.change({ kind: 'pause', run: run.id, paused: false, until: order.until });
    else await room.order(order.node, order.step);
  }

  async #control(room: Room, run: string, action: ControlAction): Promise<void> {
    if (room.lab === null)
      throw new QuorateError('watching', 'This page only watches: it has no node that could ask.');
    room.links.askServers();
    const answer = await room.lab.control(run, action);
    const code = answer === 'crashed' ? 'crashed' : answer.ok ? null : answer.error;
    if (code !== null) throw new QuorateError(code, failureSentences[code]);
  }

  #joined(): Room {
    if (this.#room === null)
      throw new QuorateError('not-in-room', 'This tab is in no room. Host or join one first.');
    return this.#room;
  }

  #drives(): { readonly room: Room; readonly document: RoomDocument } {
    const room = this.#joined();
    if (!room.mayDrive || room.document === null) {
      throw new QuorateError('not-host', 'Only the host of the room can do that.');
    }
    return { room, document: room.document };
  }

  #drivesRun(): { readonly room: Room; readonly document: RoomDocument; readonly run: RunEntry } {
    const { room, document } = this.#drives();
    if (room.run === null) throw new QuorateError('not-running', 'No protocol runs. Start one first.');
    return { room, document, run: room.run };
  }

  async #pause(paused: boolean): Promise<void> {
    const { room, run } = this.#drivesRun();
    await room.change({ kind: 'pause', run: run.id, paused, until: null });
  }

  async #changeFaults(end: 'all' | readonly string[], given: readonly FaultInput[]): Promise<string[]> {
    const { run, room } = this.#drivesRun();
    const add = given.map((fault) => ({ id: this.#faultId(), fault: checkFault(fault) }));
    if (add.length > faultsMax) {
      throw new QuorateError(
        'bad-fault',
        `At most ${faultsMax} faults at a time. Use '*' for every node, or clear some.`,
      );
    }
    const known = new Set<string>([anyNode, ...room.info().tabs.map((tab) => tab.id)]);
    for (const { fault } of add) {
      const stranger = [fault.from, fault.to].find((end) => !known.has(end));
      if (stranger !== undefined)
        throw new QuorateError('unknown-node', `There is no tab ${stranger} in this room.`);
    }
    await room.change({ kind: 'faults', run: run.id, end: end === 'all' ? end : [...end], add });
    return add.map((entry) => entry.id);
  }

  /** Unlike those of the host's earlier pages, too: counts of touched messages go by these ids. */
  #faultId(): string {
    return `fault-${Date.now().toString(36)}-${this.#nextFault++}`;
  }

  async #setPace(given: number): Promise<void> {
    const pace = given > 1 ? 1 / given : given;
    if (typeof given !== 'number' || !(pace >= paceMin)) {
      throw new QuorateError(
        'bad-pace',
        'Give 1 for real time, or less: 1/40 is forty times slower, 1/1000 the slowest.',
      );
    }
    await this.#drives().room.change({ kind: 'pace', pace });
  }

  /** A tab of this room, as a script has named it. */
  #tab(given: string): string {
    const known = this.#joined()
      .info()
      .tabs.some((tab) => tab.id === given);
    if (!known) throw new QuorateError('unknown-node', `There is no tab ${String(given)} in this room.`);
    return given;
  }

  #observe(events: readonly TraceEvent[]): void {
    const room = this.#room;
    const run = room?.run ?? null;
    if (room === null || run === null) return;
    if (this.#observed?.run !== run.id) this.#observed = new Observed(run.id, room.self);
    for (const event of events) this.#observed.take(event);
  }
}
