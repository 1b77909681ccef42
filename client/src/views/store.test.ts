import { signal } from '@preact/signals';
import type { TraceEvent } from '@quorate/shared/trace';
import { beforeEach, expect, test, vi } from 'vitest';
import type { App } from './app.js';
import { Guard } from './guard.js';
import { type Frame, ViewStore } from './store.js';

const envelope = {
  node: 'n1',
  life: 1,
  count: 1,
  run: 'r',
  instance: 'server',
  clock: 1,
  atMs: 1,
  wallMs: 1,
};
const good: TraceEvent = { ...envelope, seq: 1, type: 'started', recovered: false };
/** As no schema lets it through: what a bug of ours might make. */
const broken = {
  ...envelope,
  seq: 2,
  type: 'state',
  observation: null,
  timers: null,
} as unknown as TraceEvent;

let frames: (() => void)[] = [];

beforeEach(() => {
  vi.useFakeTimers();
  frames = [];
  vi.stubGlobal('requestAnimationFrame', (run: () => void) => frames.push(run));
  return () => {
    vi.unstubAllGlobals();
    vi.useRealTimers();
  };
});

/** A store whose frames a test draws one by one. */
function makeStore() {
  const reported: unknown[] = [];
  let tell: (events: readonly TraceEvent[]) => void = () => undefined;
  const status = signal({ run: 'r' } as ReturnType<App['status']['peek']>);
  const app: Pick<App, 'room' | 'status' | 'groups' | 'onTrace'> = {
    room: signal(null),
    status,
    groups: signal([]),
    onTrace: (listener) => {
      tell = listener;
      return () => undefined;
    },
  };
  const store = new ViewStore(app as App, new Guard((cause) => reported.push(cause)));
  const draw = (): void => {
    vi.advanceTimersByTime(1_000);
    for (const run of frames.splice(0)) run();
  };
  const look = (run: string): void => {
    status.value = { ...status.value, run };
  };
  return { store, reported, draw, look, tell: (...events: TraceEvent[]) => tell(events) };
}

test('a painter that fails is reported once, and the others go on in every frame', () => {
  const { store, reported, draw } = makeStore();
  const failure = new Error('a bug of a painter');
  store.onFrame(() => {
    throw failure;
  });
  const painted: Frame[] = [];
  store.onFrame((frame) => painted.push(frame));
  for (let i = 0; i < 3; i += 1) draw();
  expect(painted).toHaveLength(3);
  expect(reported).toEqual([failure]);
});

test('a painter that fails anew after it went well is reported anew', () => {
  const { store, reported, draw } = makeStore();
  let frame = 0;
  store.onFrame(() => {
    frame += 1;
    if (frame !== 2) throw new Error(`frame ${frame}`);
  });
  for (let i = 0; i < 3; i += 1) draw();
  expect(reported).toEqual([new Error('frame 1'), new Error('frame 3')]);
});

test('events that can’t be reduced are lost alone: the next ones are shown', () => {
  const { store, reported, draw, tell } = makeStore();
  const painted: Frame[] = [];
  store.onFrame((frame) => painted.push(frame));
  tell(broken);
  draw();
  tell(good);
  draw();
  expect(reported).toHaveLength(1);
  expect(painted.at(-1)?.view.nodes.get('n1')).toMatchObject({ lab: 'running' });
});

test('shows another run as it is by now, as soon as it is looked at', () => {
  const { store, draw, tell, look } = makeStore();
  tell(good, { ...good, node: 'n2', run: 'other' });
  draw();
  expect([...store.panels.value.nodes.keys()]).toEqual(['n1']);
  expect([...store.runs.value.keys()].sort()).toEqual(['other', 'r']);
  expect(frames).toEqual([]);
  look('other');
  draw();
  expect([...store.panels.value.nodes.keys()]).toEqual(['n2']);
  tell({ ...good, node: 'n3', run: 'other' });
  draw();
  expect([...store.panels.value.nodes.keys()]).toEqual(['n2', 'n3']);
});
