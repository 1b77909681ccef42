import { describe, expect, it } from 'vitest';
import { type ControlAction, type Effect, emptyDisk, type ProcessEvent } from '../../core/index.js';
import { raftClient } from './client.js';
import type { ClientState } from './client-state.js';
import type { ClientResponse, RaftMessage } from './messages.js';
import { parseOptions } from './options.js';

const voters = ['s1', 's2', 's3'];
const first = { term: 0, index: 0 };

/** A client on `z`, which is no server. */
class Client {
  readonly state: ClientState;
  nowMs = 1_000;

  constructor(options: object = {}, held: { readonly [key: string]: unknown } = {}) {
    this.state = raftClient.create({
      self: 'z',
      run: 'run',
      voters,
      options: parseOptions(options),
      seed: 1,
    });
    this.step({ type: 'start', now: this.nowMs, disk: { ...emptyDisk, values: held } });
  }

  step(event: ProcessEvent<RaftMessage>): Effect<RaftMessage>[] {
    return raftClient.step(this.state, event);
  }

  control(action: ControlAction, request = 1): Effect<RaftMessage>[] {
    return this.step({ type: 'control', now: this.nowMs, request, action });
  }

  hear(from: string, message: RaftMessage): Effect<RaftMessage>[] {
    return this.step({ type: 'deliver', now: this.nowMs, from, message });
  }

  answer(from: string, response: ClientResponse, leader: string | null = from): Effect<RaftMessage>[] {
    return this.hear(from, { type: 'clientResponses', leader, responses: [response] });
  }

  later(ms: number): Effect<RaftMessage>[] {
    this.nowMs += ms;
    return this.step({ type: 'timeout', now: this.nowMs, timer: 'retry' });
  }
}

function asked(effects: readonly Effect<RaftMessage>[]): { readonly to: string; readonly id: number }[] {
  return effects.flatMap((effect) =>
    effect.type === 'send' && effect.message.type === 'controlRequest'
      ? [{ to: effect.to, id: effect.message.request }]
      : [],
  );
}

const action: ControlAction = { kind: 'reconfigure', voters: ['s1', 's4'] };

describe('an administrator’s request', () => {
  it('goes to a server without a session, and its user hears when it is done', () => {
    const client = new Client();
    const [sent] = client.control(action, 9).filter(({ type }) => type === 'send');
    expect(sent).toMatchObject({
      to: 's1',
      instance: 'server',
      message: { type: 'controlRequest', client: 'z', hops: 0, configuration: first, action },
    });
    const [{ id } = { id: 0 }] = asked(sent === undefined ? [] : [sent]);
    expect(client.answer('s1', { request: id, status: 'ok', result: new Uint8Array() })).toEqual([
      { type: 'reply', request: 9, result: new Uint8Array() },
    ]);
  });

  it('is asked again, under the same number, until it is answered: asking twice is asking once', () => {
    const client = new Client();
    const [before] = asked(client.control(action));
    const [after] = asked(client.later(1_000));
    expect(after).toEqual({ to: 's2', id: before?.id });
    const [prompt] = asked(client.answer('s2', { request: after?.id ?? 0, status: 'retry' }, 's3'));
    expect(prompt).toEqual({ to: 's3', id: before?.id });
  });

  it('is refused with the leader’s reason', () => {
    const client = new Client();
    const [sent] = asked(client.control(action, 9));
    const response = { request: sent?.id ?? 0, status: 'refused', reason: 'another-under-way' } as const;
    expect(client.answer('s1', response)).toEqual([
      { type: 'refuse', request: 9, error: 'another-under-way' },
    ]);
  });

  it('is given up in time', () => {
    const client = new Client({ requestTimeoutMs: 500 });
    client.control(action, 9);
    expect(client.later(500)).toContainEqual({ type: 'refuse', request: 9, error: 'timeout' });
  });

  it.each([
    ['nobody', []],
    ['somebody twice', ['s1', 's1']],
    ['more than may vote', Array.from({ length: 10 }, (_, i) => `s${i}`)],
    ['who has no name', ['']],
  ])('of %s as the voters is refused at once', (_what, nodes) => {
    const effects = new Client().control({ kind: 'reconfigure', voters: nodes }, 9);
    expect(effects).toEqual([{ type: 'refuse', request: 9, error: 'bad-voters' }]);
  });

  it('holds up no command, and goes alone', () => {
    const client = new Client();
    client.step({ type: 'read', now: 1_000, request: 1, operation: Uint8Array.of(1) });
    expect(asked(client.control(action, 2))).toHaveLength(1);
    const effects = client.step({ type: 'read', now: 1_000, request: 3, operation: Uint8Array.of(2) });
    expect(effects).toMatchObject([{ type: 'send', message: { type: 'clientRequests' } }]);
  });
});

describe('a client whose cluster has got other voters (dissertation 6.1)', () => {
  const servers = (term: number, index: number, ...nodes: string[]): RaftMessage => ({
    type: 'clusterServers',
    configuration: { term, index },
    servers: nodes,
  });

  it('asks and believes the servers that it is told of, and remembers them', () => {
    const client = new Client();
    const effects = client.hear('s2', servers(1, 7, 's4', 's5'));
    expect(effects).toMatchObject([{ type: 'persist', ops: [{ kind: 'set', key: 'servers' }] }]);
    const [sent] = asked(client.control(action));
    expect(['s4', 's5']).toContain(sent?.to);
    const answer: ClientResponse = { request: sent?.id ?? 0, status: 'ok', result: new Uint8Array() };
    expect(client.answer('s1', answer)).toEqual([]);
    expect(client.answer('s5', answer)).toHaveLength(1);
    const [{ ops } = { ops: [] }] = effects.flatMap((effect) => (effect.type === 'persist' ? [effect] : []));
    const value = ops[0]?.kind === 'set' ? ops[0].value : null;
    expect(new Client({}, { servers: value }).state.servers).toEqual(['s4', 's5']);
  });

  it('does not go back to an older configuration, nor believe who is nobody to it', () => {
    const client = new Client();
    client.hear('s2', servers(2, 7, 's4', 's5'));
    client.hear('s4', servers(1, 9, 's8'));
    client.hear('stranger', servers(9, 99, 'stranger'));
    expect(client.state.servers).toEqual(['s4', 's5']);
  });

  it('gives up its belief in a leader that says that nobody leads', () => {
    const client = new Client();
    const [sent] = asked(client.control(action));
    client.answer('s1', { request: sent?.id ?? 0, status: 'retry' });
    expect(client.state.leader).toBe('s1');
    client.answer('s1', { request: sent?.id ?? 0, status: 'retry' }, null);
    expect(client.state.leader).toBeNull();
    const [next] = asked(client.later(1_000));
    expect(next?.to).toBe('s2');
  });
});
