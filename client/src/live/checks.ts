import { describeIssues, NameSchema, normaliseRoomCode, RoomCodeSchema } from '@quorate/shared/wire';
import * as v from 'valibot';
import { QuorateError } from '../api/error.js';
import type { QuorateErrorCode } from '../api/types.js';
import { SignalingError } from '../mesh/index.js';
import { isHostKey } from '../room/index.js';

/** Throws `QuorateError` where what was typed can't be a room's code. */
export function checkCode(typed: string): string {
  const code = v.safeParse(RoomCodeSchema, normaliseRoomCode(typed));
  if (code.success) return code.output;
  throw new QuorateError('unknown-room', `A ${describeIssues(code.issues, 'code')}.`);
}

export function checkName(typed: string): string {
  const name = v.safeParse(NameSchema, typed);
  if (name.success) return name.output;
  throw new QuorateError('bad-name', `The ${describeIssues(name.issues, 'name')}.`);
}

/** Throws where a link names a host by a key that is none: a shorter one would fit many hosts. */
export function checkHostKey(given: string | null): string | null {
  if (given === null || isHostKey(given)) return given;
  throw new QuorateError('bad-link', 'The host’s key in the link is not whole. Copy the link again.');
}

const knownCodes: { readonly [code: string]: QuorateErrorCode } = {
  'unknown-room': 'unknown-room',
  'room-full': 'room-full',
  'bad-name': 'bad-name',
  'bad-code': 'unknown-room',
  'rate-limited': 'busy',
  'too-many-rooms': 'busy',
  'too-many-connections': 'busy',
  'member-busy': 'busy',
  'version-mismatch': 'version-mismatch',
  unreachable: 'unreachable',
};

export function asQuorateError(cause: unknown): QuorateError {
  if (cause instanceof QuorateError) return cause;
  if (cause instanceof SignalingError)
    return new QuorateError(knownCodes[cause.code] ?? 'internal', cause.message);
  return new QuorateError('internal', cause instanceof Error ? cause.message : String(cause));
}
