import * as v from 'valibot';
import { clientInstance, counterMax, type InstanceName, serverInstance } from '../../core/index.js';
import {
  batchRequestsMax,
  missingMax,
  operationsPerRequestMax,
  type PbftMessage,
  sessionOwnersMax,
  statusPlacesMax,
  votersMax,
  windowMax,
} from './messages.js';

/** Of a node's id. */
const idLengthMax = 64;
/** The largest command that options allow, in the store's envelope. */
const operationBytesMax = 257 * 1024;
/** Of a signature; the live host's take 64. */
const signatureBytesMax = 128;

const whole = v.pipe(v.number(), v.safeInteger(), v.minValue(0), v.maxValue(counterMax));
/** A request's number has the client's life in its upper bits. */
const requestNumber = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const positive = v.pipe(whole, v.minValue(1));
const nodeId = v.pipe(v.string(), v.minLength(1), v.maxLength(idLengthMax));
const bytes = v.instance(Uint8Array);
const digest = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/, 'a digest has 64 hexadecimal digits'));
const operation = v.pipe(
  bytes,
  v.check((value) => value.length <= operationBytesMax, 'an operation is too large'),
);
const signature = v.nullable(
  v.pipe(
    bytes,
    v.check((value) => value.length <= signatureBytesMax, 'a signature is too long'),
  ),
);

function signed<Statement extends string, Body extends v.GenericSchema>(
  statement: Statement,
  instance: InstanceName,
  body: Body,
) {
  return v.strictObject({
    signer: nodeId,
    instance: v.literal(instance),
    statement: v.literal(statement),
    body,
    signature,
  });
}

const request = signed(
  'request',
  clientInstance,
  v.strictObject({
    number: requestNumber,
    operations: v.pipe(v.array(operation), v.minLength(1), v.maxLength(operationsPerRequestMax)),
  }),
);
export const batchSchema = v.pipe(v.array(request), v.maxLength(batchRequestsMax));
const proposal = { view: whole, sequence: positive, digest };
export const prePrepareSchema = signed('pre-prepare', serverInstance, v.strictObject(proposal));
const prepareSchema = signed('prepare', serverInstance, v.strictObject(proposal));
const checkpointSchema = signed('checkpoint', serverInstance, v.strictObject({ sequence: positive, digest }));
const proof = v.pipe(v.array(checkpointSchema), v.maxLength(votersMax));
export const certificateSchema = v.strictObject({
  prePrepare: prePrepareSchema,
  prepares: v.pipe(v.array(prepareSchema), v.maxLength(votersMax)),
});
/** Sequence 0 has no state to digest. */
export const stableSchema = v.strictObject({
  sequence: whole,
  digest: v.union([digest, v.literal('')]),
  proof,
});
export const viewChangeSchema = signed(
  'view-change',
  serverInstance,
  v.strictObject({
    view: positive,
    stable: stableSchema,
    prepared: v.pipe(v.array(certificateSchema), v.maxLength(windowMax)),
  }),
);
export const newViewSchema = signed(
  'new-view',
  serverInstance,
  v.strictObject({
    view: positive,
    viewChanges: v.pipe(v.array(v.tuple([nodeId, digest])), v.maxLength(votersMax)),
    prePrepares: v.pipe(v.array(prePrepareSchema), v.maxLength(windowMax)),
  }),
);
const owner = v.strictObject({
  session: positive,
  client: nodeId,
  number: requestNumber,
  at: whole,
  usedAt: whole,
});
export const stateMetaSchema = v.strictObject({
  sequence: whole,
  index: whole,
  sessions: v.pipe(v.array(owner), v.maxLength(sessionOwnersMax)),
});

const results = v.pipe(
  v.array(v.strictObject({ at: v.pipe(whole, v.maxValue(operationsPerRequestMax - 1)), result: bytes })),
  v.minLength(1),
  v.maxLength(operationsPerRequestMax),
);

const schemas = {
  request: v.strictObject({ type: v.literal('request'), request }),
  prePrepare: v.strictObject({
    type: v.literal('prePrepare'),
    prePrepare: prePrepareSchema,
    batch: batchSchema,
  }),
  prepare: v.strictObject({ type: v.literal('prepare'), prepare: prepareSchema }),
  commit: v.strictObject({ type: v.literal('commit'), ...proposal }),
  reply: v.strictObject({
    type: v.literal('reply'),
    view: whole,
    number: requestNumber,
    tentative: v.boolean(),
    results,
  }),
  read: v.strictObject({ type: v.literal('read'), number: requestNumber, operation }),
  readReply: v.strictObject({
    type: v.literal('readReply'),
    view: whole,
    number: requestNumber,
    result: bytes,
  }),
  checkpoint: v.strictObject({
    type: v.literal('checkpoint'),
    checkpoints: v.pipe(proof, v.minLength(1)),
  }),
  viewChange: v.strictObject({ type: v.literal('viewChange'), viewChange: viewChangeSchema }),
  newView: v.strictObject({ type: v.literal('newView'), newView: newViewSchema }),
  batch: v.strictObject({ type: v.literal('batch'), batch: batchSchema }),
  status: v.strictObject({
    type: v.literal('status'),
    view: whole,
    isActive: v.boolean(),
    stable: whole,
    executed: whole,
    open: positive,
    phases: v.pipe(v.array(v.pipe(whole, v.maxValue(3))), v.maxLength(statusPlacesMax)),
    missing: v.pipe(v.array(digest), v.maxLength(missingMax)),
    viewChanges: v.pipe(v.array(nodeId), v.maxLength(votersMax)),
  }),
  fetch: v.strictObject({ type: v.literal('fetch'), sequence: positive }),
  state: v.strictObject({ type: v.literal('state'), checkpoint: stableSchema, meta: stateMetaSchema }),
} satisfies { readonly [type in PbftMessage['type']]: v.GenericSchema<unknown, PbftMessage> };

/** What clients are sent; all else is for servers. */
const forClients: readonly PbftMessage['type'][] = ['reply', 'readReply'];

/** A frame's body that is no message of PBFT's. */
export class MessageError extends Error {
  override readonly name = 'MessageError';
}

/** Checks a decoded frame's body. Throws `MessageError` with the reason when it is no message of PBFT's for that instance. */
export function parseMessage(given: unknown, to: InstanceName): PbftMessage {
  const type = typeof given === 'object' && given !== null && 'type' in given ? given.type : undefined;
  if (typeof type !== 'string' || !isMessageType(type)) {
    throw new MessageError(`a message of PBFT has a type it knows, not ${String(type)}`);
  }
  if (forClients.includes(type) !== (to === clientInstance)) {
    throw new MessageError(`${type} is not for an instance ${to}`);
  }
  const parsed = v.safeParse<v.GenericSchema<unknown, PbftMessage>>(schemas[type], given, {
    abortEarly: true,
  });
  if (parsed.success) return parsed.output;
  const [issue] = parsed.issues;
  throw new MessageError(`${type}.${v.getDotPath(issue) ?? ''}: ${issue.message}`);
}

function isMessageType(type: string): type is PbftMessage['type'] {
  return Object.hasOwn(schemas, type);
}
