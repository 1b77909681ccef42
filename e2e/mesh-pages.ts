import type { BrowserContext, Page } from '@playwright/test';
import type { Entry, Harness } from './pages/mesh/harness.js';

export type { Entry, Harness } from './pages/mesh/harness.js';

/** One tab of the mesh under test. */
export class MeshTab {
  readonly id: string;
  readonly page: Page;

  private constructor(id: string, page: Page) {
    this.id = id;
    this.page = page;
  }

  static async open(context: BrowserContext, url: string, id: string): Promise<MeshTab> {
    const page = await context.newPage();
    await page.goto(`${url}?id=${id}`);
    return new MeshTab(id, page);
  }

  /** Calls a function of the page's harness. */
  call<Name extends Exclude<keyof Harness, 'log'>>(
    name: Name,
    ...args: Parameters<Harness[Name]>
  ): Promise<Awaited<ReturnType<Harness[Name]>>> {
    return this.page.evaluate(
      ([called, given]) => {
        const target: Record<string, (...parameters: readonly unknown[]) => unknown> = Reflect.get(
          globalThis,
          'harness',
        );
        return target[called]?.(...given);
      },
      [name, args] as const,
    ) as Promise<Awaited<ReturnType<Harness[Name]>>>;
  }

  log(): Promise<readonly Entry[]> {
    return this.page.evaluate(() => Reflect.get(Reflect.get(globalThis, 'harness'), 'log'));
  }

  async entries<What extends Entry['what']>(what: What): Promise<readonly Extract<Entry, { what: What }>[]> {
    return (await this.log()).filter((entry): entry is Extract<Entry, { what: What }> => entry.what === what);
  }

  /** The peers to which the links are open. */
  async connected(): Promise<readonly string[]> {
    const links = await this.call('links');
    return links
      .filter(({ state }) => state === 'direct')
      .map(({ peer }) => peer)
      .sort();
  }
}
