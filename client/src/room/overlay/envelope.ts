/** What lies in a broadcast of the room: a message, one that was deflated, or a deflated batch of trace. */
const kinds = ['news', 'deflated-news', 'trace'] as const;
export type EnvelopeKind = (typeof kinds)[number];

/** `serial` numbers a page's batches of trace, from 1 on; it is 0 for all else. */
export type Envelope = {
  readonly kind: EnvelopeKind;
  readonly serial: number;
  readonly body: Uint8Array<ArrayBuffer>;
};

const headerBytes = 1 + 6;
const lowBits = 2 ** 32;
const serialMax = 2 ** 48 - 1;

/** One byte of the kind, six of the serial, the body. */
export function sealEnvelope({ kind, serial, body }: Envelope): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(headerBytes + body.length);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, kinds.indexOf(kind));
  const bounded = Math.min(serial, serialMax);
  view.setUint16(1, Math.floor(bounded / lowBits));
  view.setUint32(3, bounded % lowBits);
  bytes.set(body, headerBytes);
  return bytes;
}

/** Null where it is none. */
export function openEnvelope(bytes: Uint8Array): Envelope | null {
  if (bytes.length < headerBytes) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const kind = kinds[view.getUint8(0)];
  if (kind === undefined) return null;
  const serial = view.getUint16(1) * lowBits + view.getUint32(3);
  return { kind, serial, body: new Uint8Array(bytes.subarray(headerBytes)) };
}

/** Whether it carries trace, which goes in bulk: it must never go in front of anything. */
export function isTraceEnvelope(bytes: Uint8Array): boolean {
  return kinds[bytes[0] ?? -1] === 'trace';
}
