import { signalingLimits } from '@quorate/shared/wire';
import { describe, expect, it, vi } from 'vitest';
import {
  connected,
  createSocket,
  eventually,
  nodeIdOf,
  openRoom,
  openTab,
  settled,
  startServer,
} from './testing/tabs.js';

const refusal = (code: string) => ({ ok: false, error: expect.objectContaining({ code }) });

describe('rooms', () => {
  it('a room is opened under a code that can be read aloud, and its opener is its first member', async () => {
    const server = await startServer({ iceServers: [{ urls: 'stun:10.0.0.1:3478' }] });
    const tiger = await openTab(server, 'tiger');
    expect(await tiger.say('open', { name: '  Tiger ', nodeId: tiger.nodeId })).toEqual({
      ok: true,
      code: expect.stringMatching(/^[a-z]+-[a-z]+-\d\d$/),
      members: [{ nodeId: tiger.nodeId, name: 'Tiger', watch: false }],
      iceServers: [{ urls: 'stun:10.0.0.1:3478' }],
    });
  });

  it('whoever joins learns all members in the order of joining, and they learn of the newcomer', async () => {
    const server = await startServer();
    const { code, tabs } = await openRoom(server, 'ann', 'ben');
    const eve = await openTab(server, 'eve');
    const answer = await eve.say('join', { code, name: 'eve', nodeId: eve.nodeId, watch: true });
    expect(answer).toMatchObject({
      ok: true,
      members: [{ name: 'ann' }, { name: 'ben' }, { name: 'eve', watch: true }],
    });
    for (const tab of tabs) {
      await eventually(() =>
        expect(tab.joined.at(-1)).toEqual({ nodeId: eve.nodeId, name: 'eve', watch: true }),
      );
    }
  });

  it('TURN credentials reach the members untouched', async () => {
    const iceServers = [{ urls: ['turn:10.0.0.1'], username: '1999:ü', credential: ' a+/= ' }];
    const { tabs } = await openRoom(await startServer({ iceServers }), 'ann');
    await tabs[0]?.say('leave', {});
    expect(await tabs[0]?.say('open', { name: 'ann', nodeId: nodeIdOf('ann') })).toMatchObject({
      iceServers,
    });
  });

  it('members are told who left and who was merely disconnected', async () => {
    const { tabs } = await openRoom(await startServer(), 'ann', 'ben', 'eve');
    const [ann, ben, eve] = tabs;
    expect(await ben?.say('leave', {})).toEqual({ ok: true });
    await eventually(() => expect(ann?.left).toEqual([{ nodeId: ben?.nodeId, reason: 'left' }]));
    eve?.socket.disconnect();
    await eventually(() => expect(ann?.left.at(-1)).toEqual({ nodeId: eve?.nodeId, reason: 'disconnected' }));
  });

  it('the newest connection of a node id wins, the older is told and disconnected, and the order stays', async () => {
    const server = await startServer();
    const { code, tabs } = await openRoom(server, 'ann', 'ben');
    const [ann, ben] = tabs;
    const replaced = vi.fn();
    ann?.socket.on('replaced', replaced);
    const again = await openTab(server, 'ann');
    const answer = await again.say('join', { code, name: 'ann', nodeId: again.nodeId });
    expect(answer).toMatchObject({ members: [{ name: 'ann' }, { name: 'ben' }] });
    await eventually(() => expect(ann?.socket.connected).toBe(false));
    expect(replaced).toHaveBeenCalledOnce();
    await ben?.say('signal', { to: again.nodeId, generation: 1, data: 'hello' });
    await eventually(() => expect(again.signals).toHaveLength(1));
    expect(ben?.left).toEqual([]);
  });

  it('an empty room keeps its code for a moment, and is then forgotten', async () => {
    const server = await startServer({ limits: { emptyRoomGraceMs: 50 } });
    const { code, tabs } = await openRoom(server, 'ann');
    const [ann] = tabs;
    await ann?.say('leave', {});
    expect(await ann?.say('join', { code, name: 'ann', nodeId: ann.nodeId })).toMatchObject({ ok: true });
    await ann?.say('leave', {});
    await eventually(async () => {
      const health: unknown = await (await fetch(`${server.url}/healthz`)).json();
      expect(health).toMatchObject({ rooms: 0, members: 0 });
    });
    expect(await ann?.say('join', { code, name: 'ann', nodeId: ann.nodeId })).toEqual(
      refusal('unknown-room'),
    );
  });

  it('an unknown code is refused to a stranger, and learned from a member', async () => {
    const server = await startServer();
    const ann = await openTab(server, 'ann');
    const ben = await openTab(server, 'ben');
    const code = 'maple-otter-42';
    expect(await ben.say('join', { code, name: 'ben', nodeId: ben.nodeId })).toEqual(refusal('unknown-room'));
    const known = await ann.say('join', { code, name: 'ann', nodeId: ann.nodeId, known: true });
    expect(known).toMatchObject({ ok: true, code, members: [{ name: 'ann' }] });
    expect(await ben.say('join', { code, name: 'ben', nodeId: ben.nodeId })).toMatchObject({ ok: true });
  });

  it('one connection sits in one room only', async () => {
    const server = await startServer();
    const { code, tabs } = await openRoom(server, 'ann');
    const [ann] = tabs;
    expect(await ann?.say('open', { name: 'ann', nodeId: ann.nodeId })).toEqual(refusal('already-in-room'));
    expect(await ann?.say('join', { code, name: 'ann', nodeId: nodeIdOf('other') })).toEqual(
      refusal('already-in-room'),
    );
    expect(await ann?.say('join', { code, name: 'ann', nodeId: ann.nodeId })).toMatchObject({ ok: true });
  });
});

describe('the relay', () => {
  it('passes a signal to its target alone, with the sender stamped by the server', async () => {
    const { tabs } = await openRoom(await startServer(), 'ann', 'ben', 'eve');
    const [ann, ben, eve] = tabs;
    const data = { type: 'offer', sdp: 'v=0', nested: [1, null, true] };
    const forged = { to: ben?.nodeId, from: eve?.nodeId, generation: 7, data };
    expect(await ann?.say('signal', forged)).toEqual({ ok: true });
    await eventually(() => expect(ben?.signals).toEqual([{ from: ann?.nodeId, generation: 7, data }]));
    if (eve) await settled(eve);
    expect(eve?.signals).toEqual([]);
  });

  it('does not reach into another room, and tells the sender only', async () => {
    const server = await startServer();
    const { tabs: here } = await openRoom(server, 'ann', 'ben');
    const { tabs: there } = await openRoom(server, 'eve');
    const [ann, ben] = here;
    const [eve] = there;
    const answer = await ann?.say('signal', { to: eve?.nodeId, generation: 1, data: {} });
    expect(answer).toEqual(refusal('unknown-member'));
    if (eve) await settled(eve);
    if (ben) await settled(ben);
    expect([eve?.signals, ben?.signals]).toEqual([[], []]);
  });

  it('serves a signal sent right behind the join that it depends on', async () => {
    const server = await startServer();
    const { code, tabs } = await openRoom(server, 'ann');
    const ben = await openTab(server, 'ben');
    const answers = await Promise.all([
      ben.say('join', { code, name: 'ben', nodeId: ben.nodeId }),
      ben.say('signal', { to: tabs[0]?.nodeId, generation: 1, data: 'at once' }),
    ]);
    expect(answers).toEqual([expect.objectContaining({ ok: true }), { ok: true }]);
  });

  it('refuses a signal from whoever is in no room', async () => {
    const server = await startServer();
    const { tabs } = await openRoom(server, 'ann');
    const stranger = await openTab(server, 'stranger');
    const answer = await stranger.say('signal', { to: tabs[0]?.nodeId, generation: 1, data: {} });
    expect(answer).toEqual(refusal('not-in-room'));
  });
});

describe('bad input is a clear error to its sender, and disturbs nobody else', () => {
  const deep = (levels: number): unknown => (levels === 0 ? 'core' : [deep(levels - 1)]);
  const join = (change: object) => ({
    code: 'maple-otter-42',
    name: 'eve',
    nodeId: nodeIdOf('eve'),
    ...change,
  });
  const signal = (change: object) => ({ to: nodeIdOf('ben'), generation: 1, data: {}, ...change });

  it.each([
    ['an empty name', 'join', join({ name: '  ' }), 'bad-name', 'is empty'],
    ['an overlong name', 'join', join({ name: 'x'.repeat(33) }), 'bad-name', 'too long'],
    ['a name with control characters', 'join', join({ name: 'e\u202eve' }), 'bad-name', 'control characters'],
    ['a missing name', 'open', { nodeId: nodeIdOf('eve') }, 'bad-name', 'name'],
    ['a code that is none', 'join', join({ code: 'maple' }), 'bad-code', 'maple-otter-42'],
    ['a bad node id', 'join', join({ nodeId: 'Eve' }), 'bad-message', 'nodeId must be 16 to 64'],
    ['a negative generation', 'signal', signal({ generation: -1 }), 'bad-message', 'generation'],
    ['a broken generation', 'signal', signal({ generation: 1.5 }), 'bad-message', 'whole number'],
    ['a signal without data', 'signal', signal({ data: undefined }), 'bad-message', 'data'],
    ['a signal nested too deeply', 'signal', signal({ data: deep(3000) }), 'bad-message', 'plain JSON'],
    ['a binary signal', 'signal', signal({ data: Buffer.from('binary') }), 'bad-message', 'plain JSON'],
    ['an oversized signal', 'signal', signal({ data: 'é'.repeat(25_000) }), 'bad-message', 'too large'],
    ['text instead of an object', 'open', 'open sesame', 'bad-message', 'must have the fields'],
    ['an unknown message', 'shout', {}, 'bad-message', 'no such message'],
    ['a name of the language', '__proto__', {}, 'bad-message', 'no such message'],
  ])('%s', async (_what, event, payload, code, hint) => {
    const server = await startServer();
    const { tabs } = await openRoom(server, 'ann', 'ben');
    const [ann, ben] = tabs;
    expect(await ann?.say(event, payload)).toEqual({
      ok: false,
      error: { code, message: expect.stringContaining(hint) },
    });
    expect(await ann?.say('signal', { to: ben?.nodeId, generation: 1, data: 'fine' })).toEqual({ ok: true });
    await eventually(() =>
      expect(ben?.signals).toEqual([{ from: ann?.nodeId, generation: 1, data: 'fine' }]),
    );
    expect([ben?.refused, ben?.left]).toEqual([[], []]);
  });

  it('without an acknowledgement callback the refusal comes as an event of its own', async () => {
    const { tabs } = await openRoom(await startServer(), 'ann');
    const [ann] = tabs;
    ann?.socket.emit('signal', { to: nodeIdOf('nobody'), generation: 1, data: {} }, undefined as never);
    await eventually(() => expect(ann?.refused).toMatchObject([{ code: 'unknown-member' }]));
  });

  it('a packet above the limit ends the connection of its sender alone', async () => {
    const { tabs } = await openRoom(await startServer(), 'ann', 'ben', 'eve');
    const [ann, ben, eve] = tabs;
    const oversized = { to: ben?.nodeId, generation: 1, data: 'x'.repeat(signalingLimits.packetBytesMax) };
    await expect(ann?.say('signal', oversized)).rejects.toThrow('disconnected');
    await eventually(() => expect(ben?.left).toEqual([{ nodeId: ann?.nodeId, reason: 'disconnected' }]));
    expect(await ben?.say('signal', { to: eve?.nodeId, generation: 1, data: 1 })).toEqual({ ok: true });
  });

  it('another version of the protocol is refused in the handshake', async () => {
    const server = await startServer();
    for (const auth of [{ version: 2 }, {}]) {
      const error = await connected(createSocket(server.url, auth)).catch((reason: unknown) => reason);
      expect(error).toMatchObject({
        message: expect.stringContaining('Reload'),
        data: { code: 'version-mismatch' },
      });
    }
  });
});

describe('limits', () => {
  it('a full room is closed to strangers, not to its members', async () => {
    const server = await startServer({ limits: { membersMax: 2 } });
    const { code, tabs } = await openRoom(server, 'ann', 'ben');
    const eve = await openTab(server, 'eve');
    expect(await eve.say('join', { code, name: 'eve', nodeId: eve.nodeId })).toEqual(refusal('room-full'));
    const ben = await openTab(server, 'ben');
    expect(await ben.say('join', { code, name: 'ben', nodeId: ben.nodeId })).toMatchObject({ ok: true });
    expect(tabs[0]?.refused).toEqual([]);
  });

  it('there are only so many rooms', async () => {
    const server = await startServer({ limits: { roomsMax: 1 } });
    await openRoom(server, 'ann');
    const ben = await openTab(server, 'ben');
    const { nodeId } = ben;
    expect(await ben.say('open', { name: 'ben', nodeId })).toEqual(refusal('too-many-rooms'));
    const known = { code: 'maple-otter-42', name: 'ben', nodeId, known: true };
    expect(await ben.say('join', known)).toEqual(refusal('too-many-rooms'));
  });

  it('there are only so many connections', async () => {
    const server = await startServer({ limits: { connectionsMax: 1 } });
    await openTab(server, 'ann');
    const error = await connected(createSocket(server.url)).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ data: { code: 'too-many-connections' } });
  });

  it('a connection that says too much is slowed down, and then dropped, while others are served', async () => {
    const server = await startServer({ limits: { messagePointsMax: 20, messageWindowMs: 60_000 } });
    const { tabs } = await openRoom(server, 'ann', 'ben');
    const [ann, ben] = tabs;
    const chatter = () => ann?.say('signal', { to: ben?.nodeId, generation: 1, data: 1 });
    const answers = await Promise.all(Array.from({ length: 20 }, chatter));
    expect(answers.filter((answer) => (answer as { ok: boolean }).ok)).toHaveLength(19);
    expect(answers.at(-1)).toMatchObject({
      ok: false,
      error: {
        code: 'rate-limited',
        retryAfterMs: expect.any(Number),
        message: expect.stringContaining('Try again'),
      },
    });
    expect(await ben?.say('signal', { to: ann?.nodeId, generation: 1, data: 1 })).toEqual({ ok: true });
    await Promise.allSettled(Array.from({ length: 100 }, chatter));
    await eventually(() => expect(ann?.socket.connected).toBe(false));
    expect(ben?.socket.connected).toBe(true);
  });

  it('whoever guesses codes is stopped, even at a right guess, and members signal on', async () => {
    const server = await startServer({ limits: { attemptsMax: 5, attemptsWindowMs: 60_000 } });
    const { code, tabs } = await openRoom(server, 'ann', 'ben');
    const eve = await openTab(server, 'eve');
    const guess = (guessed: string) => eve.say('join', { code: guessed, name: 'eve', nodeId: eve.nodeId });
    for (const number of [11, 12, 13, 14]) {
      expect(await guess(`wrong-guess-${number}`)).toEqual(refusal('unknown-room'));
    }
    expect(await guess(code)).toEqual(refusal('rate-limited'));
    const [ann, ben] = tabs;
    expect(await ann?.say('signal', { to: ben?.nodeId, generation: 1, data: 1 })).toEqual({ ok: true });
  });

  it('a whole class that joins from one address is not held up', async () => {
    const server = await startServer({ limits: { attemptsMax: 3, attemptsWindowMs: 60_000 } });
    const { tabs } = await openRoom(server, ...(['s0', 's1', 's2', 's3', 's4', 's5', 's6', 's7'] as const));
    expect(tabs).toHaveLength(8);
  });
});
