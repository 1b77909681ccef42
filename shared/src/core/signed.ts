import type { InstanceName, NodeId } from './ids.js';

/**
 * A statement that must convince third parties, whoever passes it on. A Process makes it with `signature: null`; the host
 * signs it on the way out, over room, run, `instance`, `statement` (the type's name) and `body`, and has checked that the
 * signature is the signer's, nested ones included, before `deliver`. Whose statement a message may carry is for the
 * protocol to check: a relayed one is not its sender's.
 */
export type Signed<Body> = {
  readonly signer: NodeId;
  /** Which of the signer's Processes made it: what a client says is no word of the server beside it. */
  readonly instance: InstanceName;
  readonly statement: string;
  readonly body: Body;
  readonly signature: Uint8Array | null;
};
