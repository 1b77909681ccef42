import { createServer } from 'node:net';
import {
  createSignalingServer,
  type SignalingServer,
  type SignalingServerOptions,
} from '@quorate/signaling-server';
import { Server } from 'socket.io';
import { expect, it, onTestFinished, vi } from 'vitest';
import { type MemberChange, Signaling, type SignalingState } from './signaling.js';
import type { SignalingError } from './signaling-error.js';

const idOf = (name: string) => name.padEnd(26, '0');

async function startServer(options: SignalingServerOptions = {}): Promise<SignalingServer> {
  const server = await createSignalingServer({ port: 0, host: '127.0.0.1', ...options });
  onTestFinished(() => server.close());
  return server;
}

/** A connection and a record of all that it reported. */
function createTab(url: string, timeoutMs = 10_000) {
  const signaling = new Signaling({ url, timeoutMs });
  onTestFinished(() => signaling.close());
  const states: SignalingState[] = [];
  const changes: MemberChange[] = [];
  const signals: unknown[] = [];
  const errors: SignalingError[] = [];
  signaling.onState((state) => states.push(state));
  signaling.onMembers((_members, change) => changes.push(change));
  signaling.onSignal((from, generation, data) => signals.push({ from, generation, data }));
  signaling.onError((error) => errors.push(error));
  return { signaling, states, changes, signals, errors };
}

const eventually = (expectation: () => void) => vi.waitFor(expectation, { timeout: 15_000, interval: 10 });
const names = ({ members }: { readonly members: readonly { readonly name: string }[] }) =>
  members.map(({ name }) => name);
const refusal = (code: string) => expect.objectContaining({ name: 'SignalingError', code });

async function openRoom(url: string, first: string, ...others: string[]) {
  const tab = createTab(url);
  const { code } = await tab.signaling.open(first, idOf(first));
  const tabs = [tab];
  for (const name of others) {
    const other = createTab(url);
    await other.signaling.join({ code, name, nodeId: idOf(name) });
    tabs.push(other);
  }
  return { code, tabs };
}

it('opens a room, and everyone in it has the same list of members', async () => {
  const { url } = await startServer({ iceServers: [{ urls: 'stun:10.0.0.1' }] });
  const ann = createTab(url);
  expect(ann.signaling.state).toBe('offline');
  const room = await ann.signaling.open(' ann ', idOf('ann'));
  expect(room).toMatchObject({ members: [{ name: 'ann' }], iceServers: [{ urls: 'stun:10.0.0.1' }] });
  expect(ann.states).toEqual(['connecting', 'online']);
  const ben = createTab(url);
  expect(names(await ben.signaling.join({ code: room.code, name: 'ben', nodeId: idOf('ben') }))).toEqual([
    'ann',
    'ben',
  ]);
  await eventually(() => expect(names(ann.signaling)).toEqual(['ann', 'ben']));
  expect(ann.changes.map(({ kind }) => kind)).toEqual(['entered', 'joined']);
});

it('passes signals on, with their sender', async () => {
  const { url } = await startServer();
  const { tabs } = await openRoom(url, 'ann', 'ben');
  const [ann, ben] = tabs;
  const data = { type: 'offer', sdp: 'v=0' };
  await ann?.signaling.signal(idOf('ben'), 3, data);
  await eventually(() => expect(ben?.signals).toEqual([{ from: idOf('ann'), generation: 3, data }]));
});

it('serves the mesh as its signal port, and reports what could not be passed', async () => {
  const { url } = await startServer();
  const { tabs } = await openRoom(url, 'ann', 'ben');
  const [ann, ben] = tabs;
  const received = vi.fn();
  ben?.signaling.port(idOf('ben')).onSignal(received);
  const port = ann?.signaling.port(idOf('ann'));
  port?.send(idOf('ben'), 1, { type: 'renew' });
  await eventually(() => expect(received).toHaveBeenCalledWith(idOf('ann'), 1, { type: 'renew' }));
  const undelivered = vi.fn();
  port?.onUndelivered?.(undelivered);
  port?.send(idOf('nobody'), 1, {});
  await eventually(() => expect(undelivered).toHaveBeenCalledWith(idOf('nobody'), 1, {}));
  expect(ann?.errors).toEqual([]);
  port?.send(idOf('bob'), -1, {});
  await eventually(() => expect(ann?.errors).toEqual([refusal('bad-message')]));
});

it('is paused and resumed: the others see it go and come back, and meanwhile it asks for nothing', async () => {
  const { url } = await startServer();
  const { code, tabs } = await openRoom(url, 'ann', 'ben');
  const [ann, ben] = tabs;
  const undelivered = vi.fn();
  const port = ben?.signaling.port(idOf('ben'));
  port?.onUndelivered?.(undelivered);
  ben?.signaling.pause();
  await eventually(() => expect(ann?.changes.at(-1)).toMatchObject({ kind: 'left', reason: 'disconnected' }));
  expect(ben?.signaling.state).toBe('offline');
  port?.send(idOf('ann'), 1, { kind: 'knock' });
  await eventually(() => expect(undelivered).toHaveBeenCalledWith(idOf('ann'), 1, { kind: 'knock' }));
  // Longer than any attempt to come back would take.
  await new Promise((resolve) => setTimeout(resolve, 3_200));
  expect([ben?.signaling.state, ben?.errors]).toEqual(['offline', []]);
  ben?.signaling.resume();
  await eventually(() => expect(ann?.changes.at(-1)).toMatchObject({ kind: 'joined' }));
  expect(ben?.changes.at(-1)).toMatchObject({ kind: 'entered', room: { code } });
  port?.send(idOf('ann'), 2, { kind: 'knock' });
  await eventually(() => expect(ann?.signals).toHaveLength(1));
});

it('tells who left and who was disconnected', async () => {
  const { url } = await startServer();
  const { tabs } = await openRoom(url, 'ann', 'ben', 'eve');
  const [ann, ben, eve] = tabs;
  await ben?.signaling.leave();
  expect(ben?.signaling.state).toBe('offline');
  await eventually(() =>
    expect(ann?.changes.at(-1)).toEqual({ kind: 'left', nodeId: idOf('ben'), reason: 'left' }),
  );
  eve?.signaling.close();
  await eventually(() =>
    expect(ann?.changes.at(-1)).toEqual({ kind: 'left', nodeId: idOf('eve'), reason: 'disconnected' }),
  );
  expect(ann && names(ann.signaling)).toEqual(['ann']);
});

it('a restarted server learns the code from the members, and a newcomer can join by it', async () => {
  const server = await startServer();
  const { code, tabs } = await openRoom(server.url, 'ann', 'ben');
  await server.close();
  for (const { signaling } of tabs) await eventually(() => expect(signaling.state).toBe('offline'));
  const [ann] = tabs;
  await expect(ann?.signaling.signal(idOf('ben'), 1, {})).rejects.toEqual(refusal('unreachable'));

  await startServer({ port: server.port });
  for (const { signaling } of tabs) {
    await eventually(() =>
      expect([signaling.state, ...names(signaling).sort()]).toEqual(['online', 'ann', 'ben']),
    );
  }
  const eve = createTab(server.url);
  expect(names(await eve.signaling.join({ code, name: 'eve', nodeId: idOf('eve') }))).toHaveLength(3);
  await ann?.signaling.signal(idOf('eve'), 2, 'again');
  await eventually(() => expect(eve.signals).toEqual([{ from: idOf('ann'), generation: 2, data: 'again' }]));
});

it('a member that finds no server at first gets in as soon as there is one', async () => {
  const server = await startServer();
  await server.close();
  const ann = createTab(server.url, 200);
  const seat = { code: 'maple-otter-42', name: 'ann', nodeId: idOf('ann') };
  await expect(ann.signaling.join({ ...seat, known: true })).rejects.toEqual(refusal('unreachable'));
  await startServer({ port: server.port });
  await eventually(() => expect(ann.signaling.state).toBe('online'));
  expect(ann.changes).toMatchObject([{ kind: 'entered', room: { code: 'maple-otter-42' } }]);
});

it('a member whose seat is refused for a while keeps asking for it', async () => {
  const { url } = await startServer({ limits: { membersMax: 1 } });
  const { code, tabs } = await openRoom(url, 'ann');
  const ben = createTab(url);
  const seat = { code, name: 'ben', nodeId: idOf('ben') };
  await expect(ben.signaling.join({ ...seat, known: true })).rejects.toEqual(refusal('room-full'));
  await tabs[0]?.signaling.leave();
  await eventually(() => expect(names(ben.signaling)).toEqual(['ben']));
});

it.each([
  ['an unknown room', { code: 'maple-otter-42' }, 'unknown-room'],
  ['a code that is none', { code: 'maple' }, 'bad-code'],
  ['an empty name', { name: ' ' }, 'bad-name'],
  ['an overlong name', { name: 'x'.repeat(33) }, 'bad-name'],
  ['a bad node id', { nodeId: 'x' }, 'bad-message'],
])('%s is a typed error that says what to do', async (_what, change, code) => {
  const { url } = await startServer();
  const { signaling } = createTab(url);
  const request = { code: 'maple-otter-42', name: 'ann', nodeId: idOf('ann'), ...change };
  await expect(signaling.join(request)).rejects.toEqual(refusal(code));
  expect(names(await signaling.open('ann', idOf('ann')))).toEqual(['ann']);
});

it('an oversized signal is refused before it could cost the connection', async () => {
  const { url } = await startServer();
  const { tabs } = await openRoom(url, 'ann', 'ben');
  const [ann] = tabs;
  await expect(ann?.signaling.signal(idOf('ben'), 1, 'x'.repeat(60_000))).rejects.toEqual(
    refusal('bad-message'),
  );
  expect(ann?.states).toEqual(['connecting', 'online']);
});

it.each(['websocket', 'polling'] as const)(
  'a packet above the server’s limit is told of, by %s too, and the tab comes back to its seat',
  async (transport) => {
    const io = new Server(0, { maxHttpBufferSize: 1_000, transports: [transport] });
    onTestFinished(() => io.close());
    let joins = 0;
    io.on('connection', (socket) => {
      const room = { ok: true, code: 'maple-otter-42', members: [], iceServers: [] };
      socket.on('join', (_request, answer) => {
        joins += 1;
        answer(room);
      });
    });
    const address = io.httpServer.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    const { signaling, errors } = createTab(`http://127.0.0.1:${port}`);
    await signaling.join({ code: 'maple-otter-42', name: 'ann', nodeId: idOf('ann') });
    await expect(signaling.signal(idOf('ben'), 1, 'x'.repeat(2_000))).rejects.toThrow();
    await eventually(() => expect(errors).toEqual([refusal('packet-too-large')]));
    await eventually(() => expect(joins).toBe(2));
  },
);

it('the older of two connections of one node is told, and does not fight for the seat', async () => {
  const { url } = await startServer();
  const { code, tabs } = await openRoom(url, 'ann', 'ben');
  const [old, ben] = tabs;
  const newer = createTab(url);
  await newer.signaling.join({ code, name: 'ann', nodeId: idOf('ann'), known: true });
  await eventually(() => expect(old?.errors).toEqual([refusal('replaced')]));
  expect(old?.signaling.state).toBe('offline');
  await ben?.signaling.signal(idOf('ann'), 1, 'to the newer');
  await eventually(() => expect(newer.signals).toHaveLength(1));
  expect(newer.errors).toEqual([]);
});

it('a server of another version is a typed error', async () => {
  const io = new Server(0);
  onTestFinished(() => io.close());
  io.use((_socket, next) => {
    const data = { code: 'version-mismatch', message: 'Reload the page.' };
    next(Object.assign(new Error(data.message), { data }));
  });
  const address = io.httpServer.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  const { signaling } = createTab(`http://127.0.0.1:${port}`);
  await expect(signaling.open('ann', idOf('ann'))).rejects.toEqual(refusal('version-mismatch'));
});

it('a server that answers nonsense is a typed error, and its nonsense is not passed on', async () => {
  const io = new Server(0);
  onTestFinished(() => io.close());
  io.on('connection', (socket) => {
    socket.on('open', (_request, answer: (value: unknown) => void) => {
      socket.emit('signal', { from: 'x', generation: 'one' });
      answer({ ok: true, members: 'all' });
    });
  });
  const address = io.httpServer.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  const { signaling, signals, errors } = createTab(`http://127.0.0.1:${port}`);
  await expect(signaling.open('ann', idOf('ann'))).rejects.toEqual(refusal('bad-answer'));
  expect(signals).toEqual([]);
  expect(errors).toEqual([refusal('bad-answer')]);
});

it('a server that accepts and says nothing is unreachable in the end', async () => {
  const silent = createServer();
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void silent.close());
  const address = silent.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  const { signaling } = createTab(`http://127.0.0.1:${port}`, 300);
  await expect(signaling.open('ann', idOf('ann'))).rejects.toEqual(refusal('unreachable'));
  expect(signaling.state).toBe('offline');
});

it('once closed it asks no more', async () => {
  const { url } = await startServer();
  const { signaling, states } = createTab(url);
  const opening = signaling.open('ann', idOf('ann'));
  signaling.close();
  await expect(opening).rejects.toEqual(refusal('closed'));
  await expect(signaling.open('ann', idOf('ann'))).rejects.toEqual(refusal('closed'));
  expect(states).toEqual(['connecting']);
  expect(signaling.state).toBe('offline');
});
