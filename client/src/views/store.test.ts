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
  const app: Pick<App, 'room' | 'status' | 'onTrace'> = {
    room: signal(null),
    status: signal({ run: 'r' } as ReturnType<App['status']['peek']>),
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
  return { store, reported, draw, tell: (...events: TraceEvent[]) => tell(events) };
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
