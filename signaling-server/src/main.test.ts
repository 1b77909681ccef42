import { execFile, spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { signalingVersion } from '@quorate/shared/wire';
import { io, type Socket } from 'socket.io-client';
import { beforeAll, expect, it, onTestFinished } from 'vitest';
import { connected, createSocket, eventually, startServer } from './testing/tabs.js';

const workspace = fileURLToPath(new URL('..', import.meta.url));
const main = path.join(workspace, 'dist/src/main.js');

/** The command as a process of its own, with all that it has printed so far. */
function run(...args: string[]) {
  const child = spawn(process.execPath, [main, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const printed = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => {
    printed.stdout += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    printed.stderr += chunk.toString();
  });
  const ended = new Promise<{ code: number | null; signal: string | null }>((resolve) => {
    child.once('close', (code, signal) => resolve({ code, signal }));
  });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  return { child, printed, ended };
}

async function start(...args: string[]) {
  const running = run('--port', '0', '--host', '127.0.0.1', ...args);
  await eventually(() => expect(running.printed.stdout).toContain('Ctrl-C'));
  const url = /http:\/\/127\.0\.0\.1:\d+/.exec(running.printed.stdout)?.[0];
  if (url === undefined) throw new Error(`No address in: ${running.printed.stdout}`);
  return { ...running, url };
}

beforeAll(async () => {
  const tsc = path.join(
    path.dirname(createRequire(import.meta.url).resolve('typescript/package.json')),
    'bin/tsc',
  );
  await promisify(execFile)(process.execPath, [tsc, '-b', workspace]);
}, 120_000);

it.each(['SIGINT', 'SIGTERM'] as const)(
  '%s ends it with exit code 0, though a tab is connected',
  async (signal) => {
    const { child, printed, ended, url } = await start();
    const socket = createSocket(url);
    await connected(socket);
    child.kill(signal);
    expect(await ended).toEqual({ code: 0, signal: null });
    expect(printed.stderr).toBe('');
  },
);

it('prints the LAN address and its QR code', async () => {
  const running = run('--port', '0');
  await eventually(() => expect(running.printed.stdout).toContain('Ctrl-C'));
  expect(running.printed.stdout).toMatch(/On this machine: {2}http:\/\/localhost:\d+/);
  if (/In this network: {2}http/.test(running.printed.stdout))
    expect(running.printed.stdout).toMatch(/[█▀▄]{8}/);
});

it('a taken port is one line that names another', async () => {
  const { port } = await startServer();
  const { printed, ended } = run('--port', String(port), '--host', '127.0.0.1');
  expect(await ended).toEqual({ code: 1, signal: null });
  expect(printed).toEqual({
    stdout: '',
    stderr: `Port ${port} is taken. Try: npm start -- --port ${port + 1}\n`,
  });
});

it('what is refused is logged as it is started, with who and why', async () => {
  const { url, printed } = await start();
  const socket = createSocket(url);
  await connected(socket);
  const nodeId = 'a'.repeat(26);
  await socket.emitWithAck('join', { code: 'maple-otter-42', name: 'ada', nodeId });
  await socket.emitWithAck('open', { name: '', nodeId });
  await expect(connected(createSocket(url, { version: 0 }))).rejects.toThrow();
  await eventually(() => {
    for (const code of ['unknown-room', 'bad-name', 'version-mismatch'])
      expect(printed.stderr).toContain(`"code":"${code}"`);
  });
  expect(printed.stderr).toContain('"address":"127.0.0.1"');
});

it.each(['websocket', 'polling'])(
  'a packet that is too large is logged as it is started, by %s too',
  async (transport) => {
    const { url, printed } = await start();
    const socket: Socket = io(url, {
      transports: [transport],
      forceNew: true,
      reconnection: false,
      auth: { version: signalingVersion },
    });
    onTestFinished(() => {
      socket.disconnect();
    });
    await new Promise<void>((resolve) => socket.once('connect', resolve));
    const ended = new Promise((resolve) => socket.once('disconnect', resolve));
    socket.emit('signal', 'x'.repeat(70 * 1024));
    await ended;
    await eventually(() => expect(printed.stderr).toContain('"code":"oversized"'));
  },
);

it.each([
  [['--port', 'x'], 'A port is a whole number from 0 to 65535.'],
  [['--port', '70000'], 'A port is a whole number from 0 to 65535.'],
  [['--ice', 'http://10.0.0.1'], 'must begin with stun:, stuns:, turn: or turns:'],
  [['--ice', 'turn:10.0.0.1'], 'needs username and credential'],
  [['--ice', '{"urls":'], 'looks like JSON'],
  [['--origin', 'school'], 'https://school.example'],
  [['--log-level', 'loud'], 'Allowed choices'],
  [['--prot', '3000'], "unknown option '--prot'"],
  [['serve'], 'too many arguments'],
])('%j is refused in one clear line', async (args, hint) => {
  const { printed, ended } = run(...args);
  expect((await ended).code).toBe(1);
  expect(printed.stdout).toBe('');
  expect(printed.stderr).toContain(hint);
  expect(printed.stderr).toMatch(/^[^\n]+\n$/);
});

it('ICE servers come as JSON, as a list, or as repeated addresses', async () => {
  const turn = { urls: 'turn:10.0.0.2', username: 'u', credential: 'c' };
  const { url } = await start('--ice', 'stun:10.0.0.1', '--ice', JSON.stringify([turn]));
  const config: unknown = await (await fetch(`${url}/config.json`)).json();
  expect(config).toMatchObject({ iceServers: [{ urls: 'stun:10.0.0.1' }, turn] });
});

it('--help names every option', async () => {
  const { printed, ended } = run('--help');
  expect((await ended).code).toBe(0);
  for (const option of ['--port', '--host', '--ice', '--origin', '--log-level', '--static']) {
    expect(printed.stdout).toContain(option);
  }
});
