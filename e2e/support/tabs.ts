import { type BrowserContext, expect, type Page } from '@playwright/test';
import type {
  Command,
  CommandResult,
  Json,
  QuorateApi,
  RoomInfo,
  Status,
  TabInfo,
} from '../../client/src/api/types.js';
import { pageErrors } from './page-errors.js';

declare global {
  interface Window {
    readonly quorate: QuorateApi;
  }
}

/**
 * Timeouts that a machine with more to do than these tests keeps, too: an election must not be the load's doing. Lab ms.
 */
export const patient = {
  electionTimeoutMinMs: 600,
  electionTimeoutMaxMs: 1_200,
  heartbeatMs: 150,
} as const;

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

  room(): Promise<RoomInfo> {
    return this.page.evaluate(() => window.quorate.room());
  }

  async code(): Promise<string> {
    return (await this.room()).code;
  }

  /** How this tab sees the tab `id`. */
  async seen(id: string): Promise<TabInfo | undefined> {
    return (await this.room()).tabs.find((tab) => tab.id === id);
  }

  submit(command: Command): Promise<CommandResult> {
    // As text: the types of what Playwright passes on don't end on values nested without end.
    return this.page.evaluate((text) => window.quorate.submit(JSON.parse(text)), JSON.stringify(command));
  }

  /** Runs an expression such as `quorate.stop()`, and answers with its error's code, or `ok`. */
  codeOf(expression: string): Promise<string> {
    // As text, since most of what is given here the types would not allow.
    return this.page.evaluate(
      `Promise.resolve().then(() => ${expression}).then(() => 'ok', (error) => error.code ?? String(error))`,
    );
  }

  close(): Promise<void> {
    return this.page.close({ runBeforeUnload: false });
  }
}

/** Waits until the page is in its room. */
export async function entered(page: Page): Promise<Tab> {
  await page.waitForFunction(() => {
    try {
      return window.quorate.room().code.length > 0;
    } catch {
      return false;
    }
  });
  return new Tab(page);
}

/** Opens a page and waits until it is in its room. */
export async function openTab(context: BrowserContext, url: string): Promise<Tab> {
  pageErrors.watch(context);
  const page = await context.newPage();
  await page.goto(url);
  return entered(page);
}

/** The host's tab and those that joined it, all linked to each other. */
export async function openRoom(
  context: BrowserContext,
  origin: string,
  names: readonly string[],
): Promise<Tab[]> {
  const [first, ...others] = names;
  const host = await openTab(context, `${origin}/?host=1&name=${first}`);
  const code = await host.code();
  const joined = await Promise.all(
    others.map((name) => openTab(context, `${origin}/?room=${code}&name=${name}`)),
  );
  const tabs = [host, ...joined];
  await meshed(tabs);
  return tabs;
}

/** Waits until every one of these tabs has a link to every other, and to so many more. */
export async function meshed(tabs: readonly Tab[], more = 0): Promise<void> {
  for (const tab of tabs) {
    await tab.page.waitForFunction((count) => {
      const linked = window.quorate
        .room()
        .tabs.filter((other) => ['self', 'direct', 'relayed'].includes(other.link));
      return linked.length >= count;
    }, tabs.length + more);
  }
}

/** Starts Raft with all these tabs as voters, the first being the host, and answers with the leader. */
export async function startRaft(tabs: readonly Tab[], options: Json = patient): Promise<Tab> {
  await host(tabs).page.evaluate(
    (text) => window.quorate.start({ protocol: 'raft', options: JSON.parse(text) }),
    JSON.stringify(options),
  );
  return leaderOf(tabs);
}

/** The first tab, which has opened the room. */
export function host(tabs: readonly Tab[]): Tab {
  return nth(tabs, 0);
}

export function nth(tabs: readonly Tab[], index: number): Tab {
  const tab = tabs[index];
  if (tab === undefined) throw new Error(`there are only ${tabs.length} tabs`);
  return tab;
}

/** All tabs but one. */
export function without(tabs: readonly Tab[], one: Tab): Tab[] {
  return tabs.filter((tab) => tab !== one);
}

/** Waits until one of these tabs leads all of them, and answers with it. */
export async function leaderOf(tabs: readonly Tab[]): Promise<Tab> {
  let leader: Tab | undefined;
  await expect(async () => {
    const statuses = await Promise.all(tabs.map((tab) => tab.status()));
    const leaders = new Set(statuses.map((status) => `${status.leader} in ${status.reign}`));
    expect([...leaders]).toHaveLength(1);
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
