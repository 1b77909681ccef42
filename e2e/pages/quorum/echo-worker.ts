import {
  type FromWorker,
  headBytes,
  type Job,
  type JobResult,
  kinds,
  type OutFrame,
  type ToWorker,
} from './protocol.js';

/*
 * The bare replication loop: a frame to every peer, a number of answers awaited, no protocol and no disk. Frames take
 * the lab's way: those of one turn go to the page in one message, and come from it one by one.
 */
const scope = globalThis as unknown as {
  onmessage: ((event: MessageEvent<ToWorker>) => void) | null;
  postMessage(message: FromWorker): void;
};

let outbox: OutFrame[] = [];

function send(to: string, frame: Uint8Array): void {
  if (outbox.length === 0) {
    queueMicrotask(() => {
      const frames = outbox;
      outbox = [];
      scope.postMessage({ type: 'frames', frames });
    });
  }
  outbox.push({ to, frame });
}

function frameOf(kind: number, serial: number, bytes: number): Uint8Array {
  const frame = new Uint8Array(bytes);
  const view = new DataView(frame.buffer);
  view.setUint8(0, kind);
  view.setUint32(1, serial);
  return frame;
}

class Rounds {
  readonly #job: Job;
  readonly #open = new Map<number, { readonly beganMs: number; answers: number }>();
  readonly #tookMs: number[] = [];
  readonly #beganMs = performance.now();
  #begun = 0;

  constructor(job: Job) {
    this.#job = job;
    for (let i = 0; i < job.inFlight; i += 1) this.#begin();
  }

  answered(serial: number): void {
    const round = this.#open.get(serial);
    if (round === undefined) return;
    round.answers += 1;
    if (round.answers < this.#job.answers) return;
    this.#open.delete(serial);
    const nowMs = performance.now();
    this.#tookMs.push(nowMs - round.beganMs);
    if (this.#tookMs.length < this.#job.rounds) return this.#begin();
    scope.postMessage({ type: 'done', result: { tookMs: this.#tookMs, allMs: nowMs - this.#beganMs } });
  }

  #begin(): void {
    const { peers, kind, rounds, frameBytes } = this.#job;
    if (this.#begun === rounds) return;
    this.#begun += 1;
    this.#open.set(this.#begun, { beganMs: performance.now(), answers: 0 });
    for (const peer of peers) send(peer, frameOf(kind, this.#begun, frameBytes));
  }
}

const flushFile = 'bench-flushes';
/** Of the library for workers, which has no place beside the page's. */
type SyncFile = {
  createSyncAccessHandle(): Promise<{
    write(bytes: Uint8Array, options: { readonly at: number }): number;
    flush(): void;
    close(): void;
  }>;
};

async function flushes(count: number, bytes: number): Promise<JobResult> {
  const folder = await navigator.storage.getDirectory();
  const file = await folder.getFileHandle(flushFile, { create: true });
  const handle = await (file as unknown as SyncFile).createSyncAccessHandle();
  const record = new Uint8Array(bytes);
  const tookMs: number[] = [];
  const beganMs = performance.now();
  for (let i = 0; i < count; i += 1) {
    const startMs = performance.now();
    handle.write(record, { at: i * bytes });
    handle.flush();
    tookMs.push(performance.now() - startMs);
  }
  const allMs = performance.now() - beganMs;
  handle.close();
  await folder.removeEntry(flushFile);
  return { tookMs, allMs };
}

let rounds: Rounds | null = null;

scope.onmessage = ({ data }) => {
  if (data.type === 'job') {
    rounds = new Rounds(data.job);
    return;
  }
  if (data.type === 'flushes') {
    flushes(data.count, data.bytes).then(
      (result) => scope.postMessage({ type: 'done', result }),
      (error: unknown) => scope.postMessage({ type: 'failed', why: String(error) }),
    );
    return;
  }
  const { from, frame } = data;
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  const [kind, serial] = [view.getUint8(0), view.getUint32(1)];
  if (kind === kinds.echo) send(from, frameOf(kinds.answer, serial, frame.length));
  else if (kind === kinds.acknowledge) send(from, frameOf(kinds.answer, serial, headBytes));
  else rounds?.answered(serial);
};
