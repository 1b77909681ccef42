import type { NodeId } from '@quorate/shared/core';
import { beforeAll, expect, test } from 'vitest';
import { AntiEntropy } from './anti-entropy.js';
import { changed, code, open, person } from './control/cast.js';
import { compareVersions, type RoomVersion, readVersion } from './control/index.js';
import type { SystemMessage } from './messages.js';
import { Roster, type TabRecord } from './roster.js';

const id = (name: string): NodeId => name.padEnd(26, 'a');
const tab = (name: string, stamp: number): TabRecord => ({
  id: id(name),
  publicKey: null,
  name,
  joinedMs: 1,
  stamp,
  watching: false,
  hidden: false,
  left: false,
  lab: 'idle',
  browser: 'Chrome, laptop',
  links: [],
});
let first: RoomVersion;
let second: RoomVersion;

beforeAll(async () => {
  const host = await person();
  first = await open(host);
  second = await changed(first, host, { kind: 'pace', pace: 0.5 });
});

/** Two linked tabs that have heard different things; messages arrive at once. */
function pair(versions: readonly (RoomVersion | null)[], tabs: readonly (readonly TabRecord[])[]) {
  const sent: SystemMessage['type'][] = [];
  const sides = [0, 1].map((side) => {
    const roster = new Roster(tabs[side] ?? []);
    const state = { version: versions[side] ?? null };
    const entropy: AntiEntropy = new AntiEntropy({
      peers: new Set([`${1 - side}`]),
      version: () => state.version,
      tabs: () => roster.list(),
      send: (to, message) => {
        sent.push(message.type);
        sides[Number(to)]?.take(`${side}`, message);
      },
    });
    const take = (from: NodeId, message: SystemMessage): void => {
      if (message.type === 'digest') return entropy.compare(from, message);
      if (message.type !== 'news') throw new Error(`nobody sends ${message.type}`);
      for (const record of message.tabs) roster.merge(record);
      if (message.document !== null) {
        const version = readVersion(message.document, code);
        if (state.version === null || compareVersions(version, state.version) > 0) state.version = version;
      }
      if (message.wantsBack) entropy.tell(from, false);
    };
    return { entropy, take, known: () => ({ ...state, tabs: roster.list() }) };
  });
  return { sides, sent };
}

test('two that have heard different things both know all of it after one of them has asked', () => {
  const { sides, sent } = pair(
    [first, second],
    [
      [tab('ada', 5), tab('jun', 1)],
      [tab('ada', 4), tab('jun', 2), tab('lea', 1)],
    ],
  );
  sides[0]?.entropy.ask();
  expect(sides[0]?.known()).toEqual(sides[1]?.known());
  expect(sides[0]?.known()).toMatchObject({
    version: second,
    tabs: [{ stamp: 5 }, { stamp: 2 }, { stamp: 1 }],
  });
  expect(sent).toEqual(['digest', 'news', 'news']);
});

test('who has heard nothing yet is told, and two that have heard the same say no more than a digest', () => {
  const { sides, sent } = pair([null, first], [[], [tab('ada', 1)]]);
  sides[1]?.entropy.ask();
  expect(sides[0]?.known()).toEqual({ version: first, tabs: [tab('ada', 1)] });
  sent.length = 0;
  for (const { entropy } of sides) entropy.ask();
  expect(sent).toEqual(['digest', 'digest']);
});

test('neighbours are asked in turn, and nobody where there is none', () => {
  const asked: NodeId[] = [];
  const peers = new Set<NodeId>();
  const entropy = new AntiEntropy({
    peers,
    version: () => null,
    tabs: () => [],
    send: (to) => asked.push(to),
  });
  entropy.ask();
  for (const peer of ['x', 'y', 'z']) peers.add(peer);
  for (let turn = 0; turn < 3; turn += 1) entropy.ask();
  expect(asked.sort()).toEqual(['x', 'y', 'z']);
});
