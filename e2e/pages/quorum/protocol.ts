/** A frame's first byte: sent back whole, answered with its head alone, or an answer. Its serial follows. */
export const kinds = { echo: 1, acknowledge: 2, answer: 3 } as const;
export const headBytes = 5;

export type OutFrame = { readonly to: string; readonly frame: Uint8Array };

/** `rounds` one after the other (`inFlight` 1) or several at a time; each frame has `frameBytes`. */
export type Job = {
  readonly peers: readonly string[];
  readonly kind: typeof kinds.echo | typeof kinds.acknowledge;
  readonly rounds: number;
  readonly inFlight: number;
  readonly frameBytes: number;
  /** Answers to await before a round is over. */
  readonly answers: number;
};

/** `tookMs` of each round in the order of their ends, and of all together. */
export type JobResult = { readonly tookMs: readonly number[]; readonly allMs: number };

/** What the page tells the worker; in `frame` as the lab's page does. */
export type ToWorker =
  | { readonly type: 'frame'; readonly from: string; readonly frame: Uint8Array }
  | { readonly type: 'job'; readonly job: Job }
  | { readonly type: 'flushes'; readonly count: number; readonly bytes: number };

export type FromWorker =
  | { readonly type: 'frames'; readonly frames: readonly OutFrame[] }
  | { readonly type: 'done'; readonly result: JobResult }
  | { readonly type: 'failed'; readonly why: string };
