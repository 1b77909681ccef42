import { describe, expect, test } from 'vitest';
import type { LinkInfo, LinkState } from '../mesh/index.js';
import { LabLinks } from './lab-links.js';

/** The links of a lab over a mesh that does nothing by itself. */
function labLinks() {
  const owners = new Set<string>();
  const failed: string[] = [];
  const states = new Map<string, LinkState>();
  const up = new Set<string>();
  const crashed = new Set<string>();
  const links = new LabLinks({
    mesh: {
      want: (peer, owner) => owners.add(`${owner} ${peer}`),
      release: (peer, owner) => owners.delete(`${owner} ${peer}`),
      links: () => new Map([...states].map(([peer, state]) => [peer, { state } as LinkInfo])),
    },
    isUp: (peer) => up.has(peer),
    isLabCrashed: (peer) => crashed.has(peer),
    onFail: (peer) => failed.push(peer),
  });
  return { links, owners, failed, states, up, crashed };
}

describe("a lab's wish for a link", () => {
  test('is one of the run and instance that asks, and another may let go of the same link', () => {
    const { links, owners, states } = labLinks();
    states.set('p', 'connecting');
    links.want('p', 'run1/server', true);
    links.want('p', 'run1/detector', true);
    links.want('p', 'run1/server', false);
    expect([...owners]).toEqual(['lab/run1/detector p']);
  });

  test('fails once for each try that ends without a link', () => {
    const { links, failed, states } = labLinks();
    states.set('p', 'connecting');
    links.want('p', 'run1/server', true);
    links.look('p');
    expect(failed).toEqual([]);
    states.set('p', 'backoff');
    links.look('p');
    links.look('p');
    expect(failed).toEqual(['p']);
    links.want('p', 'run1/server', true);
    expect(failed).toEqual(['p', 'p']);
  });

  test('does not fail when the link comes up, nor when that link ends later', () => {
    const { links, failed, states, up } = labLinks();
    states.set('p', 'connecting');
    links.want('p', 'run1/server', true);
    states.set('p', 'direct');
    up.add('p');
    links.look('p');
    up.delete('p');
    states.set('p', 'backoff');
    links.look('p');
    expect(failed).toEqual([]);
  });

  test('fails where the link is up and the lab at its other end has crashed', () => {
    const { links, failed, states, crashed } = labLinks();
    states.set('p', 'direct');
    links.want('p', 'run1/server', true);
    expect(failed).toEqual([]);
    crashed.add('p');
    links.look('p');
    expect(failed).toEqual(['p']);
  });

  test('fails at once where the mesh gives no link at all', () => {
    const { links, failed } = labLinks();
    links.want('self', 'run1/server', true);
    expect(failed).toEqual(['self']);
  });

  test('of others than the lab is not told of', () => {
    const { links, failed, states } = labLinks();
    states.set('p', 'backoff');
    links.look('p');
    expect(failed).toEqual([]);
  });
});
