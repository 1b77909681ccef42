import type { NodeId, Reign } from '../../core/index.js';
import { nullDigest } from './digests.js';
import type { PreparedCertificate, ProposalBody, SignedViewChange, StableCheckpoint } from './messages.js';
import type { BegunView } from './state.js';

/** The checker's own reading of section 4: nothing here is shared with the replicas, whose mistakes it is to find. */
export type JudgedGroup = { readonly replicas: readonly NodeId[]; readonly quorum: number };

/** 4.2: what is wrong with a certificate that a replica takes for one, or null. */
export function certificateError(
  { replicas, quorum }: JudgedGroup,
  { prePrepare, prepares }: PreparedCertificate,
): string | null {
  const { view, sequence, digest } = prePrepare.body;
  const primary = replicas[view % replicas.length];
  if (prePrepare.signer !== primary)
    return `pre-prepared by ${prePrepare.signer}, where ${primary} is the primary`;
  const stray = prepares.find(
    ({ body }) => body.view !== view || body.sequence !== sequence || body.digest !== digest,
  );
  if (stray !== undefined) return `with a prepare of ${stray.signer} for something else`;
  const backups = new Set(prepares.map(({ signer }) => signer));
  backups.delete(prePrepare.signer);
  for (const backup of backups) if (!replicas.includes(backup)) backups.delete(backup);
  return backups.size + 1 >= quorum ? null : `with the word of ${backups.size + 1} replicas`;
}

/** 4.3: what is wrong with a proof of a checkpoint, or null: a quorum makes it stable. */
export function proofError(
  { replicas, quorum }: JudgedGroup,
  { sequence, digest, proof }: StableCheckpoint,
  needed = quorum,
): string | null {
  if (sequence === 0) return null;
  const agreeing = proof.filter(({ body }) => body.sequence === sequence && body.digest === digest);
  const signers = new Set(agreeing.map(({ signer }) => signer).filter((signer) => replicas.includes(signer)));
  return signers.size >= needed ? null : `vouched for by ${signers.size} replicas`;
}

/** 4.4: what is wrong with a view's beginning, by the view changes that it names, or null. */
export function newViewError(group: JudgedGroup, { newView, viewChanges }: BegunView): string | null {
  const { view, prePrepares } = newView.body;
  const signers = new Set(viewChanges.map(({ signer }) => signer));
  if (signers.size < group.quorum) return `begun by the view changes of ${signers.size} replicas`;
  for (const viewChange of viewChanges) {
    const why = viewChangeError(group, viewChange, view);
    if (why !== null) return `begun by a view change of ${viewChange.signer} ${why}`;
  }
  const given = new Map(prePrepares.map(({ body }) => [body.sequence, body]));
  const minS = Math.max(...viewChanges.map(({ body }) => body.stable.sequence));
  const certificates = viewChanges.flatMap(({ body }) => body.prepared);
  const maxS = Math.max(minS, ...certificates.map(({ prePrepare }) => prePrepare.body.sequence));
  if (given.size !== maxS - minS || prePrepares.length !== given.size)
    return `with ${prePrepares.length} pre-prepares, where ${minS + 1} to ${maxS} are demanded`;
  for (let sequence = minS + 1; sequence <= maxS; sequence++) {
    const why = demandError(certificates, given.get(sequence), view, sequence);
    if (why !== null) return why;
  }
  return null;
}

function viewChangeError(group: JudgedGroup, { body }: SignedViewChange, view: Reign): string | null {
  if (body.view !== view) return `for view ${body.view}`;
  const why = proofError(group, body.stable);
  if (why !== null) return `with a checkpoint ${why}`;
  for (const certificate of body.prepared) {
    const error = certificateError(group, certificate);
    if (error !== null) return `with a certificate ${error}`;
    if (certificate.prePrepare.body.view >= view) return 'with a certificate of a later view';
  }
  return null;
}

function demandError(
  certificates: readonly PreparedCertificate[],
  given: ProposalBody | undefined,
  view: Reign,
  sequence: number,
): string | null {
  if (given === undefined || given.view !== view) return `without a pre-prepare for ${sequence}`;
  const here = certificates.filter(({ prePrepare }) => prePrepare.body.sequence === sequence);
  const newest = Math.max(-1, ...here.map(({ prePrepare }) => prePrepare.body.view));
  const demanded = here
    .filter(({ prePrepare }) => prePrepare.body.view === newest)
    .map(({ prePrepare }) => prePrepare.body.digest);
  if (here.length === 0) demanded.push(nullDigest);
  if (demanded.includes(given.digest)) return null;
  return `with ${given.digest.slice(0, 8)} at ${sequence}, where ${demanded[0]?.slice(0, 8)} prepared in view ${newest}`;
}
