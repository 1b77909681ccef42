import type { NodeId } from '@quorate/shared/core';

/** 80 bits of a hash of the host's key: too many to find another key for, few enough for a QR code. */
const hostKeyLength = 16;
const hostKeyPattern = /^[a-z2-7]{16,26}$/;

/** What link and QR code say of the host: the beginning of its node id, which is a hash of its public key. */
export function hostKeyOf(host: NodeId): string {
  return host.slice(0, hostKeyLength);
}

/** Whether this can be what `hostKeyOf` answers, or more of it. A shorter one would be a key that many fit. */
export function isHostKey(text: string): boolean {
  return hostKeyPattern.test(text);
}
