import { expect } from '@playwright/test';
import { test } from './support/live.js';
import {
  agreed,
  host,
  leaderOf,
  meshed,
  openRoom,
  openTab,
  patient,
  startRaft,
  type Tab,
  without,
} from './support/tabs.js';

/** So few that a newcomer needs the snapshot: the log no longer reaches back to its beginning. */
const compacting = { ...patient, snapshotEveryEntries: 20, snapshotTrailingEntries: 5 };

async function reconfigure(tabs: readonly Tab[], voters: readonly Tab[]): Promise<void> {
  const ids = await Promise.all(voters.map((tab) => tab.id()));
  await host(tabs).page.evaluate((given) => window.quorate.reconfigure(given), ids);
}

async function votersOf(tab: Tab): Promise<string[]> {
  return [...(await tab.status()).voters].sort();
}

test('a sixth tab joins a running cluster, catches up by a snapshot and votes; then the leader is removed', async ({
  context,
  server,
}) => {
  const tabs = await openRoom(context, server.url, ['ada', 'jun', 'minji', 'tomas', 'lea']);
  await startRaft(tabs, compacting);
  for (let i = 0; i < 60; i += 1) {
    expect(await host(tabs).submit({ op: 'put', path: `/kept/${i}`, value: i })).toMatchObject({ ok: true });
  }

  const code = await host(tabs).code();
  const late = await openTab(context, `${server.url}/?room=${code}&name=noor`);
  const six = [...tabs, late];
  await meshed(six);
  expect((await late.status()).role).toBe('client');
  await reconfigure(tabs, six);
  await expect.poll(() => votersOf(late)).toHaveLength(6);
  await agreed(six);
  const installed = await late.page.evaluate(() =>
    window.quorate.trace().some((event) => event.type === 'snapshot' && event.phase === 'installed'),
  );
  expect(installed).toBe(true);
  expect(await late.submit({ op: 'get', path: '/kept/59' })).toMatchObject({ value: 59 });

  const leader = await leaderOf(six);
  const rest = without(six, leader);
  await reconfigure(tabs, rest);
  const next = await leaderOf(rest);
  expect(next).not.toBe(leader);
  expect(await votersOf(next)).toHaveLength(5);
  expect(await votersOf(next)).not.toContain(await leader.id());
  expect(await next.submit({ op: 'put', path: '/after', value: 'removed' })).toMatchObject({ ok: true });
  await agreed(rest);
  // Who has no vote any more still asks the cluster.
  await expect.poll(async () => (await leader.status()).role).toBe('client');
  expect(await leader.submit({ op: 'get', path: '/after' })).toMatchObject({ value: 'removed' });
});

test('leadership goes to the tab that the host names, and who is not the host changes neither voters nor leader', async ({
  context,
  server,
}) => {
  const tabs = await openRoom(context, server.url, ['ada', 'jun', 'minji']);
  const leader = await startRaft(tabs);
  const heir = without(tabs, leader)[0];
  if (heir === undefined) throw new Error('three tabs have two followers');
  const id = await heir.id();
  await host(tabs).page.evaluate((to) => window.quorate.transferLeadership(to), id);
  // Each tab sees it with its next batch of trace; until then all may still agree on the one before.
  await expect(async () => expect(await leaderOf(tabs)).toBe(heir)).toPass();

  const guest = tabs[1];
  expect(await guest?.codeOf(`quorate.transferLeadership('${id}')`)).toBe('not-host');
  expect(await guest?.codeOf(`quorate.reconfigure(['${id}'])`)).toBe('not-host');
  expect(await host(tabs).codeOf(`quorate.reconfigure(['nobody'])`)).toBe('unknown-node');
  expect(await host(tabs).codeOf(`quorate.reconfigure('all')`)).toBe('bad-voters');
  expect(await host(tabs).codeOf(`quorate.transferLeadership('nobody')`)).toBe('bad-voters');
  await host(tabs).page.evaluate(() => window.quorate.stop());
  expect(await host(tabs).codeOf(`quorate.reconfigure(['${id}'])`)).toBe('not-running');
});

test('when a majority has gone for good, the host starts anew from the most advanced log that is left, marked as unsafe', async ({
  context,
  server,
}) => {
  const tabs = await openRoom(context, server.url, ['ada', 'jun', 'minji', 'tomas', 'lea']);
  await startRaft(tabs);
  for (let i = 0; i < 5; i += 1) await host(tabs).submit({ op: 'put', path: `/kept/${i}`, value: i });
  await agreed(tabs);
  expect(await host(tabs).codeOf('quorate.salvage()')).toBe('majority-here');

  const left = tabs.slice(0, 2);
  await Promise.all(tabs.slice(2).map((tab) => tab.close()));
  await expect
    .poll(async () => (await host(tabs).room()).tabs.filter(({ presence }) => presence === 'here').length)
    .toBe(2);
  const before = await host(tabs).status();
  const kept = await host(tabs).page.evaluate(() => window.quorate.salvage());
  expect(kept).toMatchObject({ run: before.run, lastIndex: before.lastIndex });
  await leaderOf(left);
  for (const tab of left) {
    expect(await tab.status()).toMatchObject({ salvaged: kept, voters: expect.any(Array) });
    expect((await tab.status()).run).not.toBe(before.run);
    await expect.poll(() => votersOf(tab)).toHaveLength(2);
    for (let i = 0; i < 5; i += 1)
      expect(await tab.submit({ op: 'get', path: `/kept/${i}` })).toMatchObject({ value: i });
  }
  expect(await host(tabs).submit({ op: 'put', path: '/new', value: 1 })).toMatchObject({ ok: true });
  await expect(host(tabs).page.getByText('Unsafe: this run goes on from the log of')).toBeVisible();

  // It has begun: a survivor that restarts goes on from there, not from the old log again.
  for (const tab of left) {
    const id = await tab.id();
    await host(tabs).page.evaluate((node) => window.quorate.crash(node), id);
    await host(tabs).page.evaluate((node) => window.quorate.restart(node), id);
  }
  await leaderOf(left);
  expect(await host(tabs).submit({ op: 'get', path: '/new' })).toMatchObject({ value: 1 });
});
