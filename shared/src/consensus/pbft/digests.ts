import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import { encodeCanonical } from '../../wire/index.js';
import type { Batch, CheckpointBody, Digest, SignedViewChange, StateMeta } from './messages.js';

/** Signatures are no part of any digest: who holds its own statement has not got the one that its host makes. */
function digestOf(what: string, value: unknown): Digest {
  return bytesToHex(sha256(encodeCanonical([what, value])));
}

/** Of the requests in their order; that of the empty batch names the null request. */
export function batchDigest(batch: Batch): Digest {
  return digestOf(
    'batch',
    batch.map(({ signer, body }) => [signer, body.number, body.operations]),
  );
}

/** The null request's digest (4.4). */
export const nullDigest: Digest = batchDigest([]);

/** What a checkpoint states: the store, by its snapshot's bytes, and what else is state. */
export function stateDigest(snapshotDigest: string, meta: StateMeta): Digest {
  return digestOf('state', [snapshotDigest, meta]);
}

/** What a view change says; equal statements have equal ones, whoever's signatures are in them. */
export function viewChangeDigest({ signer, body }: SignedViewChange): Digest {
  const { view, stable, prepared } = body;
  const checkpoint = ({ sequence, digest }: CheckpointBody): unknown => [sequence, digest];
  return digestOf('view-change', [
    signer,
    view,
    checkpoint(stable),
    stable.proof.map((statement) => [statement.signer, checkpoint(statement.body)]),
    prepared.map(({ prePrepare, prepares }) => [
      prePrepare.signer,
      prePrepare.body,
      prepares.map((prepare) => [prepare.signer, prepare.body]),
    ]),
  ]);
}
