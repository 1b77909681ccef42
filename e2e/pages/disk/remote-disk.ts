import { type Disk, DiskError, type StoredImage, type StoredOp } from '@quorate/shared/host';
import type { Answer, FromWorker, Kind, Request, ToWorker } from './protocol.js';

/** A disk in a worker of its own, which can be terminated. */
export class RemoteDisk implements Disk {
  readonly #worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
  readonly #answers = new Map<number, (answer: Answer) => void>();
  #nextId = 0;

  constructor() {
    this.#worker.onmessage = ({ data: { id, answer } }: MessageEvent<FromWorker>) => {
      const take = this.#answers.get(id);
      this.#answers.delete(id);
      take?.(answer);
    };
  }

  start(kind: Kind, nodeId: string, generation: number | null = null, mustExist = false): Promise<Answer> {
    return this.ask({ call: 'start', kind, nodeId, generation, mustExist });
  }

  kill(): void {
    this.#worker.terminate();
  }

  async ask(request: Request): Promise<Answer> {
    const answer = await new Promise<Answer>((resolve) => this.#post(request, resolve));
    const error = errorOf(answer);
    if (error !== null) throw error;
    return answer;
  }

  open(area: string, done: (error: Error | null, image: StoredImage) => void): void {
    const nothing = { values: new Map(), log: [], snapshot: null };
    this.#post({ call: 'open', area }, (answer) => done(errorOf(answer), answer.image ?? nothing));
  }

  write(area: string, ops: readonly StoredOp[], done: (error: Error | null) => void): void {
    this.#post({ call: 'write', area, ops }, (answer) => done(errorOf(answer)));
  }

  remove(area: string, done: (error: Error | null) => void): void {
    this.#post({ call: 'remove', area }, (answer) => done(errorOf(answer)));
  }

  list(done: (error: Error | null, areas: readonly string[]) => void): void {
    this.#post({ call: 'list' }, (answer) => done(errorOf(answer), answer.areas ?? []));
  }

  close(done: () => void): void {
    this.#post({ call: 'close' }, done);
  }

  #post(request: Request, take: (answer: Answer) => void): void {
    const id = this.#nextId++;
    this.#answers.set(id, take);
    this.#worker.postMessage({ id, request } satisfies ToWorker);
  }
}

function errorOf({ error }: Answer): Error | null {
  if (error === null) return null;
  return error.code === null ? new Error(error.message) : new DiskError(error.code, error.message);
}
