import { type BrowserContext, expect } from '@playwright/test';
import { test } from './support/live.js';
import { host, nth, openRoom, openTab, startRaft, type Tab, without } from './support/tabs.js';

/** Of each of these nodes: the numbers of its proofs as this tab was told them, in its order, without those that follow. */
function proofsAt(tab: Tab, nodes: readonly string[]): Promise<number[][]> {
  return tab.page.evaluate(
    (ids) =>
      ids.map((id) =>
        window.quorate
          .trace()
          .filter((event) => event.node === id && event.run === window.quorate.status().run)
          .flatMap((event) => event.proof ?? []),
      ),
    nodes,
  );
}

async function openWatcher(context: BrowserContext, origin: string, room: Tab): Promise<Tab> {
  return openTab(context, `${origin}/?room=${await room.code()}&watch=1`);
}

test('who comes late is told what can prove a broken rule from the beginning, in order, also of a tab that has gone', async ({
  context,
  server,
}) => {
  const tabs = await openRoom(context, server.url, ['ada', 'jun', 'minji']);
  const leader = await startRaft(tabs);
  for (let value = 0; value < 30; value++) await leader.submit({ op: 'put', path: '/a', value });
  const gone = nth(without(tabs, host(tabs)), 0);
  const nodes = await Promise.all(tabs.map((tab) => tab.id()));
  const told = await proofsAt(host(tabs), nodes);
  await gone.close();

  const watcher = await openWatcher(context, server.url, host(tabs));
  await expect(async () => {
    const late = await proofsAt(watcher, nodes);
    late.forEach((numbers, i) => {
      expect(numbers.length).toBeGreaterThanOrEqual(told[i]?.length ?? 0);
      expect(numbers).toEqual(numbers.map((_, place) => place + 1));
    });
  }).toPass();
  // What happened before it came and proves nothing, it does not show, and says so.
  await expect(watcher.page.getByText(/events not shown/).first()).toBeVisible();
  await expect(watcher.page.getByText(/Verdict incomplete/)).toHaveCount(0);
});
