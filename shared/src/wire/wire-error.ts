/** Why bytes are not what they claim to be. */
export type WireErrorCode = 'malformed' | 'oversized' | 'wrong-version';

/** Bytes that could not be read. The message says what the sender should have sent. */
export class WireError extends Error {
  override readonly name = 'WireError';

  constructor(
    readonly code: WireErrorCode,
    message: string,
  ) {
    super(message);
  }
}
