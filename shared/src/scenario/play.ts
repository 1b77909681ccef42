import { type NodeId, serverInstance, unreachable } from '../core/index.js';
import { Cast } from './cast.js';
import { describeAnswer, judge, type Scene, type Verdict } from './conditions.js';
import { eventLine, formatMessage } from './event-line.js';
import { formatBroadcast, formatCommand, formatCondition } from './format.js';
import { type Link, type Stage, type StageAnswer, StageError } from './stage.js';
import { type Condition, type Nodes, type PlainStep, plain, type Step } from './steps.js';
import { StepTranscript } from './transcript.js';

/** How long `settle` waits at most: far longer than any message is under way. */
const settleMsMax = 60_000;

/** What became of a scenario: the transcript of each step that was taken, and why it ended before its time, if it did. */
export type Played = {
  readonly transcripts: readonly (readonly string[])[];
  readonly failure: { readonly step: number; readonly why: string } | null;
};

/** Plays steps on a stage, until the end or the first that fails: an expectation, a rule, or what can't be done. */
export async function play(steps: readonly Step[], stage: Stage): Promise<Played> {
  const player = new Player(stage);
  const transcripts: (readonly string[])[] = [];
  for (const [at, step] of steps.entries()) {
    const { lines, why } = await player.take(step, at);
    transcripts.push(lines);
    if (why !== null) return { transcripts, failure: { step: at, why } };
  }
  return { transcripts, failure: player.unheardOf() };
}

type Told = { readonly atMs: number; readonly node: NodeId; readonly text: string };

/** What a step told, and why it failed; null: it did not. */
export type Taken = { readonly lines: readonly string[]; readonly why: string | null };

/** Plays steps one by one; a lesson waits between them. */
export class Player {
  readonly #stage: Stage;
  readonly #answers = new Map<string, StageAnswer | null>();
  readonly #cuts = new Map<string, Link>();
  /** Kinds of messages that steps spoke of, with the step that did first. */
  readonly #kindsNamed = new Map<string, number>();
  #cast: Cast | null = null;
  #kindsShown: ReadonlySet<string> = new Set();
  #lostToCuts = 0;
  /** Answers stand after what the nodes did at the same time: they come of it, and nodes tell a moment later. */
  #toTell: Told[] = [];
  #transcript = new StepTranscript();

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  /** Takes the step that is number `at`, from 0. After a rule fell nothing happens any more. */
  async take(given: Step, at: number): Promise<Taken> {
    const step = plain(given);
    this.#transcript = new StepTranscript();
    let why: string | null = null;
    try {
      this.#noteKinds(step, at);
      why = await this.#take(step);
      // What it has set off at this very moment belongs to it.
      if (this.#cast !== null) await this.#stage.run(this.#stage.nowMs, () => false);
    } catch (error) {
      if (!(error instanceof StageError)) throw error;
      why = error.message;
    }
    this.#tellSeen();
    this.#tellAnswers(Number.POSITIVE_INFINITY);
    const { fall } = this.#stage;
    if (fall !== null) why = `${fall.rule} fell at ${fall.node}: ${fall.sentence} Here: ${fall.why}`;
    return { lines: given.type === 'quietly' ? [] : this.#transcript.lines(), why };
  }

  /** A kind of message that a step named and nobody ever sent: a fault that touches nothing must not pass for a test. */
  unheardOf(): Played['failure'] {
    const kinds = this.#stage.kindsSent();
    for (const [kind, step] of this.#kindsNamed) {
      if (kinds.has(kind)) continue;
      const sent = [...kinds].sort().join(', ');
      return { step, why: `nobody ever sent a message of kind ${kind}: there were ${sent}` };
    }
    return null;
  }

  get #scene(): Scene {
    return { stage: this.#stage, cast: this.#running(), answers: this.#answers };
  }

  #running(): Cast {
    if (this.#cast === null)
      throw new StageError('there is no cluster yet: begin with a line such as cluster 3 raft');
    return this.#cast;
  }

  /** Answers with the reason when the step failed. */
  async #take(step: PlainStep): Promise<string | null> {
    if (step.type !== 'cluster') this.#running();
    switch (step.type) {
      case 'cluster': {
        if (this.#cast !== null) throw new StageError('there is a cluster already: one for each scenario');
        this.#cast = new Cast(await this.#stage.open(step), this.#stage);
        return null;
      }
      case 'call': {
        const cast = this.#running();
        cast.name(step.name, cast.resolveOne(step.node));
        return null;
      }
      case 'run':
        return this.#run(step.forMs, step.while);
      case 'runUntil':
        return this.#runUntil(step.condition, step.withinMs);
      case 'settle':
        return (await this.#stage.settle(this.#stage.nowMs + settleMsMax)) || this.#stage.fall !== null
          ? null
          : `messages or writes were still under way after ${settleMsMax}ms: hold some, or run for a time instead`;
      case 'expect': {
        const { holds, found } = judge(step.condition, this.#scene);
        return holds ? null : `expected ${formatCondition(step.condition)}, but ${found}`;
      }
      case 'request': {
        const { command, at, name } = step;
        const node = this.#running().resolveOne(at);
        this.#ask(node, name, formatCommand(command), (done) => this.#stage.request(node, command, done));
        return null;
      }
      case 'broadcast': {
        const { value, at, name } = step;
        const node = this.#running().resolveOne(at);
        this.#ask(node, name, formatBroadcast(value), (done) => this.#stage.broadcast(node, value, done));
        return null;
      }
      case 'show':
        this.#kindsShown = new Set(step.kinds);
        return null;
      default:
        await this.#act(step);
        return null;
    }
  }

  async #act(step: Acting): Promise<void> {
    const cast = this.#running();
    switch (step.type) {
      case 'crash':
        return this.#each(step.nodes, (node) =>
          this.#stage.act({ type: 'crash', node, survivingWrites: step.survivingWrites }),
        );
      case 'restart':
      case 'failWrite':
        return this.#each(step.nodes, (node) => this.#stage.act({ type: step.type, node }));
      case 'slowDisk':
        return this.#each(step.nodes, (node) =>
          this.#stage.act({ type: 'slowDisk', node, writeMs: step.writeMs }),
        );
      case 'fire':
        return this.#each(step.nodes, (node) => this.#stage.act({ type: 'fire', node, timer: step.timer }));
      case 'hold':
      case 'release':
        await this.#stage.act({ type: step.type, filter: cast.filter(step.messages) });
        return;
      case 'deliver':
      case 'copy':
      case 'drop':
        return this.#handle(step);
      case 'cut':
        return this.#cut(pairs(cast.resolve(step.from), cast.resolve(step.to), step.bothWays));
      case 'isolate':
        return this.#divide(cast.resolve(step.nodes).map((node) => [node]));
      case 'partition':
        return this.#divide(step.sides.map((side) => cast.resolve(side)));
      case 'heal':
        return this.#heal();
      default:
        return unreachable(step);
    }
  }

  async #handle({
    type,
    first,
    messages,
  }: Extract<PlainStep, { type: 'deliver' | 'copy' | 'drop' }>): Promise<void> {
    const filter = this.#running().filter(messages);
    const done = { deliver: 'delivered', copy: 'copied', drop: 'dropped' }[type];
    for (const { from, to, info } of await this.#stage.act({ type, first, filter })) {
      this.#transcript.add(this.#stage.nowMs, from, `${formatMessage(info)}, ${done}`, to);
    }
  }

  /** One after another, in the order of their numbers. */
  async #each(nodes: Nodes, act: (node: NodeId) => Promise<unknown>): Promise<void> {
    for (const node of this.#running().resolve(nodes)) await act(node);
  }

  async #run(forMs: number, condition: Condition | null): Promise<string | null> {
    const untilMs = this.#stage.nowMs + forMs;
    if (condition === null) {
      await this.#pass(untilMs, () => false);
      return null;
    }
    const watch = (): Verdict => judge(condition, this.#scene);
    const ended = await this.#pass(untilMs, () => !watch().holds);
    const { holds, found } = watch();
    if (!ended && holds) return null;
    return `expected ${formatCondition(condition)} all the while, but at ${Math.round(this.#stage.nowMs)}ms ${found}`;
  }

  async #runUntil(condition: Condition, withinMs: number): Promise<string | null> {
    const untilMs = this.#stage.nowMs + withinMs;
    const came = await this.#pass(untilMs, () => judge(condition, this.#scene).holds);
    const { holds, found } = judge(condition, this.#scene);
    return came || holds ? null : `waited ${withinMs}ms for ${formatCondition(condition)}, but ${found}`;
  }

  /** Lets time pass, and hears the nodes as it goes: an hour's events are not kept for its end. */
  #pass(untilMs: number, done: () => boolean): Promise<boolean> {
    return this.#stage.run(untilMs, () => {
      this.#tellSeen();
      return done();
    });
  }

  #ask(
    node: NodeId,
    name: string | null,
    written: string,
    ask: (done: (answer: StageAnswer) => void) => void,
  ): void {
    if (name !== null && this.#answers.has(name)) {
      throw new StageError(`a request is called ${name} already: take another name`);
    }
    if (name !== null) this.#answers.set(name, null);
    ask((answer) => {
      if (name !== null) this.#answers.set(name, answer);
      const text = `${name ?? written} is answered: ${describeAnswer(answer)}`;
      this.#toTell.push({ atMs: this.#stage.nowMs, node, text });
    });
  }

  async #cut(links: readonly Link[]): Promise<void> {
    for (const link of links) this.#cuts.set(`${link.from} ${link.to}`, link);
    await this.#stage.act({ type: 'setCuts', cuts: [...this.#cuts.values()] });
  }

  /** Who is on no side is on one more. */
  async #divide(given: readonly (readonly NodeId[])[]): Promise<void> {
    const cast = this.#running();
    const rest = cast.ids.filter((id) => !given.some((side) => side.includes(id)));
    const sides = rest.length === 0 ? given : [...given, rest];
    const twice = cast.ids.find((id) => sides.filter((side) => side.includes(id)).length > 1);
    if (twice !== undefined) throw new StageError(`${twice} is on two sides: name it once`);
    cast.divide(sides);
    const links = sides.flatMap((side) =>
      pairs(
        side,
        cast.ids.filter((id) => !side.includes(id)),
        false,
      ),
    );
    await this.#cut(links);
  }

  async #heal(): Promise<void> {
    const cast = this.#running();
    this.#cuts.clear();
    await this.#stage.act({ type: 'setCuts', cuts: [] });
    cast.divide([]);
    this.#tellSeen();
    const count = `${this.#lostToCuts} ${this.#lostToCuts === 1 ? 'message' : 'messages'}`;
    if (this.#lostToCuts > 0) this.#transcript.add(this.#stage.nowMs, 'cuts', `took ${count}`);
    this.#lostToCuts = 0;
  }

  #noteKinds(step: PlainStep, at: number): void {
    const kinds = step.type === 'show' ? step.kinds : 'messages' in step ? step.messages.kinds : [];
    for (const kind of kinds) if (!this.#kindsNamed.has(kind)) this.#kindsNamed.set(kind, at);
  }

  /** Puts what the nodes have told meanwhile into the transcript. */
  #tellSeen(): void {
    for (const { atMs, event } of this.#stage.takeSeen()) {
      this.#tellAnswers(atMs);
      if (event.type === 'lost' && event.reason === 'cut') this.#lostToCuts += 1;
      const isServer = event.instance === serverInstance || event.type === 'crashed' || event.type === 'sent';
      const line = isServer ? eventLine(event, this.#kindsShown) : null;
      if (line !== null) this.#transcript.add(atMs, event.node, line.text, line.to);
    }
  }

  /** Those that came before. */
  #tellAnswers(beforeMs: number): void {
    for (;;) {
      const [next] = this.#toTell;
      if (next === undefined || next.atMs >= beforeMs) return;
      this.#toTell.shift();
      this.#transcript.add(next.atMs, next.node, next.text);
    }
  }
}

/** Steps that change the cluster and have nothing to say whether they succeed. */
type Acting = Exclude<
  PlainStep,
  {
    type: 'cluster' | 'call' | 'run' | 'runUntil' | 'settle' | 'expect' | 'request' | 'broadcast' | 'show';
  }
>;

function pairs(from: readonly NodeId[], to: readonly NodeId[], bothWays: boolean): readonly Link[] {
  return from.flatMap((a) =>
    to.flatMap((b) => {
      if (a === b) return [];
      return bothWays
        ? [
            { from: a, to: b },
            { from: b, to: a },
          ]
        : [{ from: a, to: b }];
    }),
  );
}
