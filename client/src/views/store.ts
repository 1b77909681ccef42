import { batch, computed, effect, type ReadonlySignal, signal } from '@preact/signals';
import type { RunId } from '@quorate/shared/core';
import type { TraceEvent } from '@quorate/shared/trace';
import type { RoomInfo } from '../api/types.js';
import type { App } from './app.js';
import { DrawBudget } from './draw-budget.js';
import { Guard } from './guard.js';
import { labAt } from './model/clock.js';
import { type RunViews, reduceRuns } from './model/reduce-runs.js';
import { emptyView, type ViewState } from './model/state.js';

/** One animation frame: the state, and the instant that all panels show. */
export type Frame = { readonly view: ViewState; readonly nowMs: number; readonly labMs: number };

/** Panels made of elements change at most this often; what moves is drawn each frame. */
const panelsEveryMs = 100;
/** Events waiting for a frame, beyond which they are reduced at once: a hidden tab has no frames. */
const pendingMax = 4000;
/**
 * A node that handles more messages than can be told is busy, and what draws here may be the same machine: then a
 * picture four times a second is all that a person can read anyhow.
 */
const crowdedEveryMs = 250;
const crowdedForMs = 1000;
/** While paused nothing moves but marks that fade. */
const stillAfterMs = 3000;

/**
 * Takes an app's trace events, reduces them once a frame, and tells whoever draws. `panels` is the state of the run that is
 * looked at, `runs` that of every run, as of at most `panelsEveryMs` ago.
 */
export class ViewStore {
  readonly panels: ReadonlySignal<ViewState>;
  readonly runs: ReadonlySignal<RunViews>;
  readonly #panels = signal(emptyView(null));
  readonly #runs = signal<RunViews>(new Map());
  readonly #app: App;
  readonly #painters = new Set<(frame: Frame) => void>();
  #views: RunViews = new Map();
  /** The view of the run that is looked at; the last one's when it has stopped. */
  #view = emptyView(null);
  #shown: RunId | null = null;
  #pending: TraceEvent[] = [];
  readonly #budget = new DrawBudget();
  readonly #guard: Guard;
  #armed = false;
  #panelsAtMs = 0;
  #crowdedUntilMs = 0;
  /** When something last happened, whose marks may still be fading. */
  #stirredAtMs = 0;
  #roomSeen: RoomInfo | null = null;

  constructor(app: App, guard = new Guard()) {
    this.#app = app;
    this.#guard = guard;
    this.panels = this.#panels;
    this.runs = this.#runs;
    app.onTrace((events) => this.#take(events));
    const shown = computed(() => app.status.value.run);
    effect(() => {
      // Another run is looked at, of which nobody may have anything to tell.
      if (shown.value !== this.#shown) this.#arm();
    });
  }

  /** Calls `painter` in animation frames, as many as there is time for. Answers with a function that ends it. */
  onFrame(painter: (frame: Frame) => void): () => void {
    this.#painters.add(painter);
    this.#arm();
    return () => {
      this.#painters.delete(painter);
      this.#guard.forget(painter);
    };
  }

  /** Draws once more even when the lab stands still: something else of the picture is another. */
  stir(): void {
    this.#arm();
  }

  /** Lab time now, on the clock that all panels share. */
  labNowMs(): number {
    return labAt(this.#view.clock, wallNowMs());
  }

  #take(events: readonly TraceEvent[]): void {
    for (const event of events) {
      this.#pending.push(event);
      if (event.type === 'gap') this.#crowdedUntilMs = wallNowMs() + crowdedForMs;
    }
    if (this.#pending.length > pendingMax) this.#reduce(wallNowMs());
    this.#arm();
  }

  #arm(): void {
    if (this.#armed) return;
    this.#armed = true;
    const paint = (): number => requestAnimationFrame(() => this.#paint());
    // In slow motion there is time to draw everything.
    const waitMs = this.#view.clock.pace < 1 ? 0 : this.#isCrowded() ? crowdedEveryMs : this.#budget.waitMs();
    if (waitMs > 0) setTimeout(paint, waitMs);
    else paint();
  }

  /** Nodes leave events out, so the picture is a summary already: it needs no frame of its own for each change. */
  #isCrowded(): boolean {
    return wallNowMs() < this.#crowdedUntilMs;
  }

  #paint(): void {
    this.#armed = false;
    this.#budget.drawing();
    const nowMs = wallNowMs();
    if (this.#pending.length > 0) this.#stirredAtMs = nowMs;
    // Nobody tells anything while the lab is paused, and what will not be heard of again goes all the same.
    const { paused } = this.#view.clock;
    const isOther = this.#isOther();
    if (this.#pending.length > 0 || paused || isOther || this.#roomSeen !== this.#app.room.peek())
      this.#reduce(nowMs);
    if (this.#isStale() && (isOther || nowMs - this.#panelsAtMs >= panelsEveryMs)) {
      this.#panelsAtMs = nowMs;
      this.#guard.run('panels', () => {
        batch(() => {
          this.#panels.value = this.#view;
          this.#runs.value = this.#views;
        });
      });
    }
    const frame = { view: this.#view, nowMs, labMs: labAt(this.#view.clock, nowMs) };
    for (const painter of this.#painters) this.#guard.run(painter, () => painter(frame));
    const isStill = this.#view.clock.paused && nowMs - this.#stirredAtMs > stillAfterMs;
    if ((this.#painters.size > 0 && !isStill) || this.#isStale()) this.#arm();
  }

  /** Another run is to be shown than was so far. */
  #isOther(): boolean {
    const { run } = this.#app.status.peek();
    return run !== null && run !== this.#shown;
  }

  #isStale(): boolean {
    return this.#panels.peek() !== this.#view || this.#runs.peek() !== this.#views;
  }

  #down(): readonly string[] {
    this.#roomSeen = this.#app.room.peek();
    const tabs = this.#roomSeen?.tabs ?? [];
    return tabs.filter((tab) => tab.presence !== 'here' || tab.lab === 'crashed').map((tab) => tab.id);
  }

  #reduce(nowMs: number): void {
    const events = this.#pending;
    this.#pending = [];
    // What a batch breaks is lost with it; the next keyframe tells how each node is.
    this.#guard.run('reduce', () => {
      this.#views = reduceRuns(this.#views, { on: this.#on(), events, nowMs, down: this.#down() });
    });
    this.#shown = this.#app.status.peek().run ?? this.#shown;
    const shown = this.#shown ?? [...this.#views.keys()][0];
    this.#view = (shown === undefined ? undefined : this.#views.get(shown)) ?? this.#view;
  }

  /** The runs that the room tells of, and the one that was looked at last. */
  #on(): readonly RunId[] {
    const { run } = this.#app.status.peek();
    const groups = this.#app.groups.peek().map((group) => group.run);
    const [shown, last] = [run, this.#shown].map((id) => (id === null ? [] : [id]));
    return [...new Set([...groups, ...(shown ?? []), ...(last ?? [])])];
  }
}

/** This machine's clock in ms since 1970, with fractions. */
export function wallNowMs(): number {
  return performance.timeOrigin + performance.now();
}
