import type { NodeId } from '@quorate/shared/core';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { OverlayOrMesh } from './overlay/index.js';
import { RoomLinks } from './room-links.js';
import { lingerMs } from './wishes.js';

const id = (name: string | number): NodeId => `tab${name}`.padEnd(26, 'a');
const member = (node: NodeId) => ({ nodeId: node, name: node, watch: false });

/** One tab's links over a mesh that does nothing by itself. */
function roomLinks() {
  const wanted = new Set<string>();
  const linked = new Set<NodeId>();
  const removed = new Set<NodeId>();
  const told = new Map<NodeId, readonly NodeId[]>();
  const clock = { nowMs: 0 };
  const self = id('self');
  /** What the overlay asks for. */
  const asked = { wished: new Set([100, 101, 102, 103, 104].map(id)), isAlone: false };
  const links = new RoomLinks({
    self,
    mesh: {
      want: (peer, owner) => wanted.add(`${owner} ${peer}`),
      release: (peer, owner) => wanted.delete(`${owner} ${peer}`),
    },
    overlay: new OverlayOrMesh(self, 'room', asked),
    linked,
    linksOf: (node) => told.get(node) ?? [],
    isRemoved: (node) => removed.has(node),
    nowMs: () => clock.nowMs,
  });
  const of = (owner: string) =>
    [...wanted].filter((wish) => wish.startsWith(`${owner} `)).map((wish) => wish.slice(owner.length + 1));
  return { links, linked, removed, told, clock, self, of };
}

const others = (count: number) => Array.from({ length: count }, (_, i) => id(i));

beforeEach(() => {
  vi.useFakeTimers();
});

describe('who is here', () => {
  test('are those the server lists, as long as it can be heard', () => {
    const { links, of } = roomLinks();
    links.setMembers([member(id(1)), member(id(2))]);
    expect([links.isHere(id(1)), links.isHere(id(3))]).toEqual([true, false]);
    expect(of('room')).toEqual([id(1), id(2)]);
    links.serverLost();
    expect(links.isHere(id(1))).toBe(false);
    expect(of('room')).toEqual([]);
    // The order of joining is remembered.
    expect(links.inOrderOfJoining([id(3), id(2), id(1)])).toEqual([id(1), id(2), id(3)]);
  });

  test('are without a server those to whom links lead, over any number of others', () => {
    const { links, linked, told } = roomLinks();
    linked.add(id(1));
    told.set(id(1), [id(2)]);
    told.set(id(2), [id(3), id('self')]);
    told.set(id(8), [id(9)]);
    links.update();
    expect([1, 2, 3, 8, 9].filter((name) => links.isHere(id(name)))).toEqual([1, 2, 3]);
    expect(links.isPartial).toBe(true);
    linked.delete(id(1));
    links.update();
    expect(links.isHere(id(2))).toBe(false);
  });
});

describe('the links wished for', () => {
  test('are all up to twelve tabs, and those of the overlay beyond; those not needed any more go once the new ones are up', () => {
    const { links, linked, clock, of } = roomLinks();
    links.setMembers(others(11).map(member));
    expect(of('room')).toHaveLength(11);
    for (const node of others(11)) linked.add(node);
    links.setMembers(others(30).map(member));
    const atFirst = of('room');
    expect(atFirst.length).toBeGreaterThan(11);
    clock.nowMs += lingerMs;
    for (const node of atFirst) linked.add(node);
    links.update();
    expect(of('room')).toHaveLength(5);
  });

  test('stay while what takes their place is not up', () => {
    const { links, linked, clock, of } = roomLinks();
    links.setMembers(others(11).map(member));
    for (const node of others(11)) linked.add(node);
    links.setMembers(others(200).slice(8).map(member));
    for (const node of others(8)) linked.add(node);
    const wished = of('room').length;
    clock.nowMs += 10 * lingerMs;
    links.update();
    expect(of('room')).toHaveLength(wished);
  });

  test('do not flap: one that is wished for again in time is never let go', () => {
    const { links, linked, clock, of } = roomLinks();
    links.setMembers(others(5).map(member));
    for (const node of others(5)) linked.add(node);
    links.setRunServers([id('self'), id(1), id(2)]);
    for (let round = 0; round < 10; round += 1) {
      links.setRunServers(round % 2 === 0 ? [] : [id('self'), id(1), id(2)]);
      clock.nowMs += lingerMs - 1;
      links.update();
      expect(of('lab/servers')).toEqual([id(1), id(2)]);
    }
    links.setRunServers([]);
    clock.nowMs += lingerMs;
    links.update();
    expect(of('lab/servers')).toEqual([]);
  });

  test('are no others once the room has been left', () => {
    const { links, of } = roomLinks();
    links.setMembers(others(3).map(member));
    links.stop();
    links.setMembers(others(5).map(member));
    expect(of('room')).toEqual(others(3));
  });

  test('of the run’s servers are each other; of another tab they are the servers, while it asks them for something', () => {
    const { links, clock, of } = roomLinks();
    links.setMembers(others(30).map(member));
    const servers = others(5);
    links.setRunServers([id('self'), ...servers, id('closed')]);
    expect(of('lab/servers')).toEqual(servers);
    links.setRunServers(servers);
    expect([of('lab/servers'), of('lab/client')]).toEqual([[], []]);
    links.askServers();
    expect(of('lab/client')).toEqual(servers);
    clock.nowMs += 60_000;
    links.update();
    expect(of('lab/client')).toEqual([]);
  });
});

describe('a link for one order', () => {
  test('is opened, used and let go', async () => {
    const { links, linked, of } = roomLinks();
    const used: string[] = [];
    const done = links.withLink(id(1), async () => {
      used.push(...of('order'));
    });
    expect([of('order'), used]).toEqual([[id(1)], []]);
    linked.add(id(1));
    links.linkUp(id(1));
    await done;
    expect([of('order'), used]).toEqual([[], [id(1)]]);
  });

  test('is given up where it does not come up', async () => {
    const { links, of } = roomLinks();
    const done = links
      .withLink(id(1), async () => undefined)
      .catch((error: unknown) => Reflect.get(Object(error), 'code'));
    await vi.advanceTimersByTimeAsync(10_000);
    expect(await done).toBe('unreachable');
    expect(of('order')).toEqual([]);
  });
});

test('whoever was removed is not here, though it is linked and the server lists it', () => {
  const { links, linked, removed, told, of } = roomLinks();
  links.setMembers([id(0), id(1), id(2)].map((nodeId) => ({ nodeId, name: nodeId, watch: false })));
  linked.add(id(0));
  told.set(id(0), [id(1)]);
  links.update();
  expect(of('room').sort()).toEqual([id(0), id(1), id(2)].sort());
  removed.add(id(1));
  links.update();
  expect(links.isHere(id(1))).toBe(false);
  expect(links.isHere(id(0))).toBe(true);
});
