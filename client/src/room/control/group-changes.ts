import { type NodeId, nextCounter, type RunId } from '@quorate/shared/core';
import { QuorateError } from '../../api/error.js';
import { groupsMax } from '../../api/plan-groups.js';
import { changeRun, type RoomDocument, type RunEntry, runsOn, withRun } from '../document.js';

type Runs = RoomDocument['runs'];

/**
 * The runs once these groups have begun, all in one version. A group keeps its number unless another has it by now. Throws
 * `QuorateError` where a run of the whole room is on, or one of their nodes takes part in another group already.
 */
export function splitAfter(document: RoomDocument, groups: readonly RunEntry[]): Runs {
  let { runs } = document;
  for (const group of groups) {
    const on = runsOn({ ...document, runs });
    refuseRoomsRun(on);
    refuseMembers(on, [...group.servers, ...group.voters]);
    if (on.length >= groupsMax)
      throw new QuorateError('too-large', `At most ${groupsMax} groups at one time.`);
    runs = withRun(runs, { ...group, group: numberFor(group.group, on) });
  }
  return runs;
}

/** The runs once those of these groups that are still on have stopped. Throws `QuorateError` where none is. */
export function stoppedAfter({ runs }: RoomDocument, ids: readonly RunId[]): Runs {
  const isMeant = ({ id, running, group }: RunEntry): boolean =>
    running && group !== null && ids.includes(id);
  if (!runs.some(isMeant)) throw new QuorateError('not-running', 'Those groups have been stopped.');
  return runs.map((run) => (isMeant(run) ? { ...run, running: false } : run));
}

/** The runs once these nodes, which voted in this group and do not any more, have left it: they may join another. */
export function leftAfter({ runs }: RoomDocument, group: RunEntry, nodes: readonly NodeId[]): Runs {
  const servers = group.servers.filter((node) => !nodes.includes(node));
  if (servers.length === 0) throw new QuorateError('bad-voters', 'Somebody has to stay in the group.');
  return changeRun(runs, group.id, { servers });
}

/** Throws `QuorateError` where one of these nodes takes part in another group than `group`. */
export function refuseStrangers(
  document: RoomDocument,
  group: RunEntry | null,
  nodes: readonly NodeId[],
): void {
  refuseMembers(
    runsOn(document).filter(({ id }) => id !== group?.id),
    nodes,
  );
}

function refuseMembers(on: readonly RunEntry[], nodes: readonly NodeId[]): void {
  for (const { group, servers } of on) {
    const member = group === null ? undefined : nodes.find((node) => servers.includes(node));
    if (member === undefined) continue;
    throw new QuorateError(
      'in-another-group',
      `${member} takes part in group ${group} already: a node is in one group at a time.`,
    );
  }
}

function refuseRoomsRun(on: readonly RunEntry[]): void {
  const run = on.find(({ group }) => group === null);
  if (run === undefined) return;
  throw new QuorateError(
    'already-running',
    `${run.protocol} runs already, in the whole room. Stop it first: quorate.stop().`,
  );
}

/** The number that a group wishes for, or the next that is free. */
function numberFor(wished: number | null, on: readonly RunEntry[]): number {
  const taken = new Set(on.map(({ group }) => group));
  let number = wished ?? 1;
  while (taken.has(number)) number = nextCounter(number);
  return number;
}
