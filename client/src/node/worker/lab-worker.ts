import { type Disk, Host, type RunSpec, salvageRun } from '@quorate/shared/host';
import { findProtocol } from '@quorate/shared/registry';
import { WireError } from '@quorate/shared/wire';
import { openDisk } from '../disk/index.js';
import { KeyCrypto } from './crypto.js';
import { EarlyOrders, type LabOrder } from './early.js';
import type { FromLab, LabAnswer, LabRequest, LabRun, ToLab } from './messages.js';
import { PageNetwork, workerClock } from './ports.js';

/** The lab plane's worker: one host, told what to do by its page. */

/** In slow motion a batch of trace about each frame of a 30 Hz screen: frequent enough to look smooth. */
const slowTraceEveryMs = 33;
/**
 * At real time nobody can follow a message that takes a millisecond, and each batch takes time from the messages: it goes
 * from every node to every other, through the same main threads.
 */
const traceEveryMs = 200;
/**
 * So a node tells the class at most some hundred events a second that may be left out; beyond, the picture summarises. Each of
 * them is decoded, checked and drawn by every tab of the room.
 */
const traceLimits = {
  eventsPerSecond: 120,
  eventsBurst: 240,
  bytesPerSecond: 32 * 1024,
  bytesBurst: 64 * 1024,
  piecesMax: 64,
};
/** In slow motion every message is to be seen; an hour of it costs less than a minute at real time. */
const slowTraceLimits = {
  eventsPerSecond: 1_000,
  eventsBurst: 1_000,
  bytesPerSecond: 256 * 1024,
  bytesBurst: 256 * 1024,
  piecesMax: 1,
};

/** What each instance keeps of its inputs: at real time the newest seconds of a busy cluster, some minutes of a quiet one. */
const recordInputs = { eventsMax: 8_192, bytesMax: 8 * 1024 * 1024 } as const;

const scope = globalThis as unknown as DedicatedWorkerGlobalScope;
const post = (message: FromLab, transfer: Transferable[] = []): void => scope.postMessage(message, transfer);
const network = new PageNetwork(post);
/** Holds back what comes before the disk is open, or before a run that goes on from another has been prepared. */
let early: EarlyOrders | null = holdBack();
let host: Host | null = null;
let disk: Disk | null = null;
let crypto: KeyCrypto | null = null;

scope.onmessage = (event: MessageEvent<ToLab>) => {
  const message = event.data;
  if (message.type === 'open') open(message).catch(fail);
  else handle(message);
};

function holdBack(): EarlyOrders {
  return new EarlyOrders((answer) => post({ type: 'answers', answers: [answer] }));
}

function handle(order: LabOrder): void {
  if (early === null) return take(order);
  try {
    early.add(order);
  } catch (cause) {
    fail(cause);
  }
}

/** Takes what was held back, until one of these orders makes the others wait again. */
function goOn(): void {
  const waiting = early?.take() ?? [];
  early = null;
  for (const order of waiting) handle(order);
}

function fail(cause: unknown): void {
  post({ type: 'failed', why: cause instanceof Error ? cause.message : String(cause) });
}

async function open({
  self,
  life,
  seed,
  room,
  keys,
  fence,
  mustExist,
}: Extract<ToLab, { type: 'open' }>): Promise<void> {
  const { disk: opened, kind } = await openDisk(self, { fence, mustExist });
  disk = opened;
  const signer = new KeyCrypto(keys, fail);
  crypto = signer;
  host = new Host({
    self,
    room,
    life,
    seed,
    ports: { disk: opened, network, clock: workerClock, crypto: signer },
    wallMs: () => performance.timeOrigin + performance.now(),
    onTrace: (events) => {
      post({ type: 'trace', events, touched: touched() });
    },
    traceEveryMs,
    traceLimits,
    recordInputs,
    onFailure: (why, cause) => fail(new Error(`${why}: ${cause.message}`)),
    onViolation: (from, error) =>
      post({
        type: 'violation',
        from,
        code: error instanceof WireError ? error.code : 'malformed',
        why: error.message,
      }),
  });
  post({ type: 'opened', disk: kind });
  goOn();
}

/** The newest run's counts: an older one's faults ended with it. */
function touched(): { readonly [fault: string]: number } {
  return (newestRun === null ? undefined : host?.run(newestRun)?.faultCounts()) ?? {};
}
let newestRun: string | null = null;

function start(wanted: LabRun): void {
  const { run, protocol, voters, options, instances } = wanted;
  const found = findProtocol(protocol);
  if (found === null)
    return fail(new Error(`unknown protocol ${protocol}: reload this tab, it is older than the host's`));
  const spec: RunSpec = { run, protocol: found, voters, options: found.parseOptions(options), instances };
  newestRun = run;
  const { salvage } = wanted;
  if (salvage === null || disk === null || host === null) return begin(spec, wanted);
  const { self } = host;
  early = holdBack();
  salvageRun({ disk, protocol: found, from: salvage, to: run, self }, (error) => {
    if (error !== null) return fail(error);
    begin(spec, wanted);
    goOn();
  });
}

function begin(spec: RunSpec, { run, faults }: LabRun): void {
  host?.startRun(spec);
  host?.setFaults(run, faults);
}

function take(message: LabOrder): void {
  if (host === null) return;
  switch (message.type) {
    case 'run':
      return start(message.run);
    case 'stop':
      return host.stopRun(message.run);
    case 'end':
      host.stopRun(message.run);
      return forget(message.run);
    case 'extend':
      return host.extendRun(message.run, message.instances);
    case 'faults':
      return host.setFaults(message.run, message.faults);
    case 'pace':
      if (message.pace < 1) host.traceEvery(slowTraceEveryMs, slowTraceLimits);
      else host.traceEvery(traceEveryMs, traceLimits);
      return host.setPace(message.pace, message.paused);
    case 'pauseAt': {
      const { run, milestone } = message;
      return host.pauseAt(run, milestone, () => post({ type: 'reached', run }));
    }
    case 'step': {
      const { id, run, step } = message;
      return post({ type: 'stepped', id, error: host.step(run, step) });
    }
    case 'peer':
      network.peer(message.peer, message.up);
      return message.up ? host.peerUp(message.peer) : host.peerDown(message.peer);
    case 'linkFailed':
      return network.linkFailed(message.peer);
    case 'publicKey':
      crypto?.learn(message.node, message.publicKey);
      return;
    case 'frame':
      return host.receive(message.from, message.frame);
    case 'requests':
      for (const request of message.requests) ask(host, request);
      return;
    case 'control':
      return host.control(message.run, message.action, (answer) => answerLater(message.id, answer));
    case 'keyframe':
      return host.keyframe();
    case 'inputs': {
      const { id, run, instance } = message;
      return post({ type: 'inputs', id, recording: host.inputs(run, instance) });
    }
  }
}

/** Frees what the disk holds of a run that is over: else each would be read again at every start. */
function forget(run: string): void {
  const failed = (error: Error | null): void => {
    if (error !== null) fail(error);
  };
  disk?.list((error, areas) => {
    failed(error);
    for (const area of areas) if (area.startsWith(`${run}/`)) disk?.remove(area, failed);
  });
}

let answers: LabAnswer[] = [];

function ask(asked: Host, { id, run, kind, operation }: LabRequest): void {
  asked.request(run, kind, operation, (answer) => answerLater(id, answer));
}

/** The answers of one turn go to the page together. */
function answerLater(id: number, answer: LabAnswer['answer']): void {
  if (answers.length === 0) queueMicrotask(postAnswers);
  answers.push({ id, answer });
}

function postAnswers(): void {
  post({ type: 'answers', answers });
  answers = [];
}
