import type {
  AnyProtocol,
  Effect,
  InvariantChecker,
  NodeId,
  ProcessEvent,
  Violation,
} from '../../core/index.js';
import type { Fall } from '../../scenario/index.js';

const ownSentences: ReadonlyMap<string, string> = new Map([
  ['own-code', "A node's own code keeps its own rules."],
  ['equal-stores', 'Equal entries applied give equal stores.'],
]);

/** Looks on after every step of every server, and remembers the first rule that fell. */
export class Watch {
  readonly #checker: InvariantChecker<unknown, unknown>;
  readonly #nowMs: () => number;
  /** The store's digest at each applied index, as the first node that came there had it. */
  readonly #digests = new Map<number, string>();
  #fall: Fall | null = null;

  constructor(protocol: AnyProtocol, voters: readonly NodeId[], options: unknown, nowMs: () => number) {
    this.#checker = protocol.createChecker(voters, options);
    this.#nowMs = nowMs;
  }

  get fall(): Fall | null {
    return this.#fall;
  }

  afterStep(
    node: NodeId,
    state: unknown,
    event: ProcessEvent<unknown>,
    effects: readonly Effect<unknown>[],
  ): void {
    const violation =
      this.#checker.afterStep(node, state, event, effects) ?? this.#compareDigest(node, event);
    if (violation !== null) this.fell(violation);
  }

  afterCrash(node: NodeId): void {
    this.#checker.afterCrash(node);
  }

  fell(violation: Violation): void {
    if (this.#fall !== null) return;
    const { rules } = this.#checker;
    const sentence = rules.find(({ name }) => name === violation.rule)?.sentence;
    this.#fall = {
      ...violation,
      sentence: sentence ?? ownSentences.get(violation.rule) ?? '',
      atMs: this.#nowMs(),
    };
  }

  #compareDigest(node: NodeId, event: ProcessEvent<unknown>): Violation | null {
    if (event.type !== 'executed') return null;
    const index = event.outcomes.at(-1)?.index;
    if (index === undefined) return null;
    const first = this.#digests.get(index);
    if (first === undefined) this.#digests.set(index, event.digest);
    if (first === undefined || first === event.digest) return null;
    const why = `its store has digest ${event.digest} after entry ${index}, where another had ${first}`;
    return { rule: 'equal-stores', node, why };
  }
}
