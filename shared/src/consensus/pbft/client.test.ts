import { describe, expect, it } from 'vitest';
import { type Effect, emptyDisk, type ProcessEvent } from '../../core/index.js';
import { createStore, decodeLogCommand, encodeAnswer, encodeOpenSession } from '../../store/index.js';
import { pbftClient } from './client.js';
import type { ClientState } from './client-state.js';
import type { PbftMessage, Request } from './messages.js';
import { type PbftOptions, parseOptions } from './options.js';

const voters = ['r0', 'r1', 'r2', 'r3'];
const life = 2 ** 32;
const operation = Uint8Array.of(1, 2, 3);
const opened = createStore().apply(1, encodeOpenSession('z'));
const answered = (byte: number): Uint8Array => encodeAnswer({ kind: 'result', result: Uint8Array.of(byte) });

/** A client on `z`, and what it is told and does. */
class Client {
  readonly state: ClientState;
  nowMs = 1_000;
  #nextRequest = 1;

  constructor(options: Partial<PbftOptions> = {}, incarnation?: number) {
    this.state = pbftClient.create({
      self: 'z',
      run: 'run',
      voters,
      options: parseOptions(options),
      seed: 1,
    });
    for (const peer of voters) this.step({ type: 'peerUp', now: this.nowMs, peer });
    const values = incarnation === undefined ? {} : { incarnation };
    this.step({ type: 'start', now: this.nowMs, disk: { ...emptyDisk, values } });
  }

  step(event: ProcessEvent<PbftMessage>): readonly Effect<PbftMessage>[] {
    return pbftClient.step(this.state, event);
  }

  propose(): readonly Effect<PbftMessage>[] {
    return this.step({ type: 'propose', now: this.nowMs, request: this.#nextRequest++, operation });
  }

  read(): readonly Effect<PbftMessage>[] {
    return this.step({ type: 'read', now: this.nowMs, request: this.#nextRequest++, operation });
  }

  hear(
    from: string,
    number: number,
    result: Uint8Array,
    given: { tentative?: boolean; at?: number; view?: number } = {},
  ): readonly Effect<PbftMessage>[] {
    const { tentative = false, at = 0, view = 0 } = given;
    const message: PbftMessage = { type: 'reply', view, number, tentative, results: [{ at, result }] };
    return this.step({ type: 'deliver', now: this.nowMs, from, message });
  }

  hearRead(from: string, number: number, result: Uint8Array): readonly Effect<PbftMessage>[] {
    return this.step({
      type: 'deliver',
      now: this.nowMs,
      from,
      message: { type: 'readReply', view: 0, number, result },
    });
  }

  later(ms: number): readonly Effect<PbftMessage>[] {
    this.nowMs += ms;
    return this.step({ type: 'timeout', now: this.nowMs, timer: 'retry' });
  }
}

const requestsIn = (effects: readonly Effect<PbftMessage>[]): { to: string; request: Request }[] =>
  effects.flatMap((effect) =>
    effect.type === 'send' && effect.message.type === 'request'
      ? [{ to: effect.to, request: effect.message.request }]
      : [],
  );
const answers = (effects: readonly Effect<PbftMessage>[]): unknown[] => {
  const told: unknown[] = [];
  for (const effect of effects) {
    if (effect.type === 'reply') told.push([effect.request, [...effect.result]]);
    else if (effect.type === 'refuse') told.push([effect.request, effect.error]);
  }
  return told;
};
const sequencesIn = (request: Request | undefined): unknown[] =>
  (request?.body.operations ?? []).map((bytes) => {
    const command = decodeLogCommand(bytes);
    return command?.kind === 'command'
      ? [command.session, command.sequence, command.firstUnanswered]
      : command?.kind;
  });

/** With its session open, and a first command answered. */
function ready(options: Partial<PbftOptions> = {}): Client {
  const client = new Client(options);
  client.propose();
  for (const from of ['r0', 'r1', 'r2']) client.hear(from, life + 1, opened);
  for (const from of ['r0', 'r1', 'r2']) client.hear(from, life + 2, answered(0));
  return client;
}

describe('the client (4.1)', () => {
  it('opens a session first, and says nothing before this life’s number is durable', () => {
    const client = new Client();
    const sends = client.propose().filter((effect) => effect.type === 'send');
    expect(sends).toMatchObject([
      {
        to: 'r0',
        instance: 'server',
        after: 1,
        message: { request: { signer: 'z', instance: 'client', body: { number: life + 1 } } },
      },
    ]);
    expect(client.hear('r0', life + 1, opened).filter(({ type }) => type === 'send')).toEqual([]);
    expect(sequencesIn(requestsIn(client.hear('r1', life + 1, opened))[0]?.request)).toEqual([[1, 1, 1]]);
  });

  it('numbers its requests anew in each life, so that no late answer is taken for one of this', () => {
    const client = new Client({}, 6);
    expect(requestsIn(client.propose())[0]?.request.body.number).toBe(7 * life + 1);
  });

  it('believes f + 1 equal answers of replicas, and none that one of them alone repeats', () => {
    const client = ready();
    client.propose();
    for (let i = 0; i < 5; i++) expect(answers(client.hear('r3', life + 3, answered(9)))).toEqual([]);
    expect(answers(client.hear('stranger', life + 3, answered(9)))).toEqual([]);
    expect(answers(client.hear('r0', life + 3, answered(7)))).toEqual([]);
    expect(answers(client.hear('r2', life + 3, answered(7)))).toEqual([[2, [7]]]);
    expect(answers(client.hear('r1', life + 3, answered(7)))).toEqual([]);
  });

  it('believes tentative answers once a quorum gives them', () => {
    const client = ready();
    client.propose();
    expect(answers(client.hear('r0', life + 3, answered(7), { tentative: true }))).toEqual([]);
    expect(answers(client.hear('r1', life + 3, answered(7), { tentative: true }))).toEqual([]);
    expect(answers(client.hear('r2', life + 3, answered(7)))).toEqual([[2, [7]]]);
  });

  it('counts tentative answers of one view: only there a batch has prepared at a quorum', () => {
    const client = ready();
    client.propose();
    client.hear('r0', life + 3, answered(7), { tentative: true, view: 0 });
    client.hear('r1', life + 3, answered(7), { tentative: true, view: 1 });
    expect(answers(client.hear('r2', life + 3, answered(7), { tentative: true, view: 1 }))).toEqual([]);
    expect(answers(client.hear('r3', life + 3, answered(7), { tentative: true, view: 1 }))).toEqual([
      [2, [7]],
    ]);
  });

  it('asks all replicas the very same again when no answer comes, less and less often', () => {
    const client = ready({ retryMinMs: 100, retryMaxMs: 300 });
    const [first] = requestsIn(client.propose());
    expect(first?.to).toBe('r0');
    const again = requestsIn(client.later(100));
    expect(again.map(({ to }) => to)).toEqual(voters);
    expect(again.every(({ request }) => request === first?.request)).toBe(true);
    expect(requestsIn(client.later(150))).toEqual([]);
    expect(requestsIn(client.later(50))).toHaveLength(4);
  });

  it('turns to the primary of the view that f + 1 have reached, whatever one says', () => {
    const client = ready();
    client.hear('r3', life + 99, answered(0), { view: 7 });
    expect(requestsIn(client.propose())[0]?.to).toBe('r0');
    client.hear('r2', life + 99, answered(0), { view: 2 });
    expect(requestsIn(client.propose())[0]?.to).toBe('r2');
  });

  it('asks all at once where its link to the primary is gone', () => {
    const client = ready();
    client.propose();
    expect(
      requestsIn(client.step({ type: 'peerDown', now: client.nowMs, peer: 'r0' })).map(({ to }) => to),
    ).toEqual(voters);
    expect(requestsIn(client.propose()).map(({ to }) => to)).toEqual(voters);
  });

  it('has few requests on their way, and what comes meanwhile goes together, under one signature', () => {
    const client = ready();
    for (let i = 0; i < 4; i++) expect(requestsIn(client.propose())).toHaveLength(1);
    for (let i = 0; i < 3; i++) expect(requestsIn(client.propose())).toEqual([]);
    client.hear('r0', life + 3, answered(1));
    const [next] = requestsIn(client.hear('r1', life + 3, answered(1)));
    expect(sequencesIn(next?.request)).toEqual([
      [1, 6, 3],
      [1, 7, 3],
      [1, 8, 3],
    ]);
  });

  it('says which answers it still waits for, so that the store may forget the others', () => {
    const client = ready();
    client.propose();
    expect(sequencesIn(requestsIn(client.propose())[0]?.request)).toEqual([[1, 3, 2]]);
  });

  it('gives up after its deadline, with a `timeout`, since it may still be carried out', () => {
    const client = ready({ requestTimeoutMs: 5_000 });
    client.propose();
    expect(answers(client.later(5_000))).toEqual([[2, 'timeout']]);
    expect(client.state.sent).toEqual([]);
  });

  it('refuses what its session’s end leaves unknown, and opens another', () => {
    const client = ready();
    client.propose();
    client.propose();
    const expired = encodeAnswer({ kind: 'session-expired' });
    client.hear('r0', life + 3, expired);
    expect(answers(client.hear('r1', life + 3, expired))).toEqual([
      [2, 'session-expired'],
      [3, 'session-expired'],
    ]);
    const [open] = requestsIn(client.propose());
    expect(sequencesIn(open?.request)).toEqual(['openSession']);
  });

  it('refuses more than its bounds', () => {
    const client = new Client({ clientRequestsMax: 2, commandBytesMax: 16 });
    expect(
      answers(client.step({ type: 'propose', now: 1_000, request: 9, operation: new Uint8Array(17) })),
    ).toEqual([[9, 'too-large']]);
    client.propose();
    expect(answers(client.propose())).toEqual([[2, 'busy']]);
    expect(
      answers(
        client.step({
          type: 'control',
          now: 1_000,
          request: 8,
          action: { kind: 'transferLeadership', to: 'r1' },
        }),
      ),
    ).toEqual([[8, 'unsupported']]);
  });
});

describe('reads of the stores (5.1.3)', () => {
  const reader = (): Client => ready({ readOnlyOptimisation: true, retryMinMs: 100 });

  it('go to all replicas, and take a quorum of equal answers', () => {
    const client = reader();
    const sends = client
      .read()
      .flatMap((effect) => (effect.type === 'send' ? [[effect.to, effect.message.type]] : []));
    expect(sends).toEqual(voters.map((to) => [to, 'read']));
    expect(answers(client.hearRead('r0', life + 1, answered(5)))).toEqual([]);
    expect(answers(client.hearRead('r1', life + 1, answered(4)))).toEqual([]);
    expect(answers(client.hearRead('r2', life + 1, answered(5)))).toEqual([]);
    expect(answers(client.hearRead('r3', life + 1, answered(5)))).toEqual([[2, [...answered(5)]]]);
  });

  it('are ordered like writes where the stores do not agree', () => {
    const client = reader();
    client.read();
    const [ordered] = requestsIn(client.later(100));
    expect(sequencesIn(ordered?.request)).toEqual([[1, 2, 2]]);
  });

  it('make writes wait for a quorum, too: f + 1 may be all that have carried one out', () => {
    const client = reader();
    client.propose();
    client.hear('r0', life + 3, answered(7));
    expect(answers(client.hear('r1', life + 3, answered(7)))).toEqual([]);
    expect(answers(client.hear('r2', life + 3, answered(7)))).toEqual([[2, [7]]]);
  });
});
