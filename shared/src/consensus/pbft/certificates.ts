import { byzantineQuorum, liarsTolerated, type NodeId, type Reign } from '../../core/index.js';
import type {
  PreparedCertificate,
  SignedCheckpoint,
  SignedViewChange,
  StableCheckpoint,
} from './messages.js';

/** The replicas of a run, and how many of them prove what. */
export type Group = {
  readonly replicas: readonly NodeId[];
  /** f: so many may lie. */
  readonly faults: number;
  /** Any two of so many share an honest replica: 2f + 1 of 3f + 1. */
  readonly quorum: number;
};

export function groupOf(replicas: readonly NodeId[]): Group {
  const { length } = replicas;
  return { replicas, faults: liarsTolerated(length), quorum: byzantineQuorum(length) };
}

/** 4: the primary of view v is the replica v mod n. */
export function primaryOf({ replicas }: Group, view: Reign): NodeId {
  return replicas[view % replicas.length] ?? '';
}

/**
 * Why these statements do not prove that a batch prepared in a view before `before`, or null. The host has checked that
 * each is its signer's; whose they are and what they say is checked here.
 */
export function preparedFault(
  group: Group,
  { prePrepare, prepares }: PreparedCertificate,
  before: Reign,
): string | null {
  const { view, sequence, digest } = prePrepare.body;
  if (view >= before) return 'of a later view';
  const primary = primaryOf(group, view);
  if (prePrepare.signer !== primary) return 'pre-prepared by no primary';
  const backups = new Set<NodeId>();
  for (const { signer, body } of prepares) {
    const isSame = body.view === view && body.sequence === sequence && body.digest === digest;
    if (!isSame) return 'prepares of something else';
    if (signer === primary || !group.replicas.includes(signer)) return 'prepares of no backups';
    backups.add(signer);
  }
  return backups.size >= group.quorum - 1 ? null : 'too few prepares';
}

/**
 * Why these statements do not prove a checkpoint, or null: a quorum proves that it is stable, f + 1 that an honest replica
 * has come to it (4.6.2, a weak certificate). Sequence 0 needs no proof.
 */
export function checkpointFault(
  group: Group,
  { sequence, digest, proof }: StableCheckpoint,
  interval: number,
  needed: number,
): string | null {
  if (sequence === 0) return proof.length === 0 && digest === '' ? null : 'a proof of the beginning';
  if (sequence % interval !== 0) return 'no checkpoint is due there';
  const signers = new Set<NodeId>();
  for (const { signer, body } of proof) {
    if (body.sequence !== sequence || body.digest !== digest) return 'checkpoints of something else';
    if (!group.replicas.includes(signer)) return 'checkpoints of no replicas';
    signers.add(signer);
  }
  return signers.size >= needed ? null : 'too few checkpoints';
}

/** Why a view change is none that a replica that keeps to the protocol makes, or null. */
export function viewChangeFault(
  group: Group,
  { signer, body }: SignedViewChange,
  { interval, window }: { readonly interval: number; readonly window: number },
): string | null {
  const { view, stable, prepared } = body;
  if (!group.replicas.includes(signer)) return 'of no replica';
  const fault = checkpointFault(group, stable, interval, group.quorum);
  if (fault !== null) return fault;
  let last = stable.sequence;
  for (const certificate of prepared) {
    const { sequence } = certificate.prePrepare.body;
    if (sequence <= last || sequence > stable.sequence + window) return 'certificates out of the window';
    last = sequence;
    const why = preparedFault(group, certificate, view);
    if (why !== null) return why;
  }
  return null;
}

/** As many equal statements among these as are needed, of `sequence`; null where there are none. */
export function provenAmong(
  needed: number,
  statements: readonly SignedCheckpoint[],
  sequence: number,
): StableCheckpoint | null {
  const byDigest = new Map<string, SignedCheckpoint[]>();
  for (const statement of statements) {
    if (statement.body.sequence !== sequence) continue;
    const { digest } = statement.body;
    const same = byDigest.get(digest) ?? [];
    byDigest.set(digest, same);
    if (!same.some(({ signer }) => signer === statement.signer)) same.push(statement);
    if (same.length >= needed) return { sequence, digest, proof: same };
  }
  return null;
}
