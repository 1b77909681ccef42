import type { MeshSignal } from './signals.js';

type Candidate = (MeshSignal & { readonly kind: 'candidate' })['candidate'];
type Offer = { readonly session: string; readonly generation: number };

const CANDIDATES_MAX = 32;

/** Signals that take different ways overtake each other: candidates of one offer to come are kept until it is here. */
export class EarlyCandidates {
  #offer: Offer | null = null;
  #candidates: Candidate[] = [];

  keep({ session, generation }: Offer, candidate: Candidate): void {
    if (this.#offer?.generation !== generation || this.#offer.session !== session) {
      this.#offer = { session, generation };
      this.#candidates = [];
    }
    if (this.#candidates.length < CANDIDATES_MAX) this.#candidates.push(candidate);
  }

  /** Those of this offer; nothing is kept after. */
  take({ session, generation }: Offer): readonly Candidate[] {
    const isTheirs = this.#offer?.generation === generation && this.#offer.session === session;
    const candidates = isTheirs ? this.#candidates : [];
    this.#offer = null;
    this.#candidates = [];
    return candidates;
  }
}
