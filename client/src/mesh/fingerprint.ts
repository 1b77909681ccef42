/** What DTLS binds a connection to: the SHA-256 of each side's certificate, 32 bytes, as this side itself sees them. */
export type Fingerprints = {
  readonly local: Uint8Array;
  readonly remote: Uint8Array;
};

const LINE = /^a=fingerprint:(.*)$/gim;
const VALUE = /^(\S+)[ \t]+([0-9a-f]{2}(?::[0-9a-f]{2})*)$/i;
/** All browsers make certificates with this hash. */
const HASH = 'sha-256';
const HASH_BYTES = 32;

/**
 * The fingerprint that a session description names, or null where it does not name exactly one. With several lines (RFC 8122
 * allows them) one browser would take the first, another the last, a third any: whoever adds one could have the certificate
 * checked against the one and the proof against the other. No browser writes more than one value, in however many sections.
 */
export function fingerprintOf(sdp: string): Uint8Array<ArrayBuffer> | null {
  const values = new Set<string>();
  for (const [, line = ''] of sdp.matchAll(LINE)) {
    const [, hash, value] = VALUE.exec(line.trim()) ?? [];
    if (hash?.toLowerCase() !== HASH || value === undefined) return null;
    values.add(value.toLowerCase());
  }
  const [value] = values;
  if (value === undefined || values.size > 1) return null;
  const bytes = Uint8Array.from(value.split(':'), (byte) => Number.parseInt(byte, 16));
  return bytes.length === HASH_BYTES ? bytes : null;
}
