import type { AnyProtocol, NodeId, RunId, Signed } from '../core/index.js';
import { encodeCanonical } from '../wire/index.js';
import { copyPlain } from './plain-copy.js';
import type { Crypto } from './ports.js';

export type SigningOptions = {
  readonly crypto: Crypto;
  readonly self: NodeId;
  readonly room: string;
  readonly run: RunId;
  readonly protocol: AnyProtocol;
};

type Part = Signed<unknown>;
type SignatureDone = (signature: Uint8Array) => void;

/** Signs the host's own statements inside messages on their way out, and checks all statements of those that come in. */
export class Signing {
  readonly #options: SigningOptions;
  /** By the Process's own object, so that a statement sent to many is signed once. A list waits for its signature. */
  readonly #signatures = new WeakMap<Part, Uint8Array | SignatureDone[]>();
  /** By the Process's own message, so that one sent to many is copied once. */
  readonly #signed = new WeakMap<object, unknown>();

  constructor(options: SigningOptions) {
    this.#options = options;
  }

  /** True when the message carries a statement of this node without its signature. */
  needsSigning(message: unknown): boolean {
    return this.#options.protocol.signedParts(message).some((part) => this.#isOwnUnsigned(part));
  }

  /**
   * Answers with a copy of the message in which this node's statements are signed, innermost first, since an outer one
   * covers those inside it. The message itself is left as it is: it may be part of the Process's state.
   */
  sign(message: unknown, done: (signed: unknown) => void): void {
    const { protocol } = this.#options;
    const known = isObject(message) ? this.#signed.get(message) : undefined;
    if (known !== undefined) return done(known);
    const signed = copyPlain(message);
    const originals = protocol.signedParts(message);
    const parts = protocol.signedParts(signed).map((copy, i) => ({ copy, original: originals[i] ?? copy }));
    const next = (): void => {
      const part = parts.pop();
      if (part === undefined) {
        if (isObject(message)) this.#signed.set(message, signed);
        return done(signed);
      }
      const { copy, original } = part;
      if (!this.#isOwnUnsigned(copy)) return next();
      this.#signature(original, copy, (signature) => {
        Object.assign(copy, { signature });
        next();
      });
    };
    next();
  }

  /**
   * How to check a message that came in; undefined when it carries no statements. Each signature has to be its signer's;
   * who that must be is the protocol's to say.
   */
  check(message: unknown): ((done: (valid: boolean) => void) => void) | undefined {
    const { crypto, protocol } = this.#options;
    const parts = protocol.signedParts(message);
    if (parts.length === 0) return undefined;
    return (done) => {
      let waiting = parts.length;
      let valid = true;
      for (const part of parts) {
        const { signature } = part;
        const checked = (holds: boolean): void => {
          valid &&= holds;
          waiting -= 1;
          if (waiting === 0) done(valid);
        };
        if (signature === null) checked(false);
        else crypto.verify(part.signer, this.#statementBytes(part), signature, checked);
      }
    };
  }

  #isOwnUnsigned({ signer, signature }: Part): boolean {
    return signature === null && signer === this.#options.self;
  }

  #signature(original: Part, copy: Part, done: SignatureDone): void {
    const known = this.#signatures.get(original);
    if (known instanceof Uint8Array) return done(known);
    if (known !== undefined) {
      known.push(done);
      return;
    }
    const waiting = [done];
    this.#signatures.set(original, waiting);
    this.#options.crypto.sign(this.#statementBytes(copy), (signature) => {
      this.#signatures.set(original, signature);
      for (const answer of waiting) answer(signature);
    });
  }

  /** What a signature covers: where the statement was made, by whom, of which type, and what it says. */
  #statementBytes(part: Part): Uint8Array {
    const { room, run } = this.#options;
    return encodeCanonical([room, run, part.instance, part.signer, part.statement, part.body]);
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
