import { type BrowserContext, expect, type Page } from '@playwright/test';
import type { Command, CommandResult, QuorateApi, Status } from '../../client/src/api/types.js';

declare global {
  interface Window {
    readonly quorate: QuorateApi;
  }
}

/** One tab of a room, driven by its own window.quorate. */
export class Tab {
  readonly page: Page;

  constructor(page: Page) {
    this.page = page;
  }

  id(): Promise<string> {
    return this.page.evaluate(() => window.quorate.nodeId());
  }

  status(): Promise<Status> {
    return this.page.evaluate(() => window.quorate.status());
  }

  code(): Promise<string> {
    return this.page.evaluate(() => window.quorate.room().code);
  }

  submit(command: Command): Promise<CommandResult> {
    // As text: the types of what Playwright passes on don't end on values nested without end.
    return this.page.evaluate((text) => window.quorate.submit(JSON.parse(text)), JSON.stringify(command));
  }

  /** Submits and answers with the code of the error it is refused with, or `ok`. */
  async codeOf(call: (quorate: QuorateApi) => Promise<unknown>): Promise<string> {
    return this.page.evaluate(
      ([text]) =>
        // The function comes as text, so that it runs in the page.
        (0, eval)(`(${text})`)(window.quorate).then(
          () => 'ok',
          (error: { readonly code?: string }) => error.code ?? String(error),
        ),
      [call.toString()] as const,
    );
  }

  close(): Promise<void> {
    return this.page.close({ runBeforeUnload: false });
  }
}

/** Opens a page and waits until it is in its room. */
export async function openTab(context: BrowserContext, url: string): Promise<Tab> {
  const page = await context.newPage();
  page.on('pageerror', (error) => console.error(`page error: ${error.message}`));
  await page.goto(url);
  await page.waitForFunction(() => {
    try {
      return window.quorate.room().code.length > 0;
    } catch {
      return false;
    }
  });
  return new Tab(page);
}

/** The host's tab and those that joined it, all linked to each other. */
export async function openRoom(context: BrowserContext, origin: string, names: readonly string[]): Promise<Tab[]> {
  const [first, ...others] = names;
  const host = await openTab(context, `${origin}/?host=1&name=${first}`);
  const code = await host.code();
  const tabs = [host];
  for (const name of others) tabs.push(await openTab(context, `${origin}/?room=${code}&name=${name}`));
  await meshed(tabs);
  return tabs;
}

/** Waits until every one of these tabs has a link to every other. */
export async function meshed(tabs: readonly Tab[]): Promise<void> {
  for (const tab of tabs) {
    await tab.page.waitForFunction((count) => {
      const linked = window.quorate.room().tabs.filter((other) => ['self', 'direct', 'relayed'].includes(other.link));
      return linked.length >= count;
    }, tabs.length);
  }
}

/** Waits until one of these tabs leads all of them, and answers with it. */
export async function leaderOf(tabs: readonly Tab[]): Promise<Tab> {
  let leader: Tab | undefined;
  await expect(async () => {
    const statuses = await Promise.all(tabs.map((tab) => tab.status()));
    const leaders = new Set(statuses.map((status) => status.leader));
    expect(leaders.size).toBe(1);
    const index = statuses.findIndex((status) => status.role === 'leader');
    expect(index).toBeGreaterThanOrEqual(0);
    leader = tabs[index];
    expect(await leader?.id()).toBe(statuses[0]?.leader);
  }).toPass();
  if (leader === undefined) throw new Error('no leader');
  return leader;
}

/** Waits until all these tabs have applied the same entries, and answers with the digest that they share. */
export async function agreed(tabs: readonly Tab[]): Promise<string> {
  let digest = '';
  await expect(async () => {
    const statuses = await Promise.all(tabs.map((tab) => tab.status()));
    const states = new Set(statuses.map((status) => `${status.appliedIndex} ${status.digest}`));
    expect([...states]).toHaveLength(1);
    digest = statuses[0]?.digest ?? '';
    expect(digest).not.toBe('');
  }).toPass();
  return digest;
}
