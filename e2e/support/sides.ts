import { expect } from '@playwright/test';
import type { BroadcastId } from '../../client/src/api/types.js';
import type { Tab } from './tabs.js';

/** Two parts of a room that do not reach each other for a while. */
export type Sides = readonly [left: readonly Tab[], right: readonly Tab[]];

/** The broadcast's name, once the tab's node has taken it on. */
export function broadcast(tab: Tab, value: string): Promise<BroadcastId> {
  return tab.page.evaluate((given) => window.quorate.broadcast(given), value);
}

/** What the tab's node has delivered in this run, in its order. */
export function delivered(tab: Tab): Promise<string[]> {
  return tab.page.evaluate(() => {
    const [self, { run }] = [window.quorate.nodeId(), window.quorate.status()];
    return window.quorate
      .trace()
      .flatMap((event) =>
        event.type === 'delivery' && event.node === self && event.run === run ? [event.preview] : [],
      );
  });
}

/** The messages that the tab's node has, in whatever order they came; what came twice stands there twice. */
async function messagesOf(tab: Tab): Promise<string[]> {
  return (await delivered(tab)).sort();
}

/** Waits until each of these tabs has these messages, each once, and no other. */
export async function haveAll(tabs: readonly Tab[], messages: readonly string[]): Promise<void> {
  for (const tab of tabs) await expect.poll(() => messagesOf(tab)).toEqual([...messages].sort());
}

/** What the two sides have: the same before they parted, and not again until they have met. */
export type Messages = readonly [left: readonly string[], right: readonly string[]];

/**
 * Everybody on both sides says something. Each side hears its own, and of the other side nothing: the sets of messages
 * differ. `had` is what each side has already. Answers with what it has then.
 */
export async function sayApart(sides: Sides, had: Messages, when: string): Promise<Messages> {
  const sayOn = async (at: 0 | 1): Promise<readonly string[]> => {
    const said = sides[at].map((_, i) => `${when}, ${at === 0 ? 'left' : 'right'} ${i + 1}`);
    await Promise.all(sides[at].map((tab, i) => broadcast(tab, said[i] ?? '')));
    return [...had[at], ...said];
  };
  const have: Messages = await Promise.all([sayOn(0), sayOn(1)]);
  for (const at of [0, 1] as const) await haveAll(sides[at], have[at]);
  return have;
}

/** What everybody must have once the two sides have met again. */
export function together(messages: Messages): string[] {
  return [...new Set(messages.flat())];
}
