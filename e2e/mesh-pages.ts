import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { BrowserContext, Page } from '@playwright/test';
import { build, defaultClientConditions } from 'vite';
import type { Entry, Harness } from './pages/mesh/harness.js';

export type { Entry, Harness } from './pages/mesh/harness.js';

const CONTENT_TYPES: Readonly<Record<string, string>> = { '.html': 'text/html', '.js': 'text/javascript' };

export type HarnessServer = { readonly url: string; close(): Promise<void> };

/** Builds the harness page as the app itself is built, and serves it on a free port of loopback. */
export async function serveMeshHarness(): Promise<HarnessServer> {
  const folder = await mkdtemp(path.join(tmpdir(), 'quorate-mesh-'));
  await build({
    root: path.join(import.meta.dirname, 'pages', 'mesh'),
    configFile: false,
    logLevel: 'warn',
    resolve: { conditions: ['source', ...defaultClientConditions] },
    build: { outDir: folder, emptyOutDir: false, target: 'es2023' },
  });
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    const file = pathname === '/' ? '/index.html' : path.posix.normalize(pathname);
    readFile(path.join(folder, file)).then(
      (body) =>
        response.writeHead(200, { 'content-type': CONTENT_TYPES[path.extname(file)] ?? '' }).end(body),
      () => response.writeHead(404).end(),
    );
  });
  return { url: `http://127.0.0.1:${await listen(server)}/`, close: () => closeAll(server, folder) };
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : 0);
    });
  });
}

async function closeAll(server: Server, folder: string): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await rm(folder, { recursive: true, force: true });
}

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
