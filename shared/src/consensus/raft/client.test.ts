import { describe, expect, it } from 'vitest';
import { type Effect, emptyDisk, type ProcessEvent } from '../../core/index.js';
import {
  createStore,
  decodeLogCommand,
  decodeResult,
  encodeOpenSession,
  encodeOperation,
  type Store,
} from '../../store/index.js';
import { encodeValue, frameBytesMax } from '../../wire/index.js';
import { raftClient } from './client.js';
import type { ClientState } from './client-state.js';
import type { ClientRequests, ClientResponse, RaftMessage } from './messages.js';
import { parseOptions, type RaftOptions } from './options.js';
import { deliver, lead, nowMs, persisted, sent, server, step, TestCluster } from './testing/index.js';

const voters = ['s1', 's2', 's3'];
const operation = Uint8Array.of(1, 2, 3);
const life = 2 ** 32;

/** A client on `self`, and what it is told and does. */
class Client {
  readonly state: ClientState;
  nowMs = 1_000;
  #nextRequest = 1;

  constructor(self = 'z', options: Partial<RaftOptions> = {}, incarnation?: number) {
    this.state = raftClient.create({ self, run: 'run', voters, options: parseOptions(options), seed: 1 });
    const values = incarnation === undefined ? {} : { incarnation };
    this.step({ type: 'start', now: this.nowMs, disk: { ...emptyDisk, values } });
  }

  step(event: ProcessEvent<RaftMessage>): Effect<RaftMessage>[] {
    return raftClient.step(this.state, event);
  }

  propose(bytes: Uint8Array = operation): Effect<RaftMessage>[] {
    return this.step({ type: 'propose', now: this.nowMs, request: this.#nextRequest++, operation: bytes });
  }

  read(): Effect<RaftMessage>[] {
    return this.step({ type: 'read', now: this.nowMs, request: this.#nextRequest++, operation });
  }

  hear(leader: string | null, ...responses: readonly ClientResponse[]): Effect<RaftMessage>[] {
    const message: RaftMessage = { type: 'clientResponses', leader, responses };
    return this.step({ type: 'deliver', now: this.nowMs, from: leader ?? 's1', message });
  }

  later(ms: number): Effect<RaftMessage>[] {
    this.nowMs += ms;
    return this.step({ type: 'timeout', now: this.nowMs, timer: 'retry' });
  }
}

const store = createStore();
/** Answers of a real store: to an opened session, and to a put. */
const opened = store.apply(1, encodeOpenSession('z'));
const requestsIn = (effects: readonly Effect<RaftMessage>[]) =>
  sent(effects).flatMap(({ to, message }) =>
    message.type === 'clientRequests' ? message.requests.map((request) => ({ to, ...request })) : [],
  );
const sequencesIn = (effects: readonly Effect<RaftMessage>[]) =>
  requestsIn(effects).map(({ body }) => {
    const command = decodeLogCommand(body);
    return command?.kind === 'command' ? [command.sequence, command.firstUnanswered] : null;
  });
const ok = (request: number, result: Uint8Array): ClientResponse => ({ request, status: 'ok', result });
/** `[1, bytes]` and `[2]` in the store's codec. */
const answered = (byte: number) => Uint8Array.of(0x92, 1, 0xc4, 1, byte);
const expired = Uint8Array.of(0x91, 2);

/** With its session open, by request 1 of its life. */
const ready = (self = 'z', options: Partial<RaftOptions> = {}) => {
  const client = new Client(self, options);
  client.propose();
  client.hear('s1', ok(life + 1, opened));
  client.hear('s1', ok(life + 2, answered(0)));
  return client;
};

describe('the client (dissertation 6.2, 6.3)', () => {
  it('opens a session first, and sends nothing before this life’s number is durable', () => {
    const client = new Client();
    const effects = client.propose();
    expect(effects.filter(({ type }) => type === 'send')).toEqual([
      {
        type: 'send',
        to: 's1',
        instance: 'server',
        message: {
          type: 'clientRequests',
          client: 'z',
          hops: 0,
          configuration: { term: 0, index: 0 },
          requests: [{ request: life + 1, mode: 'write', body: encodeOpenSession(`z/1/${life + 1}`) }],
        },
        after: 1,
      },
    ]);
    expect(client.propose().filter(({ type }) => type === 'send')).toEqual([]);
    expect(sequencesIn(client.hear('s2', ok(life + 1, opened)))).toEqual([
      [1, 1],
      [2, 1],
    ]);
  });

  it('numbers its requests anew in each life, so that no late answer is taken for one of this', () => {
    const client = new Client('z', {}, 6);
    expect(requestsIn(client.propose())[0]?.request).toBe(7 * life + 1);
    expect(client.hear('s1', ok(life + 1, opened))).toEqual([]);
  });

  it('a request takes the next sequence number, and says which answers it still waits for', () => {
    const client = ready();
    expect(sequencesIn(client.propose())).toEqual([[2, 2]]);
    expect(sequencesIn(client.propose())).toEqual([[3, 2]]);
    expect(client.hear('s1', ok(life + 3, answered(7)))).toEqual([
      { type: 'reply', request: 2, result: Uint8Array.of(7) },
    ]);
    expect(sequencesIn(client.propose())).toEqual([[4, 3]]);
  });

  it('reads go without a session, and without its bytes being touched', () => {
    const client = new Client();
    expect(requestsIn(client.read())).toEqual([
      { to: 's1', request: life + 1, mode: 'read', body: operation },
    ]);
    const result = Uint8Array.of(5);
    expect(client.hear('s1', ok(life + 1, result))).toEqual([{ type: 'reply', request: 1, result }]);
  });

  it('asks the server beside it first when it has one, and then whoever leads', () => {
    const client = new Client('s3');
    expect(requestsIn(client.read())[0]?.to).toBe('s3');
    expect(requestsIn(client.hear('s2', { request: life + 1, status: 'retry' }))[0]?.to).toBe('s2');
    expect(requestsIn(client.read())[0]?.to).toBe('s2');
  });

  it('without a leader it waits a little each time, however long there is none, and asks others', () => {
    const client = new Client();
    client.read();
    const targets = [];
    for (const waitMs of [50, 50, 50, 100, 100, 100]) {
      expect(sent(client.hear(null, { request: life + 1, status: 'retry' }))).toEqual([]);
      expect(sent(client.later(waitMs - 1))).toEqual([]);
      targets.push(...requestsIn(client.later(1)).map(({ to }) => to));
    }
    expect(new Set(targets).size).toBeGreaterThan(1);
  });

  it('a request that is not answered goes to another server, with the same sequence number, later each time', () => {
    const client = ready();
    expect(requestsIn(client.propose())[0]?.to).toBe('s1');
    const again = client.later(250);
    expect(requestsIn(again)[0]).toMatchObject({ to: 's2', request: life + 3 });
    expect(sequencesIn(again)).toEqual([[2, 2]]);
    expect(sent(client.later(250))).toEqual([]);
    expect(requestsIn(client.later(250))[0]?.to).toBe('s3');
  });

  it('where it has links it asks nobody without one: silence costs more than a refusal', () => {
    const client = new Client();
    client.step({ type: 'peerUp', now: client.nowMs, peer: 's2' });
    const targets = requestsIn(client.read()).map(({ to }) => to);
    for (let i = 0; i < 6; i++) {
      client.hear(null, { request: life + 1, status: 'retry' });
      targets.push(...requestsIn(client.later(100)).map(({ to }) => to));
    }
    expect(targets.length).toBeGreaterThan(4);
    expect(new Set(targets)).not.toContain('s3');
    expect(new Set(targets)).toContain('s2');
  });

  it('many refusals do not make it wait longer for a server that is silent', () => {
    const client = new Client();
    client.read();
    for (let i = 0; i < 8; i++) {
      client.hear(null, { request: life + 1, status: 'retry' });
      client.later(100);
    }
    expect(requestsIn(client.later(250))).toHaveLength(1);
  });

  it('a lost link to the server it asks is not waited out', () => {
    const client = ready();
    client.propose();
    const effects = client.step({ type: 'peerDown', now: client.nowMs, peer: 's1' });
    expect(requestsIn(effects)).toMatchObject([{ to: 's2', request: life + 3 }]);
  });

  it('an answer that comes twice is given once', () => {
    const client = ready();
    client.propose();
    client.hear('s1', ok(life + 3, answered(7)));
    expect(client.hear('s1', ok(life + 3, answered(7)))).toEqual([]);
  });

  it('a leader’s "busy" is waited out: nothing is dropped', () => {
    const client = ready();
    client.propose();
    expect(client.hear('s1', { request: life + 3, status: 'busy' }).map(({ type }) => type)).toEqual([
      'setTimer',
    ]);
    expect(sequencesIn(client.later(250))).toEqual([[2, 2]]);
  });

  it('more requests than it may hold are refused at once: busy', () => {
    const client = ready('z', { clientRequestsMax: 2 });
    client.propose();
    client.propose();
    expect(client.propose()).toEqual([{ type: 'refuse', request: 4, error: 'busy' }]);
  });

  it('what is too large is refused at once', () => {
    const client = ready('z', { commandBytesMax: 16 });
    expect(client.propose(new Uint8Array(17))).toEqual([{ type: 'refuse', request: 2, error: 'too-large' }]);
  });

  it('what is not answered in time is refused, and no longer waited for', () => {
    const client = ready('z', { requestTimeoutMs: 1_000 });
    client.propose();
    const effects = client.later(1_000);
    expect(effects).toContainEqual({ type: 'refuse', request: 2, error: 'timeout' });
    expect(sent(effects)).toEqual([]);
    expect(sequencesIn(client.propose())).toEqual([[3, 3]]);
  });

  it('requests beyond a few messages gather, and go together with the next answer', () => {
    const client = ready();
    const counts = Array.from({ length: 10 }, () => requestsIn(client.propose()).length);
    expect(counts).toEqual([1, 1, 1, 1, 0, 0, 0, 0, 0, 0]);
    const effects = client.hear('s1', ok(life + 3, answered(1)));
    expect(sent(effects)).toHaveLength(1);
    expect(requestsIn(effects)).toHaveLength(6);
  });

  it('an expired session: what was sent is of unknown fate, the rest goes into a new session', () => {
    const client = ready();
    for (let i = 0; i < 6; i++) client.propose();
    const effects = client.hear('s1', ok(life + 3, expired));
    expect(effects.filter(({ type }) => type === 'refuse')).toEqual(
      [2, 5, 4, 3].map((request) => ({ type: 'refuse', request, error: 'session-expired' })),
    );
    const [opening] = requestsIn(effects);
    if (opening === undefined) throw new Error('a new session is asked for');
    expect(decodeLogCommand(opening.body)).toMatchObject({ kind: 'openSession' });
    expect(sequencesIn(client.hear('s1', ok(opening.request, opened)))).toEqual([
      [1, 1],
      [2, 1],
    ]);
  });

  it('an answer of a node that is no voter is nobody’s answer', () => {
    const client = ready();
    client.propose();
    const responses = [ok(life + 3, answered(7))];
    const message: RaftMessage = { type: 'clientResponses', leader: 's3', responses };
    expect(client.step({ type: 'deliver', now: client.nowMs, from: 'y', message })).toEqual([]);
    expect(client.state.leader).toBe('s1');
    expect(client.hear('s1', ok(life + 3, answered(8)))).toEqual([
      { type: 'reply', request: 2, result: Uint8Array.of(8) },
    ]);
  });

  it('a voter beside the client may answer it', () => {
    const client = new Client('s3');
    client.read();
    const message: RaftMessage = {
      type: 'clientResponses',
      leader: 's3',
      responses: [ok(life + 1, Uint8Array.of(5))],
    };
    expect(client.step({ type: 'deliver', now: client.nowMs, from: 's3', message })).toEqual([
      { type: 'reply', request: 1, result: Uint8Array.of(5) },
    ]);
  });

  it('bytes that no store answers with are refused, and harm nobody', () => {
    const client = ready();
    client.propose();
    expect(client.hear('s1', ok(life + 3, Uint8Array.of(0xc1)))).toEqual([
      { type: 'refuse', request: 2, error: 'bad-command' },
    ]);
  });
});

describe('servers and their clients', () => {
  const message = (hops: number): ClientRequests => ({
    type: 'clientRequests',
    client: 'z',
    hops,
    configuration: { term: 0, index: 0 },
    requests: [{ request: 5, mode: 'write', body: operation }],
  });
  const retry = (leader: string | null) => ({
    to: 'z',
    message: { type: 'clientResponses', leader, responses: [{ request: 5, status: 'retry' }] },
  });
  const accepted = { type: 'appendEntriesResponse', success: true, term: 1, round: 0 } as const;
  const heartbeat = {
    type: 'appendEntries',
    term: 1,
    prevLogIndex: 0,
    prevLogTerm: 0,
    entries: [],
    leaderCommit: 0,
    round: 0,
  } as const;

  it('a follower passes requests on to the leader it knows, and says how often that was done', () => {
    const state = server();
    deliver(state, 'd', heartbeat);
    expect(sent(deliver(state, 'z', message(0)))).toEqual([{ to: 'd', message: message(1) }]);
    expect(sent(deliver(state, 'c', message(2)))).toEqual([retry('d')]);
  });

  it('a follower without a leader, or without a link to it, says so', () => {
    const state = server();
    expect(sent(deliver(state, 'z', message(0)))).toEqual([retry(null)]);
    deliver(state, 'd', heartbeat);
    expect(step(state, { type: 'peerDown', now: nowMs, peer: 'd' })).toEqual([]);
    expect(sent(deliver(state, 'z', message(0)))).toEqual([retry(null)]);
  });

  it('a leader takes no more than it may hold: the rest is told to come again', () => {
    const state = lead(server({}, { pendingRequestsMax: 1 }));
    const requests = [1, 2, 3].map((request) => ({ request, mode: 'write' as const, body: operation }));
    const effects = deliver(state, 'z', { ...message(0), requests });
    expect(sent(effects).filter(({ to }) => to === 'z')).toEqual([
      {
        to: 'z',
        message: {
          type: 'clientResponses',
          leader: 'a',
          responses: [
            { request: 2, status: 'busy' },
            { request: 3, status: 'busy' },
          ],
        },
      },
    ]);
    expect(state.log.entries).toHaveLength(2);
  });

  it.each([
    ['entries', { uncommittedEntriesMax: 3 }],
    ['bytes', { uncommittedBytesMax: 1_024 }],
  ])(
    'a leader lets no more %s gather in its log than it may without their being committed: busy, nothing is lost',
    (_of, options) => {
      const state = lead(server({}, options));
      for (const from of ['b', 'c']) deliver(state, from, { ...accepted, matchIndex: 1 });
      const ask = (request: number) => {
        const requests = [{ request, mode: 'write' as const, body: new Uint8Array(400) }];
        const effects = deliver(state, 'z', { ...message(0), requests });
        return sent(effects).flatMap((to) =>
          to.message.type === 'clientResponses' ? to.message.responses : [],
        );
      };
      expect([1, 2, 3].map(ask)).toEqual([[], [], []]);
      expect(ask(4)).toEqual([{ request: 4, status: 'busy' }]);
      for (const from of ['b', 'c']) deliver(state, from, { ...accepted, matchIndex: 4 });
      persisted(state, state.durability.lastWrite);
      expect(state.commitIndex).toBe(4);
      expect(ask(4)).toEqual([]);
    },
  );

  it('a leader cuts large answers into messages that frames can carry, each in order and none left out', () => {
    const state = lead(server());
    deliver(state, 'b', { ...accepted, matchIndex: 1 });
    deliver(state, 'c', { ...accepted, matchIndex: 1 });
    const requests = Array.from({ length: 256 }, (_, i) => ({
      request: i + 1,
      mode: 'write' as const,
      body: operation,
    }));
    deliver(state, 'z', { ...message(0), requests });
    const outcomes = requests.map(({ request }) => ({
      index: request + 1,
      result: new Uint8Array(request === 7 ? 300 * 1024 : 16 * 1024),
    }));
    const effects = step(state, { type: 'executed', now: nowMs, outcomes, digest: '' });
    const answers = sent(effects).flatMap(({ to, message: answer }) =>
      to === 'z' && answer.type === 'clientResponses' ? [answer] : [],
    );
    expect(answers.flatMap(({ responses }) => responses.map(({ request }) => request))).toEqual(
      requests.map(({ request }) => request),
    );
    expect(answers.every(({ responses }) => responses.length > 0)).toBe(true);
    const bytes = answers.map((body) => encodeValue(body).length).toSorted((a, b) => b - a);
    expect(bytes[0]).toBeLessThan(frameBytesMax / 2);
    expect(bytes[1]).toBeLessThan(160 * 1024);
  });
});

describe('exactly once', () => {
  it('a command whose leader crashed before it could answer is carried out once, and answered by the next leader', () => {
    const stores = new Map<string, Store>();
    const cluster = new TestCluster(3);
    cluster.execute = (node, index, command) => {
      const existing = stores.get(node);
      const used = index === 1 || existing === undefined ? createStore() : existing;
      stores.set(node, used);
      return used.apply(index, command);
    };
    const client = new Client();
    /** Carries the client's messages to servers and back, as long as there are any. */
    const carry = (effects: readonly Effect<RaftMessage>[], hearsAnswers = true): Effect<RaftMessage>[] => {
      const seen: Effect<RaftMessage>[] = [];
      let current = effects;
      for (;;) {
        seen.push(...current);
        for (const { to, message } of sent(current))
          cluster.step(to, { type: 'deliver', from: 'z', message });
        cluster.settle();
        const replies = cluster.replies.splice(0);
        if (!hearsAnswers || replies.length === 0) return seen;
        current = replies.flatMap((reply) =>
          client.step({ type: 'deliver', now: client.nowMs, from: 's1', message: reply.message }),
        );
      }
    };
    cluster.elect('s1');
    const put = (value: number) => encodeOperation({ op: 'put', path: '/a', value });
    expect(carry(client.propose(put(1))).some(({ type }) => type === 'reply')).toBe(true);
    // It is committed everywhere; the leader dies with the answer.
    carry(client.propose(put(2)), false);
    cluster.crash('s1');
    cluster.elect('s2');
    const results = carry(client.later(250)).flatMap((effect) =>
      effect.type === 'reply' ? [decodeResult(effect.result)] : [],
    );
    expect(results).toMatchObject([{ ok: true, op: 'put', version: 2 }]);
    const duplicates = cluster.applied['s2']?.filter(({ command }) => {
      const logged = command === null ? null : decodeLogCommand(command);
      return logged?.kind === 'command' && logged.sequence === 2;
    });
    expect(duplicates).toHaveLength(2);
    const found = stores.get('s2')?.query(encodeOperation({ op: 'get', path: '/a' }));
    expect(found === undefined ? null : decodeResult(found)).toMatchObject({ value: 2, version: 2 });
  });
});
