import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { NetworkInterfaceInfo } from 'node:os';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pino } from 'pino';
import { expect, it, onTestFinished } from 'vitest';
import { lanAddresses } from './addresses.js';
import {
  connected,
  createSocket,
  eventually,
  nodeIdOf,
  openRoom,
  openTab,
  startServer,
} from './testing/tabs.js';

async function builtClient(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'quorate-static-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  await mkdir(path.join(folder, 'assets'));
  await writeFile(path.join(folder, 'index.html'), '<title>Quorate</title>');
  await writeFile(path.join(folder, 'assets', 'app-1a2b.js'), 'export {}');
  return folder;
}

it('healthz counts rooms and members', async () => {
  const server = await startServer();
  await openRoom(server, 'ann', 'ben');
  const response = await fetch(`${server.url}/healthz`);
  expect(response.headers.get('cache-control')).toBe('no-store');
  expect(await response.json()).toEqual({
    status: 'ok',
    rooms: 1,
    members: 2,
    uptimeSeconds: expect.any(Number),
  });
});

it('config.json has the ICE servers and the addresses for the QR code', async () => {
  const iceServers = [{ urls: 'stun:10.0.0.1' }];
  const everywhere = await startServer({ host: '0.0.0.0', iceServers });
  expect(await (await fetch(`${everywhere.url}/config.json`)).json()).toEqual({
    iceServers,
    lanAddresses: everywhere.lanAddresses(),
  });
  const here = await startServer();
  expect(await (await fetch(`${here.url}/config.json`)).json()).toEqual({ iceServers: [], lanAddresses: [] });
});

it('LAN addresses are listed likeliest first, without loopback, link-local and IPv6', () => {
  const entry = (
    address: string,
    family: 'IPv4' | 'IPv6' = 'IPv4',
    internal = false,
  ): NetworkInterfaceInfo[] => {
    const common = { address, netmask: '', mac: '', internal, cidr: null };
    return [family === 'IPv4' ? { ...common, family } : { ...common, family, scopeid: 0 }];
  };
  const interfaces = {
    lo: entry('127.0.0.1', 'IPv4', true),
    docker0: entry('172.17.0.1'),
    public: entry('203.0.113.9'),
    self: entry('169.254.7.7'),
    six: entry('fd00::1', 'IPv6'),
    wlan0: entry('192.168.1.20'),
  };
  const expected = ['192.168.1.20', '203.0.113.9', '172.17.0.1'].map((address) => `http://${address}:3000`);
  expect(lanAddresses('0.0.0.0', 3000, interfaces)).toEqual(expected);
  expect(lanAddresses('10.1.2.3', 3000, interfaces)).toEqual(['http://10.1.2.3:3000']);
  expect(lanAddresses('127.0.0.1', 3000, interfaces)).toEqual([]);
});

it('the built client is served: pages are revalidated, hashed assets are kept, unknown paths are the page', async () => {
  const server = await startServer({ staticDir: await builtClient() });
  const page = await fetch(`${server.url}/?room=maple-otter-42`);
  expect(await page.text()).toContain('Quorate');
  expect(page.headers.get('cache-control')).toBe('no-cache');
  const asset = await fetch(`${server.url}/assets/app-1a2b.js`);
  expect(asset.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
  expect(await (await fetch(`${server.url}/some/page`)).text()).toContain('Quorate');
  expect((await fetch(`${server.url}/assets/gone.js`)).status).toBe(404);
  expect((await fetch(`${server.url}/`, { method: 'POST' })).status).toBe(405);
});

it('without a built client the page says how to get one', async () => {
  const server = await startServer({ staticDir: '/nowhere' });
  const response = await fetch(server.url);
  expect(response.status).toBe(404);
  expect(await response.text()).toContain('npm start');
});

it('every answer carries the security headers, and none that would isolate the page', async () => {
  const server = await startServer({ staticDir: await builtClient() });
  for (const where of ['/', '/healthz', '/assets/app-1a2b.js', '/assets/gone.js']) {
    const { headers } = await fetch(`${server.url}${where}`);
    expect(headers.get('content-security-policy')).toContain("default-src 'self'");
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    expect(headers.get('cross-origin-opener-policy')).toBeNull();
    expect(headers.get('cross-origin-embedder-policy')).toBeNull();
  }
});

it('pages of the own host and of allowed origins may connect, others may not', async () => {
  const server = await startServer({ origins: ['https://school.example'] });
  const attempt = (origin?: string) => connected(createSocket(server.url, undefined, origin));
  await attempt();
  await attempt(server.url);
  await attempt('https://school.example');
  await expect(attempt('https://evil.example')).rejects.toThrow();
  await expect(attempt('https://school.example.evil.example')).rejects.toThrow();
  await expect(attempt('null')).rejects.toThrow();
  const polled = await fetch(`${server.url}/socket.io/?EIO=4&transport=polling`, {
    headers: { origin: 'https://evil.example' },
  });
  expect(polled.status).toBe(403);
  expect(await polled.text()).toContain('--origin');
});

it('refusals are logged, session descriptions never', async () => {
  const lines: string[] = [];
  const logger = pino({ level: 'debug' }, { write: (line: string) => lines.push(line) });
  const server = await startServer({ logger });
  const { tabs } = await openRoom(server, 'ann', 'ben');
  const [ann, ben] = tabs;
  await ann?.say('signal', { to: ben?.nodeId, generation: 1, data: { sdp: 'v=0 secret-sdp' } });
  await ann?.say('signal', {
    to: 'v=0 secret-sdp',
    generation: 'v=0 secret-sdp',
    data: { sdp: 'v=0 secret-sdp' },
  });
  await ann?.say('signal', { to: nodeIdOf('nobody'), generation: 1, data: { sdp: 'v=0 secret-sdp' } });
  const refused = lines
    .map((line): unknown => JSON.parse(line))
    .filter((line) => (line as { msg: string }).msg === 'refused');
  expect(refused).toMatchObject([{ code: 'bad-message' }, { code: 'unknown-member' }]);
  expect(lines.join('')).not.toContain('secret-sdp');
});

it('refusals fill no log: beyond so many of one address they are for debugging', async () => {
  const lines: string[] = [];
  const logger = pino({ level: 'debug' }, { write: (line: string) => lines.push(line) });
  const server = await startServer({ logger, limits: { refusalLinesMax: 3 } });
  const tab = await openTab(server, 'ann');
  for (let i = 0; i < 5; i += 1) await tab.say('leave', 'nonsense');
  const levels = lines
    .map((line) => JSON.parse(line) as { readonly msg: string; readonly level: number })
    .filter(({ msg }) => msg === 'refused')
    .map(({ level }) => level);
  const { warn, debug } = pino.levels.values;
  expect(levels).toEqual([warn, warn, warn, debug, debug]);
});

it('closing tells nobody that the others have left, and frees the port for the next server', async () => {
  const server = await startServer();
  const { tabs } = await openRoom(server, 'ann', 'ben');
  await server.close();
  for (const tab of tabs) await eventually(() => expect(tab.socket.connected).toBe(false));
  for (const tab of tabs) expect(tab.left).toEqual([]);
  const again = await startServer({ port: server.port });
  await openTab(again, 'ann');
});

it('a second server on the same port is refused with the code of the system', async () => {
  const server = await startServer();
  await expect(startServer({ port: server.port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
});
