import { describe, expect, test } from 'vitest';
import type { StoredKeys } from './keys/index.js';
import { Lab } from './lab.js';
import type { FromLab, ToLab } from './worker/messages.js';

/** A worker that does nothing by itself. */
class IdleWorker {
  readonly posted: ToLab[] = [];
  onmessage: ((event: { data: FromLab }) => void) | null = null;
  onerror: ((event: { message: string }) => void) | null = null;
  isTerminated = false;

  postMessage(message: ToLab): void {
    this.posted.push(message);
  }

  terminate(): void {
    this.isTerminated = true;
  }

  say(message: FromLab): void {
    this.onmessage?.({ data: message });
  }
}

/** A lab whose workers do nothing by themselves, with the links that they ask for. */
function idleLab() {
  const workers: IdleWorker[] = [];
  const wanted = new Set<string>();
  const lab = new Lab({
    self: 'n1',
    room: 'room',
    keys: {} as StoredKeys,
    fence: { generation: 1 },
    returning: false,
    listener: {
      onFrames: () => undefined,
      onWantLink: (peer, owner, isWanted) => {
        if (isWanted) wanted.add(`${owner} ${peer}`);
        else wanted.delete(`${owner} ${peer}`);
      },
      onReached: () => undefined,
      onTrace: () => undefined,
      onCrash: () => undefined,
      onViolation: () => undefined,
    },
    createWorker: () => {
      const worker = new IdleWorker();
      workers.push(worker);
      return worker as unknown as Worker;
    },
  });
  const worker = (): IdleWorker => {
    const newest = workers.at(-1);
    if (newest === undefined) throw new Error('there is no worker');
    return newest;
  };
  return { lab, worker, wanted };
}

describe("the recording of an instance's inputs", () => {
  const recording = { state: {}, events: [], end: {} };

  test('is asked of the worker, and each answer goes to who asked', async () => {
    const { lab, worker } = idleLab();
    const first = lab.inputs('run1', 'server');
    const second = lab.inputs('run1', 'client');
    const asked = worker().posted.filter((message) => message.type === 'inputs');
    expect(asked).toMatchObject([{ instance: 'server' }, { instance: 'client' }]);
    const [one, two] = asked.map(({ id }) => id);
    worker().say({ type: 'inputs', id: two ?? 0, recording: null });
    worker().say({ type: 'inputs', id: one ?? 0, recording });
    expect(await first).toEqual(recording);
    expect(await second).toBeNull();
  });

  test('goes with a crash: who waits for it is told, and who asks later', async () => {
    const { lab } = idleLab();
    const asked = lab.inputs('run1', 'server');
    lab.crash('by button');
    expect(await asked).toBe('crashed');
    expect(await lab.inputs('run1', 'server')).toBe('crashed');
  });
});

describe("the links that a lab's worker asks for", () => {
  test('are taken back when it crashes, since it can no longer do so itself', () => {
    const { lab, worker, wanted } = idleLab();
    worker().say({ type: 'wantLink', peer: 'p', owner: 'run1/server', wanted: true });
    worker().say({ type: 'wantLink', peer: 'p', owner: 'run1/detector', wanted: true });
    worker().say({ type: 'wantLink', peer: 'q', owner: 'run1/server', wanted: true });
    worker().say({ type: 'wantLink', peer: 'q', owner: 'run1/server', wanted: false });
    expect([...wanted]).toEqual(['run1/server p', 'run1/detector p']);
    lab.crash('by button');
    expect(worker().isTerminated).toBe(true);
    expect([...wanted]).toEqual([]);
  });

  test('are those of the worker that lives: a former one asks in vain', () => {
    const { lab, worker, wanted } = idleLab();
    const former = worker();
    lab.crash('by button');
    lab.restart();
    former.say({ type: 'wantLink', peer: 'p', owner: 'run1/server', wanted: true });
    expect([...wanted]).toEqual([]);
    worker().say({ type: 'wantLink', peer: 'q', owner: 'run1/server', wanted: true });
    expect([...wanted]).toEqual(['run1/server q']);
  });
});
