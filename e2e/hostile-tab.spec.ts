import { type BrowserContext, expect } from '@playwright/test';
import { counterMax } from '@quorate/shared/core';
import { encodeFrame, encodeValue, type Frame, frameBytesMax } from '@quorate/shared/wire';
import { systemVersion } from '../client/src/room/messages.js';
import { HostileTab } from './support/hostile.js';
import { test } from './support/live.js';
import { host, meshed, openRoom, startRaft, type Tab } from './support/tabs.js';

const tooMuch = Number.MAX_SAFE_INTEGER;

/** A room of two honest tabs and one whose links a test writes to. */
async function openWithHostile(context: BrowserContext, origin: string) {
  const honest = await openRoom(context, origin, ['ada', 'jun']);
  const code = await host(honest).code();
  const eve = await HostileTab.open(context, `${origin}/?room=${code}&name=eve`);
  const tabs = [...honest, eve.tab];
  await meshed(tabs);
  return { honest: host(honest), tabs, eve };
}

/** Waits until the sender's console has said that this was dropped, and why. */
async function learns(eve: HostileTab, plane: string, code: string): Promise<void> {
  await expect.poll(() => eve.said.filter((line) => line.includes(`(${plane}, ${code})`))).not.toEqual([]);
}

const message: Frame = {
  kind: 'message',
  run: 'r',
  from: 'server',
  to: 'server',
  message: 1,
  life: 1,
  clock: 1,
  body: null,
};

test('the sender of a bad lab frame learns what was wrong, and of a wrong version on its screen', async ({
  context,
  server,
}) => {
  const { eve } = await openWithHostile(context, server.url);
  await eve.send('protocol', new Uint8Array([1, 0xc1]));
  await learns(eve, 'lab', 'malformed');
  await eve.send('protocol', new Uint8Array(frameBytesMax + 1).fill(1));
  await learns(eve, 'lab', 'oversized');
  await expect(eve.page.getByRole('alert')).toHaveCount(0);
  await eve.send('protocol', new Uint8Array([250, ...encodeFrame(message).subarray(1)]));
  await learns(eve, 'lab', 'wrong-version');
  await expect(eve.page.getByRole('alert')).toContainText('older or newer');
});

test('the sender of a bad message of the system plane learns the same', async ({ context, server }) => {
  const { eve } = await openWithHostile(context, server.url);
  await eve.sendSystem({ type: 'explode' });
  await learns(eve, 'system', 'malformed');
  await eve.send(
    'control',
    encodeValue([systemVersion, { type: 'ordered', id: 1, error: 'x'.repeat(300_000) }]),
  );
  await learns(eve, 'system', 'oversized');
  await expect(eve.page.getByRole('alert')).toHaveCount(0);
  await eve.sendSystem({ type: 'wantKeyframe' }, systemVersion - 1);
  await learns(eve, 'system', 'wrong-version');
  await expect(eve.page.getByRole('alert')).toContainText('older or newer');
});

test('garbage in a batch of trace is dropped alone: every Stage goes on', async ({ context, server }) => {
  const { honest, tabs, eve } = await openWithHostile(context, server.url);
  await startRaft(tabs);
  const { run } = await honest.status();
  const node = await eve.tab.id();
  await honest.page.getByRole('button', { name: 'Stage' }).click();
  const envelope = {
    node,
    life: 1,
    count: 9,
    run,
    instance: 'server',
    clock: 1,
    atMs: 1,
    wallMs: Date.now(),
  };
  const observation = { role: 'leader', reign: 1, leader: node, firstIndex: 1, lastIndex: 3, commitIndex: 1 };
  await eve.sendTrace([
    { ...envelope, seq: 1, type: 'state', timers: null },
    {
      ...envelope,
      seq: 2,
      type: 'state',
      timers: {},
      observation: { ...observation, appliedIndex: 1, detail: {} },
    },
    { ...envelope, seq: 3, type: 'note', code: 'a-note', data: null },
    { ...envelope, seq: 4, type: 'suspected', by: 'a newer tab' },
    { ...envelope, seq: tooMuch, type: 'stopped' },
    null,
    { ...envelope, seq: 5, type: 'note', code: 'still-shown', data: {} },
  ]);
  await expect(honest.page.getByText('still-shown')).toBeVisible();
  await learns(eve, 'system', 'malformed');
  expect(eve.said.filter((line) => line.includes('5 of 7 trace events'))).toHaveLength(2);
  expect(await honest.submit({ op: 'put', path: '/a', value: 1 })).toMatchObject({ ok: true });
  // What came after the garbage was drawn, and what comes now is.
  await expect(honest.page.getByRole('heading', { name: 'What just happened' })).toBeVisible();
  await expect.poll(() => appliedOf(honest)).toBeGreaterThan(0);
});

test('a clock at the end of all numbers stops no node from speaking', async ({ context, server }) => {
  const { honest, tabs, eve } = await openWithHostile(context, server.url);
  await startRaft(tabs);
  const { run } = await honest.status();
  const late = {
    ...message,
    run: run ?? '',
    body: { type: 'requestVoteResponse', term: 0, voteGranted: false },
  };
  await eve.send('protocol', encodeFrame({ ...late, clock: tooMuch }));
  await learns(eve, 'lab', 'malformed');
  await eve.send('protocol', encodeFrame({ ...late, clock: counterMax }));
  await expect
    .poll(() => honest.page.evaluate(() => window.quorate.trace().findLast(({ clock }) => clock > 0)?.clock))
    .toBe(counterMax);
  for (let value = 0; value < 3; value += 1)
    expect(await honest.submit({ op: 'put', path: '/a', value })).toMatchObject({ ok: true });
});

async function appliedOf(tab: Tab): Promise<number> {
  return (await tab.status()).appliedIndex;
}
