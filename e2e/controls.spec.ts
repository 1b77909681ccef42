import type { BrowserContext } from '@playwright/test';
import { expect } from '@playwright/test';
import type { Fault, Json } from '../client/src/api/types.js';
import { quiet, test } from './support/live.js';
import {
  agreed,
  host,
  leaderOf,
  nth,
  openRoom,
  openTab,
  startRaft,
  type Tab,
  without,
} from './support/tabs.js';

let context: BrowserContext;
let tabs: Tab[];

// One room serves them all: each test leaves it calm.
test.beforeAll(async ({ browser, server }) => {
  context = await browser.newContext(quiet);
  tabs = await openRoom(context, server.url, ['ada', 'jun', 'minji']);
  await startRaft(tabs);
});

test.afterAll(() => context.close());

test.afterEach(async () => {
  await host(tabs).page.evaluate(() => window.quorate.calm());
  await host(tabs).page.evaluate(() => window.quorate.pace.set(1));
  for (const tab of tabs) await tab.page.waitForFunction(() => window.quorate.status().pace === 1);
  await leaderOf(tabs);
});

function setFaults(faults: readonly Fault[]): Promise<readonly string[]> {
  return host(tabs).page.evaluate((given) => window.quorate.faults.set(given), faults);
}

/** The time of the tab's lab clock when it was paused; null while it is not. */
function pausedAtMs(tab: Tab): Promise<number | null> {
  return tab.page.evaluate(() => {
    const self = window.quorate.nodeId();
    const last = window.quorate.trace().findLast((event) => event.type === 'pace' && event.node === self);
    return last?.type === 'pace' && last.paused ? last.atMs : null;
  });
}

const put = (tab: Tab, path: string, value: Json) => tab.submit({ op: 'put', path, value });

test('a tab crashes its own node and restarts it: the page stays, and the node recovers from its disk', async () => {
  const [first, tab] = [host(tabs), nth(tabs, 1)];
  await put(tab, '/crash', 1);
  await agreed(tabs);
  const [id, { run }] = [await tab.id(), await tab.status()];
  await tab.page.evaluate(() => window.quorate.crash());
  expect(await tab.status()).toMatchObject({ running: false, role: null });
  expect(await tab.codeOf(`quorate.submit({ op: 'get', path: '/crash' })`)).toBe('crashed');
  await expect.poll(async () => (await first.seen(id))?.lab).toBe('crashed');
  await tab.page.evaluate(() => window.quorate.restart());
  await leaderOf(tabs);
  await agreed(tabs);
  expect(await tab.status()).toMatchObject({ run, running: true });
  const restarted = await tab.page.evaluate(() => {
    const self = window.quorate.nodeId();
    return window.quorate
      .trace()
      .findLast((event) => event.type === 'started' && event.node === self && event.instance === 'server');
  });
  expect(restarted).toMatchObject({ type: 'started', recovered: true });
  expect(await tab.submit({ op: 'get', path: '/crash' })).toMatchObject({ value: 1 });
});

test('the host crashes and restarts the leader of another tab, and another leads meanwhile', async () => {
  let leader = await leaderOf(tabs);
  if (leader === host(tabs)) {
    await leader.page.evaluate(() => window.quorate.crash());
    leader = await leaderOf(without(tabs, leader));
    await host(tabs).page.evaluate(() => window.quorate.restart());
    await leaderOf(tabs);
  }
  const id = await leader.id();
  await host(tabs).page.evaluate((node) => window.quorate.crash(node), id);
  await leader.page.waitForFunction(() => !window.quorate.status().running);
  const others = without(tabs, leader);
  expect(await (await leaderOf(others)).id()).not.toBe(id);
  await put(nth(others, 0), '/b', 2);
  await host(tabs).page.evaluate((node) => window.quorate.restart(node), id);
  await leaderOf(tabs);
  await agreed(tabs);
});

test('an isolated leader is replaced, and calm heals it', async () => {
  const leader = await leaderOf(tabs);
  const [id, { reign }] = [await leader.id(), await leader.status()];
  await setFaults([
    { kind: 'cut', from: id, to: '*' },
    { kind: 'cut', from: '*', to: id },
  ]);
  const others = without(tabs, leader);
  const next = await leaderOf(others);
  expect((await next.status()).reign).toBeGreaterThan(reign);
  expect(await put(next, '/c', 3)).toMatchObject({ ok: true });
  // CheckQuorum: it finds that it leads nobody.
  await expect.poll(async () => (await leader.status()).role).not.toBe('leader');
  // The system plane goes on: the cut is the lab's.
  expect(await next.seen(id)).toMatchObject({ link: 'direct', presence: 'here' });
  await host(tabs).page.evaluate(() => window.quorate.calm());
  await leaderOf(tabs);
  await agreed(tabs);
  expect(await leader.submit({ op: 'get', path: '/c' })).toMatchObject({ value: 3 });
});

test('calm restarts what was crashed, ends the faults and resumes', async () => {
  const [first, other] = [host(tabs), nth(tabs, 2)];
  await first.page.evaluate((node) => window.quorate.crash(node), await other.id());
  await setFaults([{ kind: 'drop', from: '*', to: '*' }]);
  await first.page.evaluate(() => window.quorate.pause());
  await other.page.waitForFunction(() => !window.quorate.status().running);
  await first.page.waitForFunction(
    (id) => window.quorate.room().tabs.find((tab) => tab.id === id)?.lab === 'crashed',
    await other.id(),
  );
  await first.page.evaluate(() => window.quorate.calm());
  await leaderOf(tabs);
  expect(await put(other, '/d', 4)).toMatchObject({ ok: true });
  expect(await first.status()).toMatchObject({ paused: false, running: true });
  await agreed(tabs);
});

test('pause holds every clock and message, and resume lets them go on', async ({ server }) => {
  const [first, second] = [host(tabs), nth(tabs, 1)];
  const { reign } = await first.status();
  await first.page.evaluate(() => window.quorate.pause());
  for (const tab of tabs) await expect.poll(() => pausedAtMs(tab)).not.toBeNull();
  let answered = false;
  const pending = put(second, '/paused', 1).finally(() => {
    answered = true;
  });
  // The system plane goes on: a late guest comes in, and each node tells it how it is.
  const guest = await openTab(context, `${server.url}/?room=${await first.code()}&watch=1`);
  const told = (id: string) =>
    guest.page.evaluate(
      (node) => window.quorate.trace().find((event) => event.type === 'keyframe' && event.node === node),
      id,
    );
  for (const tab of tabs) {
    const id = await tab.id();
    await expect.poll(() => told(id)).toMatchObject({ paused: true });
    expect((await told(id))?.atMs).toBe(await pausedAtMs(tab));
  }
  expect(answered).toBe(false);
  await guest.close();
  await first.page.evaluate(() => window.quorate.resume());
  expect(await pending).toMatchObject({ ok: true });
  expect((await first.status()).reign).toBe(reign);
});

test('slow motion gives every message a time on its way, and the lab a slower clock', async () => {
  const first = host(tabs);
  await first.page.evaluate(() => window.quorate.pace.set(10));
  for (const tab of tabs) await tab.page.waitForFunction(() => window.quorate.status().pace === 0.1);
  const id = await first.id();
  /** Both clocks of the newest event that this node has told at a tenth of the pace. */
  const clocks = () =>
    first.page.evaluate((node) => {
      const events = window.quorate.trace().filter((event) => event.node === node);
      // The page knows the pace before the node's trace tells of it; an earlier change is not this one.
      const since = events.findLastIndex((event) => event.type === 'pace');
      const change = events[since];
      const isSlow = change?.type === 'pace' && change.pace === 0.1;
      const last = isSlow ? events.slice(since + 1).at(-1) : undefined;
      return last === undefined ? null : { atMs: last.atMs, wallMs: last.wallMs };
    }, id);
  await expect.poll(clocks).not.toBeNull();
  const from = await clocks();
  if (from === null) throw new Error('the node told nothing');
  await expect.poll(async () => (await clocks())?.atMs ?? 0).toBeGreaterThan(from.atMs + 200);
  const to = await clocks();
  const ratio = ((to?.wallMs ?? 0) - from.wallMs) / ((to?.atMs ?? 0) - from.atMs);
  expect(ratio).toBeGreaterThan(9);
  expect(ratio).toBeLessThan(11);
  const waits = await first.page.evaluate((node) => {
    const events = window.quorate.trace().filter((event) => event.node === node);
    const since = events.findLastIndex((event) => event.type === 'pace');
    return events
      .slice(since)
      .flatMap((event) => (event.type === 'arrived' ? [event.dueAtMs - event.atMs] : []));
  }, id);
  expect(waits.length).toBeGreaterThan(0);
  // 25 ms of the lab make a second at the pace of 1/40; near real time, a little less is added.
  expect(Math.min(...waits)).toBeGreaterThan(20);
  expect(Math.max(...waits)).toBeLessThanOrEqual(25);
});

test('at a tenth of the pace, an election waits its whole timeout of the lab @full', async () => {
  const leader = await leaderOf(tabs);
  const [others, id] = [without(tabs, leader), await leader.id()];
  const { reign } = await leader.status();
  await host(tabs).page.evaluate(() => window.quorate.pace.set(0.1));
  for (const tab of tabs) await tab.page.waitForFunction(() => window.quorate.status().pace === 0.1);
  await setFaults([{ kind: 'cut', from: id, to: '*' }]);
  const next = await leaderOf(others);
  expect((await next.status()).reign).toBeGreaterThan(reign);
  const waited = await next.page.evaluate((old) => {
    const self = window.quorate.nodeId();
    const own = window.quorate.trace().filter((event) => event.node === self && event.instance === 'server');
    const elected = own.findLast((event) => event.type === 'role' && event.role === 'leader');
    const heard = own.findLast((event) => event.type === 'delivered' && event.from === old);
    return elected === undefined || heard === undefined ? null : elected.atMs - heard.atMs;
  }, id);
  expect(waited).toBeGreaterThan(600);
});

for (const kind of ['drop', 'delay', 'duplicate'] as const) {
  test(`a ${kind} fault touches messages of its direction, is counted, and the cluster goes on`, async () => {
    const leader = await leaderOf(tabs);
    const follower = nth(without(tabs, leader), 0);
    const [from, to] = [await leader.id(), await follower.id()];
    const fault: Fault =
      kind === 'delay'
        ? { kind, from, to, ms: 40 }
        : kind === 'drop'
          ? { kind, from, to, rate: 0.3 }
          : { kind, from, to };
    const [faultId] = await setFaults([fault]);
    const touched = (tab: Tab) =>
      tab.page.evaluate(
        (id) =>
          window.quorate
            .trace()
            .filter((event) => event.type === 'touched' && event.fault === id)
            .map((event) => (event.type === 'touched' ? event.by : '')),
        faultId,
      );
    await expect
      .poll(async () => {
        await put(leader, `/${kind}`, 1);
        return (await touched(host(tabs))).length;
      })
      .toBeGreaterThan(3);
    expect(new Set(await touched(host(tabs)))).toEqual(new Set([kind]));
    expect(await follower.submit({ op: 'get', path: `/${kind}` })).toMatchObject({ value: 1 });
    await host(tabs).page.evaluate(() => window.quorate.faults.clear());
    await agreed(tabs);
  });
}

test('faults are added and removed one by one', async () => {
  const leader = await leaderOf(tabs);
  const [id, others] = [await leader.id(), without(tabs, leader)];
  const page = host(tabs).page;
  const cut = await page.evaluate((from) => window.quorate.faults.add({ kind: 'cut', from, to: '*' }), id);
  const delay = await page.evaluate(() =>
    window.quorate.faults.add({ kind: 'delay', from: '*', to: '*', ms: 5 }),
  );
  expect(delay).not.toBe(cut);
  await leaderOf(others);
  await page.evaluate((fault) => window.quorate.faults.remove(fault), cut);
  await leaderOf(tabs);
  expect(await host(tabs).codeOf(`quorate.faults.remove('${cut}')`)).toBe('bad-fault');
});

test('history tells two lines an operation, as documented', async () => {
  const tab = nth(tabs, 1);
  const before = await tab.page.evaluate(() => window.quorate.history().length);
  await put(tab, '/h', 1);
  await tab.submit({ op: 'get', path: '/h' });
  await tab.submit({ op: 'cas', path: '/h', from: 2, to: 3 });
  await tab.submit({ op: 'put', path: '/h', value: 5, ifVersion: 1 });
  await tab.submit({ op: 'list', path: '/h' });
  const lines = await tab.page.evaluate((from) => window.quorate.history().slice(from), before);
  const process = await tab.id();
  const first = lines[0]?.op ?? 0;
  const line = (op: number, type: string, f: string, value: Json, rest: object = {}) => ({
    op: first + op,
    process,
    type,
    f,
    key: '/h',
    value,
    timeMs: expect.any(Number),
    ...rest,
  });
  expect(lines).toEqual([
    line(0, 'invoke', 'put', 1),
    line(0, 'ok', 'put', 1),
    line(1, 'invoke', 'get', null),
    line(1, 'ok', 'get', 1),
    line(2, 'invoke', 'cas', [2, 3]),
    line(2, 'fail', 'cas', [2, 3]),
    line(3, 'invoke', 'put', 5, { ifVersion: 1 }),
    line(3, 'ok', 'put', 5, { ifVersion: 1 }),
    line(4, 'invoke', 'list', null),
    line(4, 'ok', 'list', []),
  ]);
  const times = lines.map(({ timeMs }) => timeMs);
  expect(times).toEqual(times.toSorted((a, b) => a - b));
});

test('the trace is read on from where one had read', async () => {
  const tab = nth(tabs, 2);
  await put(tab, '/t', 1);
  const pieces = await tab.page.evaluate(() => {
    const all = window.quorate.trace();
    const first = all.slice(0, 10);
    return { all: all.length, first: first.length, rest: window.quorate.trace(10).length };
  });
  expect(pieces.first + pieces.rest).toBe(pieces.all);
  const nodes = await tab.page.evaluate(() => [
    ...new Set(window.quorate.trace().map((event) => event.node)),
  ]);
  expect(nodes.sort()).toEqual((await Promise.all(tabs.map((each) => each.id()))).sort());
});

test('a watching page sees the room and the run, and is no node', async ({ server }) => {
  const code = await host(tabs).code();
  const watching = await openTab(context, `${server.url}/?room=${code}&watch=1`);
  await watching.page.waitForFunction(
    () =>
      window.quorate.room().tabs.filter((tab) => tab.link === 'direct').length === 3 &&
      window.quorate.trace().some((event) => event.type === 'keyframe'),
  );
  expect(await watching.status()).toMatchObject({ running: true, role: null });
  expect(await watching.seen(await watching.id())).toMatchObject({ watching: true, self: true });
  for (const call of [`quorate.submit({ op: 'get', path: '/a' })`, 'quorate.crash()', 'quorate.restart()'])
    expect(await watching.codeOf(call)).toBe('watching');
  expect((await host(tabs).status()).voters).not.toContain(await watching.id());
  await watching.close();
});
