import { expect } from '@playwright/test';
import { type InputRecording, replay } from '@quorate/shared/host';
import { findProtocol } from '@quorate/shared/registry';
import { encodeValue } from '@quorate/shared/wire';
import { test } from './support/live.js';
import { agreed, openRoom, startRaft, type Tab, without } from './support/tabs.js';

const names = ['ada', 'jun', 'minji'];

/** Fetches what a tab's instance recorded. As text: bytes and all numbers come through as they are. */
async function recordingOf(tab: Tab, instance: string): Promise<InputRecording> {
  const text = await tab.page.evaluate(async (name) => {
    const recording = await window.quorate.inputs(name);
    return JSON.stringify(recording, (_key, value) => {
      if (value instanceof Uint8Array) return { bytes: [...value] };
      return typeof value === 'number' && !Number.isFinite(value) ? { number: String(value) } : value;
    });
  }, instance);
  return JSON.parse(text, (_key, value) => {
    if (Array.isArray(value?.bytes)) return Uint8Array.from(value.bytes);
    return typeof value?.number === 'string' ? Number(value.number) : value;
  });
}

/** Runs it again here, and holds what comes of it against what happened in the tab. */
async function expectRepeats(tab: Tab, instance: 'server' | 'client'): Promise<void> {
  const process = findProtocol('raft')?.instances[instance]?.process;
  if (process === undefined) throw new Error('raft is not in the registry');
  const recording = await recordingOf(tab, instance);
  const applied: number[] = [];
  const written = new Set<number>();
  const state = replay(process, recording, (_event, effects) => {
    for (const effect of effects) {
      if (effect.type === 'commit') applied.push(...effect.entries.map(({ index }) => index));
      if (effect.type === 'persist') written.add(effect.write);
    }
  });
  expect(encodeValue(state)).toEqual(encodeValue(recording.end));
  // What the tab's host had to report tells which effects it had been given.
  const reported = recording.events.flatMap((event) =>
    event.type === 'executed' ? event.outcomes.map(({ index }) => index) : [],
  );
  expect(reported).toEqual(applied);
  for (const event of recording.events)
    if (event.type === 'persisted') expect(written).toContain(event.write);
  const heard = recording.events.filter(({ type }) => type === 'deliver').length;
  expect(heard).toBeGreaterThan(0);
  if (instance === 'server') expect(applied.length).toBeGreaterThan(20);
}

test('what happened to each node of a live cluster can be fetched, and run again to the byte', async ({
  context,
  server,
}) => {
  const tabs = await openRoom(context, server.url, names);
  const leader = await startRaft(tabs);
  for (const [i, tab] of [...tabs, ...tabs].entries()) {
    for (let value = 0; value < 5; value++)
      expect(await tab.submit({ op: 'put', path: `/inputs/${i}`, value })).toMatchObject({ ok: true });
  }
  // Its new life begins with what its disk held.
  const [restarted] = without(tabs, leader);
  if (restarted === undefined) throw new Error('there is no follower');
  await restarted.page.evaluate(() => window.quorate.crash());
  expect(await restarted.codeOf('quorate.inputs()')).toBe('crashed');
  await restarted.page.evaluate(() => window.quorate.restart());
  expect(await restarted.submit({ op: 'get', path: '/inputs/0' })).toMatchObject({ value: 4 });
  await agreed(tabs);
  for (const tab of tabs) {
    await expectRepeats(tab, 'server');
    await expectRepeats(tab, 'client');
  }
  expect(await leader.codeOf("quorate.inputs('detector')")).toBe('not-running');
});
