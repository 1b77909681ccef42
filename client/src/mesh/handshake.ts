import type { Fingerprints } from './fingerprint.js';
import type { IdentityPort } from './identity.js';
import type { LinkMessage } from './link-messages.js';
import {
  bytesEqual,
  encodeStatement,
  type LinkStatement,
  type Party,
  statementProblem,
} from './link-proof.js';
import { MeshViolation, type ProofProblem } from './types.js';

const NONCE_BYTES = 32;

export type HandshakeMessage = Extract<LinkMessage, { type: 'identity' | 'proof' | 'unproven' }>;
type Identity = Extract<LinkMessage, { type: 'identity' }>;
type Proof = Extract<LinkMessage, { type: 'proof' }>;

export type HandshakeOptions = {
  readonly self: string;
  readonly peer: string;
  readonly identity: IdentityPort;
  readonly send: (message: HandshakeMessage) => void;
  /** The peer is who it is taken for, and has been sent this side's proof. */
  readonly onProven: () => void;
  /** `tell`: the peer does not know it yet. Nothing follows it. */
  readonly onFailed: (problem: ProofProblem, tell: boolean) => void;
};

type Stage =
  | { readonly kind: 'closed' }
  | { readonly kind: 'begun'; readonly fingerprints: Fingerprints }
  | { readonly kind: 'proven' }
  | { readonly kind: 'ended' };

/**
 * The mutual proof over one connection: identities, then proofs, crosswise. A side makes one signature and checks one, however
 * much the other sends, and is done once its own proof is out and the other's has been looked at: so whoever is refused has
 * what it takes to see the reason for itself.
 */
export class Handshake {
  readonly #options: HandshakeOptions;
  readonly #nonce = crypto.getRandomValues(new Uint8Array(NONCE_BYTES));
  #stage: Stage = { kind: 'closed' };
  #peerIdentity: Identity | null = null;
  #ownStatement: Uint8Array | null = null;
  #ownProofSent = false;
  #peerProof: Proof | null = null;
  /** What was found out about the peer's proof; undefined as long as nothing was. */
  #verdict: ProofProblem | null | undefined = undefined;
  #refusedByPeer = false;

  constructor(options: HandshakeOptions) {
    this.#options = options;
  }

  get isProven(): boolean {
    return this.#stage.kind === 'proven';
  }

  /** The peer has said that it does not take this side for what it says. */
  get isRefused(): boolean {
    return this.#refusedByPeer;
  }

  /** The channels are open. `fingerprints`: null where the descriptions do not name one for each side. */
  begin(fingerprints: Fingerprints | null): void {
    if (this.#stage.kind !== 'closed') return;
    const { identity, send } = this.#options;
    send({ type: 'identity', publicKey: identity.publicKey, nonce: this.#nonce });
    // No browser writes such a description: somebody on the way did.
    if (fingerprints === null) return this.#fail('fingerprint-swapped', true);
    this.#stage = { kind: 'begun', fingerprints };
    if (this.#peerIdentity !== null) this.#meet(this.#peerIdentity, fingerprints);
  }

  /** Takes what the peer says of it. Answers with what is wrong, where it was not its turn. */
  take(message: HandshakeMessage): MeshViolation | null {
    switch (message.type) {
      case 'identity':
        return this.#onIdentity(message);
      case 'proof':
        return this.#onProof(message);
      case 'unproven':
        this.#onUnproven();
        return null;
    }
  }

  /** Nothing is reported or sent any more. */
  end(): void {
    this.#stage = { kind: 'ended' };
  }

  #onIdentity(message: Identity): MeshViolation | null {
    if (this.#peerIdentity !== null)
      return new MeshViolation('out-of-sequence', 'a second identity on one link');
    this.#peerIdentity = message;
    // The peer's channels may be open before one's own are.
    if (this.#stage.kind === 'begun') this.#meet(message, this.#stage.fingerprints);
    return null;
  }

  #meet(peerIdentity: Identity, fingerprints: Fingerprints): void {
    const { identity, peer } = this.#options;
    if (identity.nodeIdOf(peerIdentity.publicKey) !== peer) return this.#fail('identity-mismatch', true);
    const statement = encodeStatement({
      room: identity.room,
      signer: this.#ownEnd(fingerprints),
      verifier: this.#peerEnd(peerIdentity, fingerprints),
    });
    this.#ownStatement = statement;
    identity.sign(statement, (signature) => {
      if (this.#stage.kind !== 'begun') return;
      this.#options.send({ type: 'proof', signature, statement });
      this.#ownProofSent = true;
      this.#settle();
    });
  }

  #onProof(proof: Proof): MeshViolation | null {
    const { identity } = this.#options;
    const peerIdentity = this.#peerIdentity;
    if (this.#stage.kind !== 'begun' || peerIdentity === null || this.#peerProof !== null)
      return new MeshViolation('out-of-sequence', 'a proof before the identities, or a second one');
    this.#peerProof = proof;
    const { fingerprints } = this.#stage;
    const expected: LinkStatement = {
      room: identity.room,
      signer: this.#peerEnd(peerIdentity, fingerprints),
      verifier: this.#ownEnd(fingerprints),
    };
    const { statement, signature } = proof;
    if (this.#ownStatement !== null && bytesEqual(statement, this.#ownStatement)) {
      // Its own words thrown back at it cost this tab no check.
      this.#judge('proof-replayed');
      return null;
    }
    identity.verify(peerIdentity.publicKey, statement, signature, (holds) =>
      this.#judge(holds ? statementProblem(expected, statement) : 'proof-invalid'),
    );
    return null;
  }

  #onUnproven(): void {
    this.#refusedByPeer = true;
    // The peer's proof goes before its refusal: without one there is nothing to find out here.
    if (this.#peerProof === null || this.#stage.kind === 'proven') this.#fail('proof-refused', false);
    else this.#settle();
  }

  #judge(verdict: ProofProblem | null): void {
    this.#verdict = verdict;
    this.#settle();
  }

  #settle(): void {
    if (this.#stage.kind !== 'begun' || this.#verdict === undefined || !this.#ownProofSent) return;
    if (this.#verdict !== null) return this.#fail(this.#verdict, !this.#refusedByPeer);
    if (this.#refusedByPeer) return this.#fail('proof-refused', false);
    this.#stage = { kind: 'proven' };
    this.#options.onProven();
  }

  #fail(problem: ProofProblem, tell: boolean): void {
    if (this.#stage.kind === 'ended') return;
    this.#stage = { kind: 'ended' };
    this.#options.onFailed(problem, tell);
  }

  #ownEnd({ local }: Fingerprints): Party {
    const { self, identity } = this.#options;
    return { id: self, key: identity.publicKey, nonce: this.#nonce, fingerprint: local };
  }

  #peerEnd({ publicKey, nonce }: Identity, { remote }: Fingerprints): Party {
    return { id: this.#options.peer, key: publicKey, nonce, fingerprint: remote };
  }
}
