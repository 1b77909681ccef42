import { createMesh, type SignalPort } from '../../../client/src/mesh/index.js';
import { virtualIdentity } from '../../../client/src/mesh/virtual-identity.js';
import type { FromWorker, Job, JobResult, ToWorker } from './protocol.js';

/*
 * One tab of the raw measurements: /?id=NODE. The mesh is the product's, the worker answers frames and does nothing else.
 * The pages of one browser context signal each other over a BroadcastChannel.
 */
type Signal = {
  readonly from: string;
  readonly to: string;
  readonly generation: number;
  readonly data: unknown;
};

const self = new URLSearchParams(location.search).get('id') ?? '';
const relay = new BroadcastChannel('quorum-signals');
const signal: SignalPort = {
  self,
  send: (to, generation, data) => relay.postMessage({ from: self, to, generation, data } satisfies Signal),
  onSignal: (handler) => {
    relay.addEventListener('message', ({ data: { from, to, generation, data } }: MessageEvent<Signal>) => {
      if (to === self) handler(from, generation, data);
    });
  },
};
const mesh = createMesh({ signal, identity: virtualIdentity(self, queueMicrotask), iceServers: [] });
const worker = new Worker(new URL('./echo-worker.ts', import.meta.url), { type: 'module' });
let finished: {
  readonly resolve: (result: JobResult) => void;
  readonly reject: (error: Error) => void;
} | null = null;

worker.onmessage = ({ data }: MessageEvent<FromWorker>) => {
  if (data.type === 'frames') for (const { to, frame } of data.frames) mesh.send(to, 'protocol', frame);
  else if (data.type === 'done') finished?.resolve(data.result);
  else finished?.reject(new Error(data.why));
};

/** Frames of the control lane are echoed right here, on the main thread; those of the lab's lane by the worker. */
const question = 1;
const answer = 2;
let answered: (() => void) | null = null;

mesh.on({
  onFrame: (peer, lane, frame) => {
    if (lane === 'protocol') {
      worker.postMessage({ type: 'frame', from: peer, frame } satisfies ToWorker, [frame.buffer]);
      return;
    }
    if (frame[0] === question) {
      frame[0] = answer;
      mesh.send(peer, 'control', frame);
    } else answered?.();
  },
});

function order(message: ToWorker): Promise<JobResult> {
  return new Promise((resolve, reject) => {
    finished = { resolve, reject };
    worker.postMessage(message);
  });
}

const harness = {
  want: (peers: readonly string[]): void => {
    for (const peer of peers) mesh.want(peer, 'bench');
  },
  linksUp: (): number => [...mesh.links().values()].filter(({ state }) => state === 'direct').length,
  /** Main thread to main thread, one at a time. Answers with the ms of each. */
  roundTrips: async (peer: string, count: number, bytes: number): Promise<readonly number[]> => {
    const tookMs: number[] = [];
    for (let i = 0; i < count; i += 1) {
      const frame = new Uint8Array(bytes);
      frame[0] = question;
      const beganMs = performance.now();
      await new Promise<void>((resolve) => {
        answered = resolve;
        mesh.send(peer, 'control', frame);
      });
      tookMs.push(performance.now() - beganMs);
    }
    return tookMs;
  },
  /** Worker to workers. */
  rounds: (job: Job): Promise<JobResult> => order({ type: 'job', job }),
  /** The worker's own disk: so many records of so many bytes, each appended and flushed. */
  flushes: (count: number, bytes: number): Promise<JobResult> => order({ type: 'flushes', count, bytes }),
};

export type Harness = typeof harness;

Object.assign(globalThis, { harness });
