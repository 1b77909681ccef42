import { type BrowserContext, expect, test } from '@playwright/test';
import { MeshTab } from './mesh-pages.js';
import { type HarnessServer, serveHarness } from './support/harness.js';

let server: HarnessServer;

test.beforeAll(async () => {
  server = await serveHarness('mesh');
});

test.afterAll(() => server.close());

async function openMesh(context: BrowserContext, ids: readonly string[]): Promise<readonly MeshTab[]> {
  const tabs = await Promise.all(ids.map((id) => MeshTab.open(context, server.url, id)));
  await Promise.all(tabs.map((tab) => tab.call('want', ids)));
  for (const tab of tabs) await expectLinks(tab, ids);
  return tabs;
}

const expectLinks = (tab: MeshTab, ids: readonly string[]): Promise<void> =>
  expect.poll(() => tab.connected()).toEqual(ids.filter((id) => id !== tab.id));

async function openPair(context: BrowserContext): Promise<readonly [MeshTab, MeshTab]> {
  const [first, second] = await openMesh(context, ['a', 'b']);
  if (first === undefined || second === undefined) throw new Error('a pair has two tabs');
  return [first, second];
}

const frames = async (tab: MeshTab) =>
  (await tab.entries('frame')).map(({ lane, name, bytes, whole }) => ({ lane, name, bytes, whole }));

test('five tabs that want each other come up as a full mesh, each with a round-trip time', async ({
  context,
}) => {
  const tabs = await openMesh(context, ['a', 'b', 'c', 'd', 'e']);
  for (const tab of tabs) {
    await expect
      .poll(async () => (await tab.call('links')).every(({ roundTripMs }) => roundTripMs !== null))
      .toBe(true);
    expect(await tab.entries('violation')).toEqual([]);
    expect((await tab.entries('up')).length).toBe(4);
  }
});

test('a link that only one side wants comes up, whichever side that is, and goes when it is released', async ({
  context,
}) => {
  const tabs = await Promise.all(['a', 'b', 'c'].map((id) => MeshTab.open(context, server.url, id)));
  const [a, b, c] = tabs;
  if (a === undefined || b === undefined || c === undefined) throw new Error('three tabs');
  await b.call('want', ['a', 'c']);
  await expectLinks(b, ['a', 'c']);
  await expectLinks(a, ['b']);
  await b.call('release', 'a');
  await expectLinks(b, ['c']);
  await expect.poll(() => a.entries('down')).toMatchObject([{ peer: 'b', reason: 'released' }]);
  await expect.poll(() => b.entries('down')).toMatchObject([{ peer: 'a', reason: 'released' }]);
});

test('frames of all sizes arrive whole and in order, on every lane', async ({ context }) => {
  const [a, b] = await openPair(context);
  const sizes = [1, 16 * 1024, 1024 * 1024, 0, 4 * 1024 * 1024, 16 * 1024 - 4, 100];
  for (const lane of ['control', 'protocol', 'bulk'] as const) {
    const before = (await frames(b)).length;
    for (const [index, bytes] of sizes.entries()) {
      expect(['sent', 'queued']).toContain(await a.call('send', 'b', lane, index + 1, bytes));
    }
    const expected = sizes.map((bytes, index) => ({
      lane,
      name: bytes === 0 ? 0 : index + 1,
      bytes,
      whole: true,
    }));
    await expect.poll(async () => (await frames(b)).slice(before)).toEqual(expected);
  }
  expect(await a.call('send', 'b', 'bulk', 1, 4 * 1024 * 1024 + 1)).toBe('too-large');
  expect(await a.call('send', 'nobody', 'bulk', 1, 1)).toBe('no-link');
});

test('a protocol frame overtakes bulk that was sent before it', async ({ context }) => {
  const [a, b] = await openPair(context);
  await a.page.evaluate(() => {
    const { send } = Reflect.get(globalThis, 'harness');
    for (let name = 1; name <= 8; name += 1) send('b', 'bulk', name, 1024 * 1024);
    send('b', 'protocol', 99, 10);
    send('b', 'control', 98, 10);
  });
  await expect.poll(async () => (await frames(b)).length).toBe(10);
  const received = await frames(b);
  expect(received.every(({ whole }) => whole)).toBe(true);
  const lanes = received.map(({ lane }) => lane);
  expect(lanes.lastIndexOf('protocol')).toBeLessThan(lanes.indexOf('bulk') + 2);
  expect(lanes.indexOf('control')).toBeLessThan(lanes.indexOf('protocol'));
});

test('a lane that is full answers overflow, and what it had taken still arrives', async ({ context }) => {
  const [a, b] = await openPair(context);
  const outcomes: readonly string[] = await a.page.evaluate(() =>
    Array.from({ length: 24 }, (_, name) =>
      Reflect.get(globalThis, 'harness').send('b', 'bulk', name, 1024 * 1024),
    ),
  );
  const taken = outcomes.filter((outcome) => outcome !== 'overflow').length;
  expect(taken).toBe(16);
  await expect.poll(async () => (await frames(b)).filter(({ whole }) => whole).length).toBe(taken);
});

test('a closed tab has crashed at once for its peers', async ({ context }) => {
  const [a, b, c] = await openMesh(context, ['a', 'b', 'c']);
  await b?.page.close({ runBeforeUnload: true });
  // ICE would need more than five seconds to notice anything.
  for (const tab of [a, c]) {
    await expect
      .poll(async () => tab?.entries('down'), { timeout: 3_000 })
      .toMatchObject([{ peer: 'b', reason: 'crashed' }]);
  }
});

test('a tab that says goodbye has left, and links come back when it wants them again', async ({
  context,
}) => {
  const [a, b] = await openPair(context);
  await b.call('goodbye');
  await expect.poll(() => a.entries('down')).toMatchObject([{ peer: 'b', reason: 'left' }]);
  await b.call('want', ['a']);
  await expectLinks(a, ['b']);
});

test('a reloaded tab has crashed, and is linked again as soon as it asks', async ({ context }) => {
  const ids = ['a', 'b', 'c'];
  const tabs = await openMesh(context, ids);
  // Once as the initiator of a pair, once as the other side.
  for (const again of [tabs[0], tabs[2]]) {
    await again?.page.reload();
    await again?.call('want', ids);
    for (const tab of tabs) await expectLinks(tab, ids);
  }
  const reasons = (await tabs[1]?.entries('down'))?.map(({ peer, reason }) => ({ peer, reason }));
  expect(reasons).toEqual([
    { peer: 'a', reason: 'crashed' },
    { peer: 'c', reason: 'crashed' },
  ]);
});

test('a tab that does not run is silent, not gone, and is back when it runs again', async ({ context }) => {
  const [a, b] = await openPair(context);
  const debug = await context.newCDPSession(b.page);
  await debug.send('Debugger.enable');
  await debug.send('Debugger.pause');
  await expect.poll(async () => (await a.call('links')).map(({ state }) => state)).toEqual(['silent']);
  await debug.send('Debugger.disable');
  await expectLinks(a, ['b']);
  await expectLinks(b, ['a']);
  expect([await a.entries('down'), await b.entries('down')]).toEqual([[], []]);
});

test('malformed messages are dropped and reported to both sides, and the link goes on', async ({
  context,
}) => {
  const [a, b] = await openPair(context);
  await a.call('sendRaw', 'text');
  await a.call('sendRaw', [9, 0, 0, 0, 0]);
  await a.call('sendRaw', [1, 0xff, 0, 1, 0]);
  // Each went out on both channels.
  const codes = ['malformed', 'malformed', 'not-binary', 'not-binary', 'wrong-version', 'wrong-version'];
  await expect.poll(async () => (await b.entries('violation')).map(({ code }) => code).sort()).toEqual(codes);
  await expect.poll(async () => (await a.entries('accused')).map(({ code }) => code).sort()).toEqual(codes);
  await a.call('send', 'b', 'protocol', 5, 20_000);
  await expect.poll(() => frames(b)).toEqual([{ lane: 'protocol', name: 5, bytes: 20_000, whole: true }]);
  expect(await b.entries('down')).toEqual([]);
});

test('a peer that goes on breaking the rules loses the link', async ({ context }) => {
  const [a, b] = await openPair(context);
  for (let count = 0; count < 5; count += 1) await a.call('sendRaw', [9, 9, 9, 9, 9]);
  await expect.poll(() => a.entries('down')).toMatchObject([{ peer: 'b', reason: 'lost' }]);
  await expect.poll(() => b.entries('down')).toMatchObject([{ peer: 'a', reason: 'lost' }]);
  // It is still wanted, so it is made anew.
  await expectLinks(b, ['a']);
});
