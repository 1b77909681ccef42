import type { ControlAction, Effect, InstanceName, NodeId, ProcessEvent, RunId } from '../core/index.js';
import type { FaultEntry, LiarSpec } from '../faults/index.js';
import { Recorder, type TraceBody, type TraceEvent, type TraceLimits } from '../trace/index.js';
import { decodeFrame, encodeFrame, type Frame } from '../wire/index.js';
import type { InputLimits, InputRecording } from './input-recording.js';
import type { Instance } from './instance.js';
import { type Cancel, LabClock } from './lab-clock.js';
import { sleptMs, watchdogMs } from './limits.js';
import type { Clock, Crypto, Disk, Network } from './ports.js';
import { messageId, type RequestAnswer, Run, type RunSpec } from './run.js';
import type { LabStep, Milestone, StepError } from './stepping.js';

export type HostPorts = {
  readonly disk: Disk;
  readonly network: Network;
  readonly clock: Clock;
  readonly crypto: Crypto;
};

export type HostOptions = {
  readonly self: NodeId;
  /** The room's code; signatures cover it. */
  readonly room?: string;
  /** Rises with each start of this node's host; told apart from earlier lives by it. */
  readonly life: number;
  readonly seed: number;
  readonly ports: HostPorts;
  /** The machine's time in ms since 1970, for the trace alone. */
  readonly wallMs: () => number;
  /** Whole batches of this node's trace events; null where nobody reads them. */
  readonly onTrace: ((events: readonly TraceEvent[]) => void) | null;
  /** How often, in real ms, the trace is handed on. */
  readonly traceEveryMs: number;
  /** What of it may be left out is told so often; the rest is counted. */
  readonly traceLimits: TraceLimits;
  /** The node can't go on. Whoever made the host ends it, as a crash. */
  readonly onFailure: (why: string, cause: Error) => void;
  /** A frame that was malformed, of another version, or no message of its protocol. */
  readonly onViolation: (from: NodeId, error: Error) => void;
  readonly onNotify?: (run: RunId, watch: number, result: Uint8Array) => void;
  /** What a Process indicates that no other instance of its node stands on. */
  readonly onIndicate?: (run: RunId, instance: InstanceName, output: unknown) => void;
  readonly onStep?: StepObserver;
  /** Each instance keeps its newest events within these limits, with the state they start from. Off without it. */
  readonly recordInputs?: InputLimits;
};

export type StepObserver = (
  run: RunId,
  instance: InstanceName,
  state: unknown,
  event: ProcessEvent<unknown>,
  effects: readonly Effect<unknown>[],
) => void;

/** What the runs of one host share. */
export type HostContext = {
  readonly self: NodeId;
  readonly room: string;
  readonly life: number;
  readonly seed: number;
  readonly ports: HostPorts;
  readonly clock: LabClock;
  readonly recorder: Recorder;
  readonly tracing: boolean;
  readonly trace: (run: RunId, instance: InstanceName, body: TraceBody) => void;
  readonly encode: (frame: Frame) => Uint8Array;
  readonly onNotify: (run: RunId, watch: number, result: Uint8Array) => void;
  readonly onIndicate: (run: RunId, instance: InstanceName, output: unknown) => void;
  readonly onStep: StepObserver | null;
  readonly fail: (why: string, cause: Error) => void;
  /** The next number of a message: one row for all runs of this life, so that ids in the trace are never used twice. */
  readonly nextMessage: () => number;
  /** Tells every Process when the machine has slept; called before anything else reaches one. */
  readonly noticeSleep: () => void;
  readonly recordInputs: InputLimits | null;
};

/**
 * Runs Processes: owns their timers, disk areas, links and trace, and the lab's controls over them (pace, pause, faults).
 * It knows no protocol and no platform: the live node, the simulator and the tests plug in their ports.
 */
export class Host {
  readonly #options: HostOptions;
  readonly #clock: LabClock;
  readonly #recorder: Recorder;
  readonly #context: HostContext;
  readonly #runs = new Map<RunId, Run>();
  readonly #peersUp = new Set<NodeId>();
  #lastSeenMs: number;
  #cancelWatchdog: Cancel | null = null;
  #cancelTrace: Cancel | null = null;
  #closed = false;
  #messages = 0;
  #traceEveryMs: number;

  constructor(options: HostOptions) {
    this.#options = options;
    const { self, life, seed, ports, wallMs } = options;
    this.#clock = new LabClock(ports.clock);
    const nowMs = (): number => ports.clock.nowMs();
    this.#recorder = new Recorder({ node: self, life, wallMs, nowMs, limits: options.traceLimits });
    this.#lastSeenMs = ports.clock.nowMs();
    this.#traceEveryMs = options.traceEveryMs;
    this.#context = {
      self,
      room: options.room ?? '',
      life,
      seed,
      ports,
      clock: this.#clock,
      recorder: this.#recorder,
      tracing: options.onTrace !== null,
      trace: (run, instance, body) => this.#trace(run, instance, body),
      encode: encodeFrame,
      onNotify: (run, watch, result) => options.onNotify?.(run, watch, result),
      onIndicate: (run, instance, output) => options.onIndicate?.(run, instance, output),
      onStep: options.onStep ?? null,
      fail: (why, cause) => this.#fail(why, cause),
      nextMessage: () => {
        this.#messages += 1;
        return this.#messages;
      },
      noticeSleep: () => this.#noticeSleep(),
      recordInputs: options.recordInputs ?? null,
    };
    this.#watch();
  }

  get self(): NodeId {
    return this.#options.self;
  }

  /** The node's lab clock, for whoever skews it or makes it drift. */
  get clock(): LabClock {
    return this.#clock;
  }

  /** Starts this node's instances of a run, from what its disk holds; `ready` is called once all have started. */
  startRun(spec: RunSpec, ready: () => void = () => undefined): void {
    if (this.#closed) return;
    this.stopRun(spec.run);
    this.#recorder.open(spec.run);
    const run = new Run(spec, this.#context);
    this.#runs.set(spec.run, run);
    // Nothing but a change tells it later, and a run that begins in slow motion has had none.
    this.#tracePace(spec.run);
    for (const peer of this.#peersUp) run.peer(peer, true);
    run.start(ready);
  }

  /** Starts further instances of a run under way. */
  extendRun(id: RunId, names: readonly InstanceName[]): void {
    this.#runs.get(id)?.extend(names);
  }

  /** Stops a run's instances here; its disk areas stay. */
  stopRun(id: RunId): void {
    const run = this.#runs.get(id);
    if (run === undefined) return;
    this.#runs.delete(id);
    for (const name of run.instances().keys()) this.#trace(id, name, { type: 'stopped' });
    run.close();
  }

  run(id: RunId): Run | undefined {
    return this.#runs.get(id);
  }

  /** What happened to an instance, as far back as it is recorded; null where nothing is, or no such instance runs. */
  inputs(id: RunId, name: InstanceName): InputRecording | null {
    return this.#runs.get(id)?.instance(name)?.inputs() ?? null;
  }

  /** Makes a local user's request; `done` is called exactly once. */
  request(
    id: RunId,
    kind: 'propose' | 'read',
    operation: Uint8Array,
    done: (answer: RequestAnswer) => void,
  ): void {
    const run = this.#runs.get(id);
    if (run === undefined) done({ ok: false, error: 'stopped' });
    else run.request(kind, operation, done);
  }

  /** Makes an administrator's request: other voters, another leader. `done` is called exactly once. */
  control(id: RunId, action: ControlAction, done: (answer: RequestAnswer) => void): void {
    const run = this.#runs.get(id);
    if (run === undefined) done({ ok: false, error: 'stopped' });
    else run.control(action, done);
  }

  /** Takes a frame from the network. Bad ones are reported through `onViolation` and disturb nothing. */
  receive(from: NodeId, bytes: Uint8Array): void {
    if (this.#closed) return;
    try {
      const frame = decodeFrame(bytes);
      const run = this.#runs.get(frame.run);
      if (run !== undefined) run.receive(from, frame, bytes);
      else this.#dropStale(from, frame);
    } catch (error) {
      this.#options.onViolation(from, error instanceof Error ? error : new Error(String(error)));
    }
  }

  peerUp(peer: NodeId): void {
    this.#peersUp.add(peer);
    for (const run of this.#runs.values()) run.peer(peer, true);
  }

  peerDown(peer: NodeId): void {
    this.#peersUp.delete(peer);
    for (const run of this.#runs.values()) run.peer(peer, false);
  }

  /** Makes this node lie in a run, or tell the truth again. Throws `RangeError` where the protocol can't be lied in. */
  lie(id: RunId, spec: LiarSpec | null): void {
    this.#runs.get(id)?.lie(spec);
  }

  setFaults(id: RunId, entries: readonly FaultEntry[]): void {
    this.#runs.get(id)?.setFaults(entries);
  }

  /** Scales the lab's time: 1 is real time, 1/40 forty times slower. Paused, no timer fires and no message is delivered. */
  setPace(pace: number, paused: boolean): void {
    const { pace: paceBefore, paused: wasPaused } = this.#clock;
    if (pace !== paceBefore) this.#clock.setPace(pace);
    if (paused !== wasPaused) this.#clock.setPaused(paused);
    for (const run of this.#runs.keys()) this.#tracePace(run);
    // Nodes learn of it at slightly different moments. While the lab stands still, no Process takes a step.
    if (paused || (pace === paceBefore && !wasPaused)) return;
    for (const run of this.#runs.values()) run.clockJumped(0);
  }

  /** Lets one thing happen in a run that is paused; null when it did. */
  step(id: RunId, step: LabStep): StepError | null {
    if (!this.#clock.paused) return 'not-paused';
    const run = this.#runs.get(id);
    return run === undefined ? 'nothing-waits' : run.step(step);
  }

  /**
   * Pauses this node as soon as its server has come to `milestone`, and says so once; null calls that off. The other
   * nodes go on until they are told.
   */
  pauseAt(id: RunId, milestone: Milestone | null, reached: () => void): void {
    this.#runs.get(id)?.watchFor(milestone, () => {
      this.setPace(this.#clock.pace, true);
      reached();
    });
  }

  /** Changes how often the trace is handed on, from the next batch on (real ms), and how much of it. */
  traceEvery(everyMs: number, limits: TraceLimits): void {
    this.#traceEveryMs = everyMs;
    this.#recorder.limit(limits);
  }

  /** Puts every instance's whole visible state into the trace, for readers that missed what came before. */
  keyframe(): void {
    for (const [id, run] of this.#runs) {
      for (const [name, instance] of run.instances()) {
        if (!instance.running) continue;
        this.#trace(id, name, {
          type: 'keyframe',
          observation: instance.observe(),
          digest: instance.digest,
          timers: instance.timers(),
          pace: this.#clock.pace,
          paused: this.#clock.paused,
        });
      }
    }
  }

  /** Ends everything at once, as a crash does; writes under way may still reach the disk. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#cancelWatchdog?.();
    this.#cancelTrace?.();
    for (const run of this.#runs.values()) run.close();
    this.#runs.clear();
    this.#clock.close();
  }

  #fail(why: string, cause: Error): void {
    if (this.#closed) return;
    // It ends every run of this node; whoever looks at one of them has to learn of it.
    const runs = this.#runs.size === 0 ? [''] : [...this.#runs.keys()];
    for (const run of runs) this.#trace(run, '', { type: 'crashed', why: `${why}: ${cause.message}` });
    this.close();
    // As it is: a Process whose rule broke is not asked what it shows.
    while (this.#recorder.waits) this.#options.onTrace?.(this.#recorder.flush(this.#clock.nowMs()));
    this.#options.onFailure(why, cause);
  }

  /** A frame of a run that has ended, or not begun here: nobody's fault, and nothing for those that run now. */
  #dropStale(from: NodeId, frame: Frame): void {
    if (frame.kind !== 'message') return;
    const message = messageId(from, frame);
    this.#trace(frame.run, frame.to, {
      type: 'lost',
      message,
      from,
      to: this.#options.self,
      reason: 'stale-run',
    });
  }

  /** A machine that slept tells every Process before anything else reaches it. */
  #noticeSleep(): void {
    const nowMs = this.#options.ports.clock.nowMs();
    // In slow motion a second missed is a moment of the lab's time, in which no belief about it went stale.
    const byMs = this.#clock.paused ? 0 : (nowMs - this.#lastSeenMs) * this.#clock.pace;
    this.#lastSeenMs = nowMs;
    if (byMs <= sleptMs || this.#closed) return;
    for (const run of this.#runs.values()) run.clockJumped(byMs);
  }

  #watch(): void {
    this.#cancelWatchdog = this.#options.ports.clock.schedule(watchdogMs, () => {
      this.#noticeSleep();
      if (!this.#closed) this.#watch();
    });
  }

  #tracePace(run: RunId): void {
    const { pace, paused } = this.#clock;
    this.#trace(run, '', { type: 'pace', pace, paused });
  }

  #trace(run: RunId, instance: InstanceName, body: TraceBody): void {
    if (this.#options.onTrace === null) return;
    this.#recorder.record(run, instance, this.#clock.nowMs(), body);
    this.#flushLater();
  }

  #flushLater(): void {
    if (this.#cancelTrace !== null || this.#closed) return;
    this.#cancelTrace = this.#options.ports.clock.schedule(this.#traceEveryMs, () => this.#flushTrace());
  }

  /** Hands on what happened since the last time, with the state that each instance has come to. */
  #flushTrace(): void {
    this.#cancelTrace = null;
    const { onTrace } = this.#options;
    if (onTrace === null) return;
    try {
      for (const [id, run] of this.#runs) {
        for (const [name, instance] of run.instances()) this.#traceState(id, name, instance);
      }
    } catch (cause) {
      return this.#fail(
        'its state could not be shown',
        cause instanceof Error ? cause : new Error(String(cause)),
      );
    }
    onTrace(this.#recorder.flush(this.#clock.nowMs()));
    if (this.#recorder.waits) this.#flushLater();
  }

  #traceState(run: RunId, name: InstanceName, instance: Instance): void {
    const news = instance.running ? instance.news() : null;
    if (news !== null) this.#recorder.record(run, name, this.#clock.nowMs(), news);
  }
}
