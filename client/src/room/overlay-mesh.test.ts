import type { NodeId } from '@quorate/shared/core';
import { expect, test } from 'vitest';
import { createWorld, stateOf } from '../mesh/virtual-pages.js';
import { RingOverlay } from './overlay-links.js';

const tabCount = 40;
const closedCount = 10;

test('forty tabs without a server, of which ten close at once: those left mend their rings by way of each other', () => {
  const world = createWorld();
  const ids: NodeId[] = Array.from({ length: tabCount }, (_, i) => `tab${i}`.padEnd(26, 'a'));
  const pages = new Map(
    ids.map((id) => [id, { page: world.open(id), overlay: new RingOverlay(id, 'room') }]),
  );
  const follow = (present: readonly NodeId[]): void => {
    for (const id of present) {
      const { page, overlay } = pages.get(id) ?? expect.fail(id);
      for (const peer of overlay.neighbours(present)) page.mesh.want(peer, 'room');
    }
  };
  const missing = (present: readonly NodeId[]): string[] =>
    present.flatMap((id) => {
      const { page, overlay } = pages.get(id) ?? expect.fail(id);
      return [...overlay.neighbours(present)]
        .filter((peer) => stateOf(page, peer) !== 'direct')
        .map((peer) => `${id} ${peer}`);
    });
  follow(ids);
  world.clock.advance(5_000);
  expect(missing(ids)).toEqual([]);

  world.relay.gone = true;
  for (const id of ids.slice(0, closedCount)) pages.get(id)?.page.events.dispatchEvent(new Event('pagehide'));
  const left = ids.slice(closedCount);
  world.clock.advance(1_000);
  const [broken, before] = [missing(left).length, world.network.connections.length];
  expect(broken).toBeGreaterThan(0);
  follow(left);
  world.clock.advance(8_000);
  expect(missing(left)).toEqual([]);
  for (const id of left) {
    const log = pages.get(id)?.page.log ?? [];
    expect(log.filter((line) => line.startsWith('violation') || line.startsWith('accused'))).toEqual([]);
  }
  // As with a server: one attempt for each link.
  expect(world.network.connections.length - before).toBe(broken);
});
