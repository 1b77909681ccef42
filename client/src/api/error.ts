import type { QuorateErrorCode } from './types.js';

/** What every call of `window.quorate` rejects with: a code for programs, a sentence that says what to do for people. */
export class QuorateError extends Error {
  override readonly name = 'QuorateError';
  readonly code: QuorateErrorCode;

  constructor(code: QuorateErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
