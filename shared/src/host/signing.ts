import type { AnyProtocol, InstanceName, NodeId, RunId, Signed } from '../core/index.js';
import { encodeCanonical } from '../wire/index.js';
import type { Crypto } from './ports.js';

/** What a signature covers: where the statement was made, by whom, of which type, and what it says. */
function statementBytes(run: RunId, instance: InstanceName, part: Signed<unknown>): Uint8Array {
  return encodeCanonical([run, instance, part.signer, part.statement, part.body]);
}

type Slot = { signature: Uint8Array | null };

/** Signs the host's own statements inside messages on their way out, and checks all statements of those that come in. */
export class Signing {
  readonly #crypto: Crypto;
  readonly #run: RunId;
  readonly #protocol: AnyProtocol;

  constructor(crypto: Crypto, run: RunId, protocol: AnyProtocol) {
    this.#crypto = crypto;
    this.#run = run;
    this.#protocol = protocol;
  }

  /** True when the message carries a statement without its signature. */
  needsSigning(message: unknown): boolean {
    return this.#protocol.signedParts(message).some((part) => part.signature === null);
  }

  /** Fills in the missing signatures, innermost first, since an outer one covers those inside it. */
  sign(instance: InstanceName, message: unknown, done: () => void): void {
    const parts = this.#protocol.signedParts(message).filter((part) => part.signature === null);
    const next = (): void => {
      const part = parts.pop();
      if (part === undefined) return done();
      this.#crypto.sign(statementBytes(this.#run, instance, part), (signature) => {
        (part as Slot).signature = signature;
        next();
      });
    };
    next();
  }

  /** How to check a message that came in; undefined when it carries no statements. */
  check(
    from: NodeId,
    instance: InstanceName,
    message: unknown,
  ): ((done: (valid: boolean) => void) => void) | undefined {
    const parts = this.#protocol.signedParts(message);
    const outer = parts[0];
    if (outer === undefined) return undefined;
    return (done) => {
      let waiting = parts.length;
      let valid = outer.signer === from;
      for (const part of parts) {
        const { signature } = part;
        const checked = (holds: boolean): void => {
          valid &&= holds;
          waiting -= 1;
          if (waiting === 0) done(valid);
        };
        if (signature === null) checked(false);
        else this.#crypto.verify(part.signer, statementBytes(this.#run, instance, part), signature, checked);
      }
    };
  }
}
