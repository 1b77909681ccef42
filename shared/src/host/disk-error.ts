/**
 * Why a disk did not do what it was asked:
 * - `refused`: the write breaks the port's rules (a gap in the log, an area not opened); nothing of it was written
 * - `broken`: an earlier write failed, so what the disk holds is older than what its user believes
 * - `io`: the platform could not read or write (no room left, taken away)
 * - `corrupt`: what is stored is not what was written, and cutting a torn tail does not mend it
 * - `held`: another holder has the files open
 * - `lost`: there was a disk and it is gone
 * - `succeeded`: a later holder of this identity has opened the disk; this one has to stop
 * - `closed`: the disk was closed
 */
export type DiskErrorCode =
  | 'refused'
  | 'broken'
  | 'io'
  | 'corrupt'
  | 'held'
  | 'lost'
  | 'succeeded'
  | 'closed';

export class DiskError extends Error {
  override readonly name = 'DiskError';
  readonly code: DiskErrorCode;

  constructor(code: DiskErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
  }
}

/** What a disk counts since it was opened: `flushes` is how often it waited for the platform to make bytes durable. */
export type DiskStats = { readonly writes: number; readonly flushes: number; readonly bytes: number };
