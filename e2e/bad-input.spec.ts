import { createHash } from 'node:crypto';
import { type BrowserContext, expect, type Page } from '@playwright/test';
import { signalingVersion } from '@quorate/shared/wire';
import { io, type Socket } from 'socket.io-client';
import { recordChannels } from './support/hostile.js';
import { quiet, test } from './support/live.js';
import { agreed, entered, host, leaderOf, meshed, nth, openRoom, startRaft, Tab } from './support/tabs.js';

/** Members of one room, as the server counts them. */
const membersMax = 40;

test.describe('a page that is in no room', () => {
  test('says so to whatever is asked', async ({ page, server }) => {
    await page.goto(server.url);
    const tab = new Tab(page);
    for (const call of [
      'nodeId()',
      'room()',
      "submit({ op: 'get', path: '/a' })",
      "start({ protocol: 'raft' })",
    ])
      expect(await tab.codeOf(`quorate.${call}`), call).toBe('not-in-room');
    expect(await tab.status()).toMatchObject({ protocol: null, running: false });
    expect(await page.evaluate(() => window.quorate.history())).toEqual([]);
  });

  for (const [what, search, message] of [
    ['a room that there is not', 'room=maple-otter-42&name=ada', 'There is no room with this code.'],
    ['a code that is none', 'room=nonsense&name=ada', 'There is no room with this code.'],
    [
      'a room that there is not, to watch it',
      'room=maple-otter-42&watch=1',
      'There is no room with this code.',
    ],
    ['a room of its own under an empty name', 'host=1&name=', 'That name can’t be used'],
    ['a room of its own under a name of blanks', 'host=1&name=%20%20', 'That name can’t be used'],
    ['a room of its own under an overlong name', `host=1&name=${'x'.repeat(33)}`, 'That name can’t be used'],
  ] as const) {
    test(`is told why it can't enter ${what}`, async ({ page, server }) => {
      await page.goto(`${server.url}/?${search}`);
      await expect(page.getByRole('alert')).toContainText(message);
      expect(await new Tab(page).codeOf('quorate.room()')).toBe('not-in-room');
      await page.getByRole('link', { name: 'To the front page' }).click();
      await expect(page.getByRole('heading', { name: 'Join a room' })).toBeVisible();
    });
  }

  for (const [what, name] of [
    ['an empty', ''],
    ['an overlong', 'x'.repeat(33)],
  ] as const) {
    test(`can't join under ${what} name, and those in the room notice nothing`, async ({
      context,
      server,
    }) => {
      const first = host(await openRoom(context, server.url, ['ada']));
      const page = await context.newPage();
      await page.goto(`${server.url}/?${new URLSearchParams({ room: await first.code(), name })}`);
      await expect(page.getByRole('alert')).toContainText('That name can’t be used');
      expect((await first.room()).tabs).toHaveLength(1);
    });
  }

  test('can’t enter a full room', async ({ page, server }) => {
    const members: Socket[] = [];
    try {
      let code = '';
      for (let i = 0; i < membersMax; i += 1) {
        const socket = io(server.url, {
          transports: ['websocket'],
          forceNew: true,
          auth: { version: signalingVersion },
        });
        members.push(socket);
        const seat = { name: `m${i}`, nodeId: nodeIdLike(i) };
        const answer: { readonly ok: boolean; readonly code?: string } = await (i === 0
          ? socket.emitWithAck('open', seat)
          : socket.emitWithAck('join', { ...seat, code }));
        expect(answer).toMatchObject({ ok: true });
        code = answer.code ?? code;
      }
      await page.goto(`${server.url}/?room=${code}&name=late`);
      await expect(page.getByRole('alert')).toContainText('The room is full.');
      members.pop()?.disconnect();
      await page.reload();
      expect(await (await entered(page)).code()).toBe(code);
    } finally {
      for (const socket of members) socket.disconnect();
    }
  });
});

/** Of a node id's shape. */
function nodeIdLike(i: number): string {
  const letters = 'abcdefghijklmnopqrstuvwxyz234567';
  const hash = createHash('sha256').update(`member ${i}`).digest();
  return Array.from({ length: 26 }, (_, at) => letters[(hash[at] ?? 0) % 32]).join('');
}

test.describe('in a room', () => {
  let context: BrowserContext;
  let tabs: Tab[];
  /** What the guest's page has of the channels to the others: set before its scripts run. */
  let guest: Page;

  // One room serves them all: what is refused must change nothing.
  test.beforeAll(async ({ browser, server }) => {
    context = await browser.newContext(quiet);
    tabs = await openRoom(context, server.url, ['ada', 'jun']);
    guest = await context.newPage();
    await guest.addInitScript(recordChannels);
    await guest.goto(`${server.url}/?room=${await host(tabs).code()}&name=eve`);
    tabs.push(await entered(guest));
    await meshed(tabs);
  });
  test.afterAll(() => context.close());

  test('where nothing runs, what needs a run says so', async () => {
    for (const call of [
      "submit({ op: 'get', path: '/a' })",
      'stop()',
      'pause()',
      'resume()',
      "faults.set([{ kind: 'cut', from: '*', to: '*' }])",
      'faults.clear()',
    ])
      expect(await host(tabs).codeOf(`quorate.${call}`), call).toBe('not-running');
  });

  test('what can’t be started is refused with the reason', async () => {
    const first = host(tabs);
    const [a, b] = await Promise.all(tabs.map((tab) => tab.id()));
    const cases = [
      [`{ protocol: 'nope' }`, 'unknown-protocol'],
      ['', 'unknown-protocol'],
      ['{}', 'unknown-protocol'],
      [`{ protocol: 'raft', voters: [] }`, 'bad-voters'],
      [`{ protocol: 'raft', voters: ['${a}', '${b}'] }`, 'bad-voters'],
      [`{ protocol: 'raft', voters: ['${a}', '${b}', '${b}'] }`, 'bad-voters'],
      [`{ protocol: 'raft', voters: ['${a}', '${b}', 'nobody'] }`, 'unknown-node'],
      [`{ protocol: 'raft', voters: '${a}' }`, 'bad-voters'],
      [`{ protocol: 'raft', voters: 3 }`, 'bad-voters'],
      [`{ protocol: 'raft', options: { nope: 1 } }`, 'bad-options'],
      [`{ protocol: 'raft', options: { heartbeatMs: 'often' } }`, 'bad-options'],
      [`{ protocol: 'raft', options: { heartbeatMs: 500 } }`, 'bad-options'],
      [`{ protocol: 'raft', options: 7 }`, 'bad-options'],
    ] as const;
    for (const [options, code] of cases)
      expect(await first.codeOf(`quorate.start(${options})`), options).toBe(code);
    expect((await first.status()).run).toBeNull();
  });

  test.describe('with a run', () => {
    test.beforeAll(async () => {
      await startRaft(tabs);
      await nth(tabs, 1).submit({ op: 'put', path: '/a', value: 'kept' });
    });
    // Whatever was refused, everything else goes on as it was.
    test.afterEach(async () => {
      expect(await nth(tabs, 1).submit({ op: 'get', path: '/a' })).toMatchObject({
        value: 'kept',
        version: 1,
      });
      await leaderOf(tabs);
      await agreed(tabs);
    });

    test('no command that is none is taken', async () => {
      const before = await host(tabs).page.evaluate(() => window.quorate.history().length);
      for (const command of [
        'undefined',
        'null',
        `'get'`,
        '{}',
        `{ op: 'nope', path: '/a' }`,
        `{ op: 'get' }`,
        `{ op: 'get', path: 'a' }`,
        `{ op: 'get', path: '' }`,
        `{ op: 'get', path: '/a//b' }`,
        `{ op: 'get', path: '/' + 'x'.repeat(65) }`,
        `{ op: 'get', path: '/x'.repeat(17) }`,
        `{ op: 'get', path: '/a', value: 1 }`,
        `{ op: 'put', path: '/a' }`,
        `{ op: 'put', path: '/a', value: undefined }`,
        `{ op: 'put', path: '/a', value: NaN }`,
        `{ op: 'put', path: '/a', value: () => 1 }`,
        `{ op: 'put', path: '/a', value: new Map() }`,
        `{ op: 'put', path: '/a', value: 'x'.repeat(17000) }`,
        `{ op: 'put', path: '/a', value: 1, ifVersion: -1 }`,
        `{ op: 'put', path: '/a', value: 1, ifVersion: 'new' }`,
        `{ op: 'put', path: '/', value: 1 }`,
        `{ op: 'cas', path: '/a', to: 1 }`,
        `{ op: 'delete', path: '/a', ifVersion: 0.5 }`,
      ])
        expect(await host(tabs).codeOf(`quorate.submit(${command})`), command).toBe('bad-command');
      expect(await host(tabs).page.evaluate(() => window.quorate.history().length)).toBe(before);
    });

    test('no fault, pace, node or second run that is none is taken', async () => {
      const cases = [
        [`start({ protocol: 'raft' })`, 'already-running'],
        [`faults.set('cut')`, 'bad-fault'],
        [`faults.set([{ kind: 'melt', from: '*', to: '*' }])`, 'bad-fault'],
        [`faults.set([{ kind: 'cut', from: '*', to: '*' }, { kind: 'cut' }])`, 'bad-fault'],
        [`faults.set(Array.from({ length: 129 }, () => ({ kind: 'cut', from: 'a', to: 'b' })))`, 'bad-fault'],
        [`faults.add({ kind: 'drop', from: '*', to: '*', rate: 2 })`, 'bad-fault'],
        [`faults.add({ kind: 'delay', from: '*', to: '*', ms: -1 })`, 'bad-fault'],
        [`faults.remove('nope')`, 'bad-fault'],
        ['pace.set(0)', 'bad-pace'],
        ['pace.set(-1)', 'bad-pace'],
        ['pace.set(1 / 1001)', 'bad-pace'],
        ['pace.set(NaN)', 'bad-pace'],
        ['pace.set(Infinity)', 'bad-pace'],
        [`pace.set('fast')`, 'bad-pace'],
        ['pace.set()', 'bad-pace'],
        [`crash('nobody')`, 'unknown-node'],
        [`restart('nobody')`, 'unknown-node'],
      ] as const;
      for (const [call, code] of cases) expect(await host(tabs).codeOf(`quorate.${call}`), call).toBe(code);
      expect(await host(tabs).status()).toMatchObject({ pace: 1, paused: false });
    });

    test('who is not the host drives nothing but its own node', async () => {
      const other = await nth(tabs, 1).id();
      for (const call of [
        `start({ protocol: 'raft' })`,
        'stop()',
        'pause()',
        'resume()',
        'calm()',
        'pace.set(0.5)',
        `faults.set([{ kind: 'cut', from: '*', to: '*' }])`,
        `faults.add({ kind: 'cut', from: '*', to: '*' })`,
        `faults.remove('x')`,
        'faults.clear()',
        `crash('${other}')`,
        `restart('${other}')`,
      ])
        expect(await nth(tabs, 2).codeOf(`quorate.${call}`), call).toBe('not-host');
      expect(await host(tabs).status()).toMatchObject({ running: true, pace: 1, paused: false });
    });

    test('a tab that sends garbage over its links is warned of, and harms nobody', async () => {
      const id = await nth(tabs, 2).id();
      const { reign } = await host(tabs).status();
      const warned = host(tabs).page.waitForEvent('console', {
        predicate: (message) => message.type() === 'warning' && message.text().includes(id),
      });
      const sent = await guest.evaluate(() => {
        const random = (bytes: number) => crypto.getRandomValues(new Uint8Array(bytes));
        const wrongVersion = new Uint8Array(64).fill(250);
        let count = 0;
        for (const channel of window.recordedChannels ?? []) {
          if (channel.readyState !== 'open') continue;
          for (const bytes of [random(1), random(200), wrongVersion, random(60_000)]) {
            channel.send(bytes);
            count += 1;
          }
          channel.send('text');
        }
        return count;
      });
      expect(sent).toBeGreaterThan(0);
      await warned;
      for (const tab of tabs.slice(0, 2)) {
        expect(await tab.submit({ op: 'put', path: '/garbage', value: 1 })).toMatchObject({ ok: true });
      }
      expect((await host(tabs).status()).reign).toBeGreaterThanOrEqual(reign);
    });
  });
});
