import { expect, test } from 'vitest';
import { LabPeers } from './lab-peers.js';

/** A tab's lab with two peers linked, of which `ours` take part in its run. */
function make() {
  const told: string[] = [];
  const linked = new Set(['a', 'b']);
  const crashed = new Set<string>();
  let ours = ['a', 'b'];
  const peers = new LabPeers({
    mesh: { want: () => undefined, release: () => undefined, links: () => new Map() },
    lab: () => ({
      peer: (peer, up) => told.push(`${peer} ${up ? 'up' : 'down'}`),
      linkFailed: (peer) => told.push(`${peer} failed`),
    }),
    linked,
    isLabCrashed: (peer) => crashed.has(peer),
    isRemoved: () => false,
    isWithUs: (peer) => ours.includes(peer),
  });
  const heard = (): string[] => told.splice(0);
  const group = (...members: string[]): void => {
    ours = members;
    peers.lookAtAll();
  };
  return { peers, linked, crashed, heard, group };
}

test('a lab reaches whose link is up, until its lab crashes or its link ends', () => {
  const { peers, linked, crashed, heard } = make();
  peers.lookAtAll();
  expect(heard()).toEqual(['a up', 'b up']);
  peers.lookAtAll();
  expect(heard()).toEqual([]);
  crashed.add('a');
  linked.delete('b');
  peers.lookAtAll();
  expect(heard()).toEqual(['a down', 'b down']);
});

test('a lab reaches nobody of another group, and whoever joins its own', () => {
  const { peers, heard, group } = make();
  group('a');
  expect(heard()).toEqual(['a up']);
  peers.look('b');
  expect(heard()).toEqual([]);
  group('b');
  expect(heard()).toEqual(['a down', 'b up']);
});

test('a link that is asked for to somebody of another group has failed, as to a machine on which nothing listens', () => {
  const { peers, heard, group } = make();
  group('a');
  heard();
  peers.want('b', 'run/server', true);
  expect(heard()).toEqual(['b failed']);
});
