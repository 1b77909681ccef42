import { clientInstance, type NodeId, type Signed, serverInstance } from '../../../core/index.js';
import { batchDigest } from '../digests.js';
import type {
  Batch,
  PrePrepareMessage,
  PreparedCertificate,
  ProposalBody,
  Request,
  SignedPrepare,
  SignedViewChange,
  StableCheckpoint,
} from '../messages.js';
import { nothingStable } from '../state.js';

/** Statements as their signers' hosts would have signed them: what a test says, it says with that node's key. */
export function signed<Body>(signer: NodeId, statement: string, body: Body): Signed<Body> {
  return { signer, instance: serverInstance, statement, body, signature: null };
}

export function request(client: NodeId, number: number, text = `${client}${number}`): Request {
  const operations = [Uint8Array.from(text, (letter) => letter.charCodeAt(0))];
  return {
    signer: client,
    instance: clientInstance,
    statement: 'request',
    body: { number, operations },
    signature: null,
  };
}

export function proposal(view: number, sequence: number, batch: Batch): ProposalBody {
  return { view, sequence, digest: batchDigest(batch) };
}

export function prePrepare(primary: NodeId, view: number, sequence: number, batch: Batch): PrePrepareMessage {
  return {
    type: 'prePrepare',
    prePrepare: signed(primary, 'pre-prepare', proposal(view, sequence, batch)),
    batch,
  };
}

export function prepare(backup: NodeId, body: ProposalBody): SignedPrepare {
  return signed(backup, 'prepare', body);
}

/** As if `primary` had proposed it and `backups` had agreed. */
export function certificate(
  primary: NodeId,
  backups: readonly NodeId[],
  body: ProposalBody,
): PreparedCertificate {
  return {
    prePrepare: signed(primary, 'pre-prepare', body),
    prepares: backups.map((backup) => prepare(backup, body)),
  };
}

export function viewChange(
  signer: NodeId,
  view: number,
  prepared: readonly PreparedCertificate[] = [],
  stable: StableCheckpoint = nothingStable,
): SignedViewChange {
  return signed(signer, 'view-change', { view, stable, prepared });
}
