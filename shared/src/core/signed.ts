import type { NodeId } from './ids.js';

/**
 * A statement that must convince third parties. A Process makes it with `signature: null`; the host signs it on the way
 * out, over room, run, instance, `statement` (the type's name) and `body`, and has checked it, nested ones included,
 * before `deliver`.
 */
export type Signed<Body> = {
  readonly signer: NodeId;
  readonly statement: string;
  readonly body: Body;
  readonly signature: Uint8Array | null;
};
