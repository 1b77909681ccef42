import { QuorateError } from '../api/error.js';
import { groupsMax, planGroups } from '../api/plan-groups.js';
import type { GroupInfo, GroupOptions, GroupsApi, TabInfo } from '../api/types.js';
import { checkVoters } from './checks.js';
import { type RoomDocument, runOn, runsOn } from './document.js';
import type { Helm } from './helm.js';
import { newRun, startable } from './new-run.js';
import type { ObservedRuns } from './observed-runs.js';
import type { Room } from './room.js';

/** What a group is called in scripts; screens have it in their own language. */
export function groupName(number: number): string {
  return `Group ${number}`;
}

/** `quorate.groups` over a room. */
export class GroupDesk implements GroupsApi {
  readonly #helm: Helm;
  readonly #observed: () => ObservedRuns | null;

  constructor(helm: Helm, observed: () => ObservedRuns | null) {
    this.#helm = helm;
    this.#observed = observed;
  }

  list(): readonly GroupInfo[] {
    const { room } = this.#helm;
    if (room === null) return [];
    const [own, shown] = [room.run?.id, room.runInView?.id];
    return runsOn(room.document).flatMap((run): readonly GroupInfo[] => {
      if (run.group === null) return [];
      const seen = this.#observed()?.of(run.id) ?? null;
      const { leader = null, reign = 0, lastIndex = 0, commitIndex = 0 } = seen?.fromOutside(null) ?? {};
      return [
        {
          run: run.id,
          number: run.group,
          name: groupName(run.group),
          protocol: run.protocol,
          voters: seen?.membership(run.voters).voters ?? run.voters,
          leader,
          reign,
          lastIndex,
          commitIndex,
          pace: run.pace,
          paused: run.paused,
          faults: run.faults,
          own: run.id === own,
          shown: run.id === shown,
        },
      ];
    });
  }

  async split(
    how: number | readonly (readonly string[])[],
    given: GroupOptions = {},
  ): Promise<readonly string[]> {
    const { room, document } = this.#helm.drives();
    const { protocol = 'raft', options } = given;
    const found = startable(protocol);
    const lists = membersOf(room, document, how, found.votersMin);
    if (runsOn(document).length + lists.length > groupsMax)
      throw new QuorateError('too-large', `At most ${groupsMax} groups at one time.`);
    const groups = lists.map((list) => checkVoters(room, list ?? [], found.votersMin, found.votersMax));
    const all = groups.flat();
    if (new Set(all).size !== all.length)
      throw new QuorateError('bad-voters', 'A tab is named in two groups.');
    const runs = groups.map((voters, i) => newRun(document, found, { voters, options, group: i + 1 }));
    await room.change({ kind: 'split', runs });
    return runs.map(({ id }) => id);
  }

  async stop(named?: string): Promise<void> {
    if (named !== undefined) {
      const { room, run } = this.#helm.drivesRun(named);
      return room.change({ kind: 'stopGroups', runs: [run.id] });
    }
    const { room, document } = this.#helm.drives();
    const runs = runsOn(document).flatMap(({ id, group }) => (group === null ? [] : [id]));
    if (runs.length === 0) throw new QuorateError('not-running', 'No groups run. Split the room first.');
    return room.change({ kind: 'stopGroups', runs });
  }

  show(run?: string): void {
    const room = this.#helm.joined();
    if (run !== undefined && runOn(room.document, run) === null)
      throw new QuorateError('not-running', `No run ${String(run)} is on.`);
    room.show(run ?? null);
  }
}

/** Who shall be in which group: as given, or so many tabs each of those that are free. */
function membersOf(
  room: Room,
  document: RoomDocument,
  how: number | readonly (readonly string[])[],
  votersMin: number,
): readonly (readonly string[])[] {
  if (Array.isArray(how) && how.length > 0) return how;
  if (typeof how !== 'number' || !Number.isSafeInteger(how) || (how !== 1 && how < votersMin)) {
    throw new QuorateError(
      'bad-voters',
      `Give how many tabs a group has, 1 or at least ${votersMin}, or lists of node ids.`,
    );
  }
  const free = freeTabs(room, document);
  const { groups } = planGroups(free, how);
  if (groups.length > 0) return groups;
  throw new QuorateError('bad-voters', `A group of ${how} takes more tabs than are free: ${free.length}.`);
}

/** Tabs that take part in no group, in the order of joining. */
function freeTabs(room: Room, document: RoomDocument): readonly TabInfo[] {
  const taken = new Set(runsOn(document).flatMap(({ servers }) => servers));
  const { tabs } = room.info();
  const order = room.links.inOrderOfJoining(tabs.map(({ id }) => id));
  return order.flatMap((id) => tabs.find((tab) => tab.id === id && !taken.has(id)) ?? []);
}
