import { decodeAccepted } from '@quorate/shared/broadcast';
import {
  type BroadcastId,
  type ControlAction,
  clientInstance,
  majority,
  type NodeId,
  OptionsError,
  type ProtocolKind,
  serverInstance,
} from '@quorate/shared/core';
import { anyNode, FaultError, type FaultInput, parseFault } from '@quorate/shared/faults';
import type { InputRecording } from '@quorate/shared/host';
import { findProtocol, runnableProtocols } from '@quorate/shared/registry';
import { CommandError, decodeResult, encodeOperation, encodeSaid } from '@quorate/shared/store';
import type { TraceEvent } from '@quorate/shared/trace';
import { encodeValue, WireError } from '@quorate/shared/wire';
import { QuorateError } from '../api/error.js';
import type {
  Command,
  CommandResult,
  FaultsApi,
  Json,
  QuorateApi,
  RoomInfo,
  Salvaged,
  StartOptions,
  Status,
  StepInput,
} from '../api/types.js';
import {
  changeRun,
  faultsMax,
  nextVersion,
  paceMin,
  type RoomDocument,
  type RunEntry,
  withRun,
} from './document.js';
import { History } from './history.js';
import { nothingSeen, Observed } from './observed.js';
import type { Room } from './room.js';
import { checkStep } from './step-input.js';

/** `window.quorate` over a room, and before there is one. */
export class Quorate implements QuorateApi {
  readonly faults: FaultsApi;
  readonly pace: QuorateApi['pace'];
  #room: Room | null = null;
  #history = new History('', null);
  #observed: Observed | null = null;
  #nextFault = 1;

  constructor() {
    this.faults = {
      set: (faults) => this.#setFaults(faults),
      add: async (fault) => {
        const entry = { id: this.#faultId(), fault: checkFault(fault) };
        this.#changeFaults((faults) => [...faults, entry]);
        return entry.id;
      },
      remove: async (id) => {
        const { run } = this.#hostsRun();
        if (!run.faults.some((entry) => entry.id === id))
          throw new QuorateError('bad-fault', `There is no fault ${id}.`);
        this.#changeFaults((faults) => faults.filter((entry) => entry.id !== id));
      },
      clear: async () => this.#changeFaults(() => []),
    };
    this.pace = { set: async (pace) => this.#setPace(pace) };
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
    const { room, document } = this.#hosts();
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
    const chosen = this.#checkVoters(room, voters, found.votersMin, found.votersMax);
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
    room.change(nextVersion(document, Date.now(), { runs: withRun(document.runs, run) }));
    return run.id;
  }

  async stop(): Promise<void> {
    this.#changeRun({ running: false });
  }

  async reconfigure(given: readonly string[]): Promise<void> {
    const { room, document, run } = this.#hostsRun();
    const found = findProtocol(run.protocol);
    if (found === null || !Array.isArray(given))
      throw new QuorateError('bad-voters', 'Give the list of node ids that are to vote.');
    // Two survive no crash; on the way from one to three they are right all the same.
    const voters = this.#checkVoters(room, given, 1, found.votersMax);
    const newcomers = voters.filter((id) => !run.servers.includes(id));
    if (newcomers.length > 0) {
      const servers = [...run.servers, ...newcomers];
      room.change(nextVersion(document, Date.now(), { runs: changeRun(document.runs, run.id, { servers }) }));
    }
    await this.#control(room, run.id, { kind: 'reconfigure', voters });
  }

  async transferLeadership(to: string): Promise<void> {
    const { room, run } = this.#hostsRun();
    await this.#control(room, run.id, { kind: 'transferLeadership', to });
  }

  async salvage(): Promise<Salvaged> {
    const { room, document, run } = this.#hostsRun();
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
    const runs = withRun(changeRun(document.runs, run.id, { running: false }), next);
    room.change(nextVersion(document, Date.now(), { runs }));
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

  async crash(node?: string): Promise<void> {
    const room = this.#joined();
    await room.order(node ?? room.self, 'crash');
  }

  async restart(node?: string): Promise<void> {
    const room = this.#joined();
    await room.order(node ?? room.self, 'restart');
  }

  async calm(): Promise<void> {
    const { room } = this.#hosts();
    if (room.run !== null) this.#changeRun({ faults: [], paused: false, until: null });
    const crashed = room.info().tabs.filter((tab) => tab.presence === 'here' && tab.lab === 'crashed');
    const restarts = await Promise.allSettled(crashed.map(({ id }) => room.order(id, 'restart')));
    for (const restart of restarts) if (restart.status === 'rejected') throw restart.reason;
  }

  async pause(): Promise<void> {
    this.#changeRun({ paused: true, until: null });
  }

  async resume(): Promise<void> {
    this.#changeRun({ paused: false, until: null });
  }

  async step(next: StepInput): Promise<void> {
    const { room, document, run } = this.#hostsRun();
    const order = checkStep(next);
    if (!run.paused) throw new QuorateError('not-paused', 'The lab runs. Pause it first: quorate.pause().');
    if ('until' in order) {
      const until = { milestone: order.until, serial: document.version };
      this.#changeRun({ paused: false, until });
    } else await room.order(order.node, order.step);
  }

  async stopIntroductions(): Promise<void> {
    this.#setIntroductions(false);
  }

  async resumeIntroductions(): Promise<void> {
    this.#setIntroductions(true);
  }

  #setIntroductions(introductions: boolean): void {
    const { room, document } = this.#hosts();
    room.change(nextVersion(document, Date.now(), { introductions }));
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

  #hosts(): { readonly room: Room; readonly document: RoomDocument } {
    const room = this.#joined();
    if (!room.isHost || room.document === null) {
      throw new QuorateError('not-host', 'Only the host of the room can do that.');
    }
    return { room, document: room.document };
  }

  #hostsRun(): { readonly room: Room; readonly document: RoomDocument; readonly run: RunEntry } {
    const { room, document } = this.#hosts();
    if (room.run === null) throw new QuorateError('not-running', 'No protocol runs. Start one first.');
    return { room, document, run: room.run };
  }

  #changeRun(change: Parameters<typeof changeRun>[2]): void {
    const { room, document, run } = this.#hostsRun();
    room.change(nextVersion(document, Date.now(), { runs: changeRun(document.runs, run.id, change) }));
  }

  #changeFaults(change: (faults: RunEntry['faults']) => RunEntry['faults']): void {
    const { run, room } = this.#hostsRun();
    const faults = change(run.faults);
    if (faults.length > faultsMax) {
      throw new QuorateError(
        'bad-fault',
        `At most ${faultsMax} faults at a time. Use '*' for every node, or clear some.`,
      );
    }
    const known = new Set<string>([anyNode, ...room.info().tabs.map((tab) => tab.id)]);
    for (const { fault } of faults) {
      const stranger = [fault.from, fault.to].find((end) => !known.has(end));
      if (stranger !== undefined)
        throw new QuorateError('unknown-node', `There is no tab ${stranger} in this room.`);
    }
    this.#changeRun({ faults });
  }

  async #setFaults(faults: Parameters<FaultsApi['set']>[0]): Promise<readonly string[]> {
    if (!Array.isArray(faults)) throw new QuorateError('bad-fault', 'Give a list of faults.');
    const entries = faults.map((fault) => ({ id: this.#faultId(), fault: checkFault(fault) }));
    this.#changeFaults(() => entries);
    return entries.map((entry) => entry.id);
  }

  /** Unlike those of the host's earlier pages, too: counts of touched messages go by these ids. */
  #faultId(): string {
    return `fault-${Date.now().toString(36)}-${this.#nextFault++}`;
  }

  #setPace(given: number): void {
    const pace = given > 1 ? 1 / given : given;
    if (typeof given !== 'number' || !(pace >= paceMin)) {
      throw new QuorateError(
        'bad-pace',
        'Give 1 for real time, or less: 1/40 is forty times slower, 1/1000 the slowest.',
      );
    }
    const { room, document } = this.#hosts();
    const runs = room.run === null ? document.runs : changeRun(document.runs, room.run.id, { pace });
    room.change(nextVersion(document, Date.now(), { pace, runs }));
  }

  #checkVoters(room: Room, given: StartOptions['voters'], min: number, max: number): NodeId[] {
    const tabs = room.info().tabs.filter((tab) => !tab.watching);
    const present = tabs.filter((tab) => tab.presence === 'here').map((tab) => tab.id);
    if (given !== undefined && !Array.isArray(given))
      throw new QuorateError('bad-voters', 'Give a list of node ids, or none for all tabs.');
    const voters = given === undefined ? room.links.inOrderOfJoining(present).slice(0, max) : [...given];
    const known = new Set(tabs.map((tab) => tab.id));
    for (const voter of voters) {
      if (!known.has(voter))
        throw new QuorateError('unknown-node', `There is no tab ${String(voter)} in this room.`);
    }
    if (new Set(voters).size !== voters.length)
      throw new QuorateError('bad-voters', 'A voter is named twice.');
    if (voters.length !== 1 && (voters.length < min || voters.length > max)) {
      throw new QuorateError(
        'bad-voters',
        `Choose ${min} to ${max} voters, or one tab alone to try it; these are ${voters.length}.`,
      );
    }
    return voters;
  }

  #observe(events: readonly TraceEvent[]): void {
    const room = this.#room;
    const run = room?.run ?? null;
    if (room === null || run === null) return;
    if (this.#observed?.run !== run.id) this.#observed = new Observed(run.id, room.self);
    for (const event of events) this.#observed.take(event);
  }
}

function newRunId(protocol: string, { version }: RoomDocument): string {
  return `${protocol}-${version + 1}-${crypto.getRandomValues(new Uint32Array(1))[0]?.toString(36)}`;
}

const failureSentences = {
  crashed: 'This node crashed before the answer came.',
  stopped: 'The run was stopped before the answer came.',
  timeout: 'No answer came in time: is there a majority?',
  busy: 'Too many commands are under way: wait for some answers.',
  'session-expired': 'The cluster has forgotten this session.',
  'too-large': 'The command is too large.',
  'bad-command': 'The store refused the command.',
  unsupported: 'This protocol can’t do that.',
  'another-under-way': 'Another change is under way: wait until it has ended.',
  'bad-voters': 'These nodes can’t vote, or the one that was to lead has no vote.',
  'not-caught-up': 'A new voter did not get the log in time: is it there? The voters are as they were.',
  'not-transferred': 'The node that was to lead did not take over in time.',
} as const;

function checkFault(fault: FaultInput): ReturnType<typeof parseFault> {
  try {
    return parseFault(fault);
  } catch (error) {
    throw error instanceof FaultError ? new QuorateError('bad-fault', error.message) : error;
  }
}

function checkOptions(parse: () => unknown): unknown {
  try {
    return parse();
  } catch (error) {
    throw error instanceof OptionsError ? new QuorateError('bad-options', error.message) : error;
  }
}

/** The store answers some commands with why it can't carry them out: too many entries, say. */
function readResult(bytes: Uint8Array): CommandResult | QuorateError {
  try {
    return decodeResult(bytes);
  } catch (error) {
    if (error instanceof CommandError || error instanceof WireError)
      return new QuorateError('bad-command', error.message);
    throw error;
  }
}

/** What was said in a log goes by the entry that it is. */
function saidName(origin: NodeId, result: CommandResult | QuorateError): BroadcastId {
  if (result instanceof QuorateError) throw result;
  if (!('index' in result)) throw new QuorateError('bad-command', 'The store refused it.');
  return { origin, incarnation: 1, sequence: result.index };
}

function encodeCommand(command: Command): Uint8Array {
  return encode(() => encodeOperation(command));
}

function encode(make: () => Uint8Array): Uint8Array {
  try {
    return make();
  } catch (error) {
    throw error instanceof CommandError ? new QuorateError('bad-command', error.message) : error;
  }
}
