import process from 'node:process';
import type { BrowserContext, Page } from '@playwright/test';
import type { Page as BackgroundPage, Browser } from 'puppeteer-core';
import { freeze, hide, launchWithBackground, openInRoom } from '../../support/background.js';
import { openTab } from '../../support/tabs.js';

/** One tab of the measured room, of whichever browser it is. */
export type BenchTab = {
  readonly id: string;
  readonly url: string;
  /** Runs a function in the page; it sees nothing but what it is given. */
  readonly run: <Given, Result>(
    script: (given: Given) => Result | Promise<Result>,
    given: Given,
  ) => Promise<Result>;
};
export type VisibleTab = BenchTab & { readonly page: Page };
export type HiddenTab = BenchTab & { readonly page: BackgroundPage };

const waitMaxMs = 120_000;
const lookEveryMs = 200;

/** Visible tabs, which can be closed and killed, and hidden ones of another browser, which can be frozen. */
export class BenchRoom {
  readonly #context: BrowserContext;
  readonly #browser: Browser;
  #visible: readonly VisibleTab[];
  readonly hidden: readonly HiddenTab[];

  private constructor(
    context: BrowserContext,
    browser: Browser,
    visible: readonly VisibleTab[],
    hidden: readonly HiddenTab[],
  ) {
    this.#context = context;
    this.#browser = browser;
    this.#visible = visible;
    this.hidden = hidden;
  }

  /** Opens a room of so many tabs, each linked to each. */
  static async open(
    context: BrowserContext,
    origin: string,
    counts: { readonly visible: number; readonly hidden: number },
    browserArgs: readonly string[],
  ): Promise<BenchRoom> {
    const host = await visibleTab(context, `${origin}/?host=1&name=host`);
    const code = await host.run(() => window.quorate.room().code, null);
    const urls = (kind: string, count: number): string[] =>
      Array.from({ length: count }, (_, i) => `${origin}/?room=${code}&name=${kind}${i + 1}`);
    const visible = [host];
    for (const url of urls('visible', counts.visible - 1)) visible.push(await visibleTab(context, url));
    const executablePath = process.env['QUORATE_CHROMIUM'];
    const browser = await launchWithBackground({
      ...(executablePath ? { executablePath } : {}),
      args: [...browserArgs],
    });
    const hidden: HiddenTab[] = [];
    for (const url of urls('hidden', counts.hidden)) hidden.push(await hiddenTab(browser, url));
    await hide(
      browser,
      hidden.map(({ page }) => page),
    );
    const room = new BenchRoom(context, browser, visible, hidden);
    await room.#meshed();
    return room;
  }

  get visible(): readonly VisibleTab[] {
    return this.#visible;
  }

  get tabs(): readonly BenchTab[] {
    return [...this.#visible, ...this.hidden];
  }

  get host(): VisibleTab {
    const [host] = this.#visible;
    if (host === undefined) throw new Error('a room has a host');
    return host;
  }

  /** Starts reliable broadcast, which stands on the detector, and waits until every node runs. */
  async start(): Promise<void> {
    await this.host.run(() => window.quorate.start({ protocol: 'reliable' }).then(() => null), null);
    for (const tab of this.tabs)
      await until(() => tab.run(() => window.quorate.status().running, null), 'a node runs');
  }

  /** Says goodbye. */
  async close({ page }: VisibleTab): Promise<void> {
    await page.close({ runBeforeUnload: false });
  }

  /** Its renderer's process crashes, with its worker; nobody is told. */
  async kill({ page }: VisibleTab): Promise<void> {
    const session = await this.#context.newCDPSession(page);
    const crashed = page.waitForEvent('crash');
    session.send('Page.crash').catch(() => 'the page that should answer has crashed');
    await crashed;
  }

  /** What it answers with thaws it. */
  freeze({ page }: HiddenTab): Promise<() => Promise<void>> {
    return freeze(page);
  }

  /** Opens the address of a tab that has ended: the same node again, linked to all. */
  async reopen(ended: VisibleTab): Promise<VisibleTab> {
    if (!ended.page.isClosed()) await ended.page.close();
    const back = await visibleTab(this.#context, ended.url);
    this.#visible = this.#visible.map((tab) => (tab === ended ? back : tab));
    await this.#meshed();
    await until(() => back.run(() => window.quorate.status().running, null), 'the node runs again');
    return back;
  }

  /** Each message on any link of the lab is lost with this chance. */
  async lose(rate: number): Promise<void> {
    await this.host.run(
      (given) =>
        window.quorate.faults
          .set(given === 0 ? [] : [{ kind: 'drop', from: '*', to: '*', rate: given }])
          .then(() => null),
      rate,
    );
  }

  async end(): Promise<void> {
    await this.#browser.close();
    for (const { page } of this.#visible) await page.close();
  }

  async #meshed(): Promise<void> {
    const count = this.tabs.length;
    for (const tab of this.tabs) {
      await until(
        () =>
          tab.run(
            (all) =>
              window.quorate.room().tabs.filter(({ link }) => ['self', 'direct', 'relayed'].includes(link))
                .length >= all,
            count,
          ),
        'the links are up',
      );
    }
  }
}

async function visibleTab(context: BrowserContext, url: string): Promise<VisibleTab> {
  const { page } = await openTab(context, url);
  return { ...(await tabOf((text) => page.evaluate(text))), url: page.url(), page };
}

async function hiddenTab(browser: Browser, url: string): Promise<HiddenTab> {
  const page = await openInRoom(browser, url);
  return { ...(await tabOf((text) => page.evaluate(text))), url: page.url(), page };
}

/** As text: the two browsers' libraries have different types for what they evaluate. */
async function tabOf(evaluate: (text: string) => Promise<unknown>): Promise<Pick<BenchTab, 'id' | 'run'>> {
  const run: BenchTab['run'] = async <Given, Result>(
    script: (given: Given) => Result | Promise<Result>,
    given: Given,
  ) => (await evaluate(`(${script})(${JSON.stringify(given)})`)) as Result;
  return { id: await run(() => window.quorate.nodeId(), null), run };
}

/** Waits until it is so; throws with `what` when it does not become so. */
export async function until(isSo: () => Promise<boolean>, what: string): Promise<void> {
  const endMs = performance.now() + waitMaxMs;
  while (!(await isSo())) {
    if (performance.now() > endMs) throw new Error(`waited in vain: ${what}`);
    await pause(lookEveryMs);
  }
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
