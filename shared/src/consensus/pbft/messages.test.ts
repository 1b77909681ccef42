import { describe, expect, it } from 'vitest';
import { clientInstance, serverInstance } from '../../core/index.js';
import { encodeValue, frameBytesMax } from '../../wire/index.js';
import { describe as describeMessage } from './describe.js';
import { viewChangeDigest } from './digests.js';
import { type PbftMessage, signedParts } from './messages.js';
import { MessageError, parseMessage } from './schemas.js';
import { nothingStable } from './state.js';
import { certificate, prePrepare, prepare, proposal, request, signed, viewChange } from './testing/index.js';

const batch = [request('a', 1)];
const body = proposal(3, 7, batch);
const digest = 'd'.repeat(64);
const stable = { sequence: 4, digest, proof: [signed('r1', 'checkpoint', { sequence: 4, digest })] };
const asked = viewChange('r2', 4, [certificate('r3', ['r1', 'r2'], body)], stable);

const messages: readonly PbftMessage[] = [
  { type: 'request', request: request('a', 1) },
  prePrepare('r3', 3, 7, batch),
  { type: 'prepare', prepare: prepare('r1', body) },
  { type: 'commit', ...body },
  { type: 'reply', view: 3, number: 1, tentative: false, results: [{ at: 0, result: Uint8Array.of(1) }] },
  { type: 'read', number: 1, operation: Uint8Array.of(1) },
  { type: 'readReply', view: 3, number: 1, result: Uint8Array.of(1) },
  { type: 'checkpoint', checkpoints: stable.proof },
  { type: 'viewChange', viewChange: asked },
  {
    type: 'newView',
    newView: signed('r0', 'new-view', {
      view: 4,
      viewChanges: [['r2', viewChangeDigest(asked)] as const],
      prePrepares: [signed('r0', 'pre-prepare', { ...body, view: 4 })],
    }),
  },
  { type: 'batch', batch },
  {
    type: 'status',
    view: 3,
    isActive: true,
    stable: 4,
    executed: 6,
    open: 7,
    phases: [1, 0, 3],
    missing: [digest],
    viewChanges: ['r1'],
  },
  { type: 'fetch', sequence: 4 },
  {
    type: 'state',
    checkpoint: stable,
    meta: { sequence: 4, index: 9, sessions: [{ session: 1, client: 'a', number: 1, at: 0, usedAt: 9 }] },
  },
];
const instanceOf = ({ type }: PbftMessage): string =>
  type === 'reply' || type === 'readReply' ? clientInstance : serverInstance;

describe('messages', () => {
  it.each(messages.map((message) => [message.type, message] as const))(
    '%s is read as it is written, for its instance alone',
    (_type, message) => {
      expect(parseMessage(structuredClone(message), instanceOf(message))).toEqual(message);
      const other = instanceOf(message) === clientInstance ? serverInstance : clientInstance;
      expect(() => parseMessage(message, other)).toThrow(MessageError);
      expect(() => parseMessage({ ...message, more: 1 }, instanceOf(message))).toThrow(MessageError);
      expect(describeMessage(message).kind.toLowerCase()).toBe(message.type.toLowerCase());
    },
  );

  it('carry their statements, outermost first', () => {
    const counts = Object.fromEntries(
      messages.map((message) => [message.type, signedParts(message).map(({ statement }) => statement)]),
    );
    expect(counts).toEqual({
      request: ['request'],
      prePrepare: ['pre-prepare', 'request'],
      prepare: ['prepare'],
      commit: [],
      reply: [],
      read: [],
      readReply: [],
      checkpoint: ['checkpoint'],
      viewChange: ['view-change', 'checkpoint', 'pre-prepare', 'prepare', 'prepare'],
      newView: ['new-view', 'pre-prepare'],
      batch: ['request'],
      status: [],
      fetch: [],
      state: ['checkpoint'],
    });
  });

  it.each([
    ['a statement of another type', { type: 'prepare', prepare: signed('r1', 'pre-prepare', body) }],
    [
      'a request that a server made',
      { type: 'request', request: { ...request('a', 1), instance: serverInstance } },
    ],
    ['no digest', { type: 'commit', ...body, digest: 'x' }],
    ['a view that is no number', { type: 'commit', ...body, view: -1 }],
    ['sequence 0', { type: 'commit', ...body, sequence: 0 }],
    [
      'no operation',
      { type: 'request', request: { ...request('a', 1), body: { number: 1, operations: [] } } },
    ],
    [
      'too many operations',
      {
        type: 'request',
        request: { ...request('a', 1), body: { number: 1, operations: Array(257).fill(Uint8Array.of(1)) } },
      },
    ],
    ['too many requests', { ...prePrepare('r3', 3, 7, batch), batch: Array(257).fill(request('a', 1)) }],
    [
      'a signature that is too long',
      { type: 'prepare', prepare: { ...prepare('r1', body), signature: new Uint8Array(200) } },
    ],
    ['an unknown type', { type: 'prePrepared' }],
    ['nothing', null],
  ])('with %s are refused', (_what, message) => {
    expect(() => parseMessage(message, serverInstance)).toThrow(MessageError);
  });

  it('fit into a frame, the largest view change of sixteen replicas too', () => {
    const long = 'x'.repeat(26);
    const seal = <Body>(statement: string, what: Body) => ({
      ...signed(long, statement, what),
      signature: new Uint8Array(64),
    });
    const full = { view: 2 ** 40, sequence: 2 ** 40, digest };
    const prepared = Array.from({ length: 256 }, () => ({
      prePrepare: seal('pre-prepare', full),
      prepares: Array.from({ length: 10 }, () => seal('prepare', full)),
    }));
    const largest = seal('view-change', { view: 2 ** 40, stable: nothingStable, prepared });
    expect(encodeValue({ type: 'viewChange', viewChange: largest }).length).toBeLessThan(frameBytesMax);
  });

  it('of equal view changes have equal digests, whoever’s signatures are in them', () => {
    const [certified] = asked.body.prepared;
    const sealed = {
      ...asked,
      signature: Uint8Array.of(1),
      body: {
        ...asked.body,
        prepared:
          certified === undefined
            ? []
            : [
                {
                  ...certified,
                  prepares: certified.prepares.map((each) => ({ ...each, signature: Uint8Array.of(2) })),
                },
              ],
      },
    };
    expect(viewChangeDigest(sealed)).toBe(viewChangeDigest(asked));
    expect(viewChangeDigest({ ...asked, signer: 'r1' })).not.toBe(viewChangeDigest(asked));
    expect(viewChangeDigest({ ...asked, body: { ...asked.body, prepared: [] } })).not.toBe(
      viewChangeDigest(asked),
    );
  });
});
