import { anyNode, type FaultInput } from '@quorate/shared/faults';
import { QuorateError } from '../api/error.js';
import type { FaultsApi } from '../api/types.js';
import { checkFault } from './checks.js';
import { faultsMax, runsOn } from './document.js';
import type { Driven, Helm } from './helm.js';

/** `quorate.faults` over a room. */
export class FaultDesk implements FaultsApi {
  readonly #helm: Helm;
  #nextFault = 1;

  constructor(helm: Helm) {
    this.#helm = helm;
  }

  async set(faults: readonly FaultInput[], run?: string): Promise<readonly string[]> {
    if (!Array.isArray(faults)) throw new QuorateError('bad-fault', 'Give a list of faults.');
    return this.#change(this.#runId(run), 'all', faults);
  }

  async add(fault: FaultInput, run?: string): Promise<string> {
    return (await this.#change(this.#runId(run), [], [fault]))[0] ?? '';
  }

  async remove(id: string): Promise<void> {
    const { document } = this.#helm.drivesRun();
    const run = runsOn(document).find(({ faults }) => faults.some((entry) => entry.id === id));
    if (run === undefined) throw new QuorateError('bad-fault', `There is no fault ${id}.`);
    await this.#change(run.id, [id], []);
  }

  async clear(run?: string): Promise<void> {
    await this.#change(this.#runId(run), 'all', []);
  }

  #runId(named: string | undefined): string {
    return this.#helm.drivesRun(named).run.id;
  }

  async #change(
    run: string,
    end: 'all' | readonly string[],
    given: readonly FaultInput[],
  ): Promise<readonly string[]> {
    const { room } = this.#helm.drives();
    const add = given.map((fault) => ({ id: this.#faultId(), fault: checkFault(fault) }));
    if (add.length > faultsMax) {
      throw new QuorateError(
        'bad-fault',
        `At most ${faultsMax} faults at a time. Use '*' for every node, or clear some.`,
      );
    }
    this.#checkEnds(room, add);
    await room.change({ kind: 'faults', run, end: end === 'all' ? end : [...end], add });
    return add.map((entry) => entry.id);
  }

  #checkEnds(
    room: Driven['room'],
    add: readonly { readonly fault: { readonly from: string; readonly to: string } }[],
  ): void {
    const known = new Set<string>([anyNode, ...room.info().tabs.map((tab) => tab.id)]);
    for (const { fault } of add) {
      const stranger = [fault.from, fault.to].find((end) => !known.has(end));
      if (stranger !== undefined)
        throw new QuorateError('unknown-node', `There is no tab ${stranger} in this room.`);
    }
  }

  /** Unlike those of the host's earlier pages, too: counts of touched messages go by these ids. */
  #faultId(): string {
    return `fault-${Date.now().toString(36)}-${this.#nextFault++}`;
  }
}
