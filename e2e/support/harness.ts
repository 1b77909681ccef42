import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { build, defaultClientConditions } from 'vite';
import { root } from './root.js';

const contentTypes: Readonly<Record<string, string>> = { '.html': 'text/html', '.js': 'text/javascript' };

/** A host name that test browsers map to loopback: an origin without a secure context, like a LAN address. */
export const plainHost = 'classroom.test';
export const plainHostArg = `--host-resolver-rules=MAP ${plainHost} 127.0.0.1`;

export type HarnessServer = {
  /** A secure context. */
  readonly url: string;
  /** None: for browsers started with `plainHostArg`. */
  readonly plainUrl: string;
  close(): Promise<void>;
};

/** Builds the page of `e2e/pages/NAME` as the app itself is built, and serves it on a free port of loopback. */
export async function serveHarness(name: string): Promise<HarnessServer> {
  const folder = await mkdtemp(path.join(tmpdir(), `quorate-${name}-`));
  await build({
    root: path.join(root, 'e2e', 'pages', name),
    configFile: false,
    logLevel: 'warn',
    resolve: { conditions: ['source', ...defaultClientConditions] },
    worker: { format: 'es' },
    build: { outDir: folder, emptyOutDir: false, target: 'es2023' },
  });
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    const file = pathname === '/' ? '/index.html' : path.posix.normalize(pathname);
    readFile(path.join(folder, file)).then(
      (body) => response.writeHead(200, { 'content-type': contentTypes[path.extname(file)] ?? '' }).end(body),
      () => response.writeHead(404).end(),
    );
  });
  const port = await listen(server);
  return {
    url: `http://127.0.0.1:${port}/`,
    plainUrl: `http://${plainHost}:${port}/`,
    close: () => closeAll(server, folder),
  };
}

/** A page of Playwright or of Puppeteer. */
export type Evaluates = { evaluate(script: string): Promise<unknown> };

/** Calls functions of `globalThis.harness` in a page, by name. */
export type Calls<Harness extends { readonly [name: string]: (...args: never) => unknown }> = <
  Name extends keyof Harness,
>(
  name: Name,
  ...args: Parameters<Harness[Name]>
) => Promise<Awaited<ReturnType<Harness[Name]>>>;

export function callOn<Harness extends { readonly [name: string]: (...args: never) => unknown }>(
  page: Evaluates,
): Calls<Harness> {
  return <Name extends keyof Harness>(name: Name, ...args: Parameters<Harness[Name]>) =>
    page.evaluate(`harness.${String(name)}(...${JSON.stringify(args)})`) as Promise<
      Awaited<ReturnType<Harness[Name]>>
    >;
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
