import type { NodeId } from '@quorate/shared/core';
import { describe, expect, test } from 'vitest';
import { createWorld, type Page } from '../../mesh/virtual-pages.js';
import { RoomLinks } from '../room-links.js';
import { MeshSystemPlane } from '../system-plane.js';
import { OverlayOrMesh } from './overlay-links.js';

const idOf = (i: number): NodeId => `tab${i}`.padEnd(26, 'a');

type Tab = {
  readonly id: NodeId;
  readonly page: Page;
  readonly plane: MeshSystemPlane;
  readonly links: RoomLinks;
  /** Serials of the flashes that have come, as often as they came. */
  readonly heard: number[];
};

/** Rooms of tabs over virtual links; each knows of the others' links what a record would tell it, at once. */
function createRoom() {
  const world = createWorld();
  const tabs = new Map<NodeId, Tab>();
  const closed = new Set<NodeId>();
  const removed = new Set<NodeId>();
  let flashes = 0;

  const open = (id: NodeId): Tab => {
    const page = world.open(id);
    const heard: number[] = [];
    const plane = new MeshSystemPlane(
      page.mesh,
      {
        onMessage: (_from, message) => message.type === 'flash' && heard.push(message.serial),
        onLabFrame: () => undefined,
        onPeer: () => links.update(),
        onBadMessage: (from, { code, message }) => page.log.push(`bad ${from} ${code} ${message}`),
        onRefused: (by, { code }) => page.log.push(`refused ${by} ${code}`),
      },
      {
        self: id,
        scheduler: world.clock,
        seed: tabs.size,
        incarnation: tabs.size + 1,
        isRemoved: (node) => removed.has(node),
        isPartial: () => links.isPartial,
        isHere: (node) => links.isHere(node),
        onWishes: () => world.clock.soon(() => links.update()),
      },
    );
    const links = new RoomLinks({
      self: id,
      mesh: page.mesh,
      overlay: new OverlayOrMesh(id, 'room', plane.overlay),
      linked: plane.peers,
      linksOf: (node) => (closed.has(node) ? [] : [...(tabs.get(node)?.plane.peers ?? [])]),
      isRemoved: (node) => removed.has(node),
      nowMs: () => world.clock.now(),
    });
    const tab = { id, page, plane, links, heard };
    tabs.set(id, tab);
    return tab;
  };
  const present = (): Tab[] => [...tabs.values()].filter(({ id }) => !closed.has(id));
  const advance = (ms: number): void => {
    for (let t = 0; t < ms; t += 1_000) {
      world.clock.advance(1_000);
      for (const { links } of present()) links.update();
    }
  };
  const list = (): void => {
    const members = present().map(({ id }) => ({ nodeId: id, name: id, watch: false }));
    for (const { links } of present()) links.setMembers(members);
  };
  const flash = (from: Tab): number => {
    flashes += 1;
    from.plane.spread({ type: 'flash', node: from.id, serial: flashes });
    return flashes;
  };
  const close = (ids: readonly NodeId[]): void => {
    for (const id of ids) {
      tabs.get(id)?.page.events.dispatchEvent(new Event('pagehide'));
      tabs.get(id)?.plane.stop();
      closed.add(id);
    }
  };
  return { world, tabs, removed, open, present, advance, list, flash, close };
}

/** What each tab but the sender has not heard exactly once. */
function missed(tabs: readonly Tab[], from: Tab, serial: number): string[] {
  return tabs.flatMap(({ id, heard }) => {
    const count = heard.filter((one) => one === serial).length;
    return count === (id === from.id ? 0 : 1) ? [] : [`${id}: ${count}`];
  });
}

function payloadsSent(tabs: readonly Tab[]): number {
  return tabs.reduce((sum, { page }) => {
    const links = [...page.mesh.links().values()];
    return sum + links.reduce((bytes, { framesOut }) => bytes + framesOut, 0);
  }, 0);
}

function expectNoFault(tabs: readonly Tab[]): void {
  for (const { page } of tabs)
    expect(page.log.filter((line) => /^(violation|accused|bad|refused)/.test(line))).toEqual([]);
}

describe('forty tabs', () => {
  test('that come one after the other are joined by an overlay of few links, and a word of any reaches all, once', () => {
    const room = createRoom();
    for (let i = 0; i < 40; i += 1) {
      room.open(idOf(i));
      room.list();
      room.world.clock.advance(500);
    }
    room.advance(30_000);
    const tabs = room.present();
    const links = tabs.map(({ plane }) => plane.peers.size);
    expect(Math.min(...links)).toBeGreaterThanOrEqual(2);
    // Five neighbours each; who has fewer asks others, over links that are let go when they refuse.
    expect(links.reduce((sum, count) => sum + count, 0) / tabs.length).toBeLessThanOrEqual(6);
    for (const from of tabs) {
      const serial = room.flash(from);
      room.advance(5_000);
      expect(missed(tabs, from, serial)).toEqual([]);
    }
    expectNoFault(tabs);
  });

  test('go on without the server when ten close at once: those left hear everything, over links by way of each other', () => {
    const room = createRoom();
    for (let i = 0; i < 40; i += 1) room.open(idOf(i));
    room.list();
    room.advance(40_000);
    room.world.relay.gone = true;
    for (const { links } of room.present()) links.serverLost();
    room.close(Array.from({ length: 10 }, (_, i) => idOf(i)));
    room.advance(40_000);
    const left = room.present();
    expect(left).toHaveLength(30);
    for (const from of left) {
      const serial = room.flash(from);
      room.advance(3_000);
      expect(missed(left, from, serial)).toEqual([]);
    }
    expectNoFault(left);
  });

  test('send a word over little more links than a tree has, once the tree has formed', () => {
    const room = createRoom();
    for (let i = 0; i < 40; i += 1) room.open(idOf(i));
    room.list();
    room.advance(40_000);
    const [from] = room.present();
    if (from === undefined) expect.fail();
    const gossips = room.present().map(({ plane }) => plane);
    expect(gossips).toHaveLength(40);
    for (let i = 0; i < 20; i += 1) {
      room.flash(from);
      room.world.clock.advance(200);
    }
    const before = payloadsSent(room.present());
    const serial = room.flash(from);
    // Before announcements go, and no keepalive is due: payloads alone.
    room.world.clock.advance(1);
    expect(missed(room.present(), from, serial)).toEqual([]);
    expect(payloadsSent(room.present()) - before).toBeLessThanOrEqual(39 + 4);
  });
});

test('where it takes seconds to set up a link, the overlay comes to rest all the same: who waits for one tries no other', () => {
  const room = createRoom();
  room.world.relay.delayMs = () => 1_500;
  for (let i = 0; i < 24; i += 1) {
    room.open(idOf(i));
    room.list();
    room.advance(1_000);
  }
  room.advance(60_000);
  const before = room.world.network.connections.length;
  room.advance(60_000);
  // Both ends count. Who has one neighbour too few asks a few others, ever more rarely.
  expect(room.world.network.connections.length - before).toBeLessThanOrEqual(48);
  expectNoFault(room.present());
});

test('a removed tab has no place in the overlay: it hears nothing, and nothing goes by way of it', () => {
  const room = createRoom();
  for (let i = 0; i < 20; i += 1) room.open(idOf(i));
  room.list();
  room.advance(30_000);
  const gone = idOf(3);
  room.removed.add(gone);
  for (const { plane } of room.present()) plane.removed(gone);
  room.advance(30_000);
  const rest = room.present().filter(({ id }) => id !== gone);
  const [from] = rest;
  if (from === undefined) expect.fail();
  const serial = room.flash(from);
  room.advance(3_000);
  expect(missed(rest, from, serial)).toEqual([]);
  expect(room.tabs.get(gone)?.heard).not.toContain(serial);
  expect(from.plane.overlay.wished.has(gone)).toBe(false);
});

test('what a tab says before it has a neighbour is heard once it has one', () => {
  const room = createRoom();
  const [first, second] = [room.open(idOf(1)), room.open(idOf(2))];
  const serial = room.flash(first);
  room.list();
  room.advance(5_000);
  expect(second.heard).toEqual([serial]);
  expectNoFault([first, second]);
});
