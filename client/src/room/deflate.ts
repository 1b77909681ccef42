/** The stream answers with one chunk or with several; `bytesMax` bounds what a hostile peer can make of a few bytes. */
async function through(
  bytes: Uint8Array<ArrayBuffer>,
  stream: CompressionStream | DecompressionStream,
  bytesMax: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const writer = stream.writable.getWriter();
  // A reader that gives up, or bytes that are no stream, fail these as well; the reader's own failure says why.
  const written = Promise.allSettled([writer.write(bytes), writer.close()]);
  const reader = stream.readable.getReader();
  const chunks: Uint8Array[] = [];
  let length = 0;
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    chunks.push(next.value);
    length += next.value.length;
    if (length <= bytesMax) continue;
    await reader.cancel();
    throw new RangeError(`more than ${bytesMax} bytes when inflated`);
  }
  await written;
  return joined(chunks, length);
}

function joined(chunks: readonly Uint8Array[], length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}

/** What fits into one packet as it is saves none by being smaller, and the stream takes turns of the event loop. */
export const storedAlwaysMax = 1_000;
/** A block's length is told in 16 bits. */
const storedMax = 0xffff;
const storedHeadBytes = 5;
/** The only block, and stored as it is (RFC 1951, 3.2.4). */
const storedHead = 0x01;

/** The bytes in deflate's bare format (RFC 1951): compressed where that pays, else one stored block. */
export async function deflate(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  if (bytes.length <= storedAlwaysMax) return stored(bytes);
  const deflated = await through(bytes, new CompressionStream('deflate-raw'), Number.POSITIVE_INFINITY);
  const pays = deflated.length < bytes.length + storedHeadBytes || bytes.length > storedMax;
  return pays ? deflated : stored(bytes);
}

/** What was deflated. Rejects with a `TypeError` where it was not, with a `RangeError` above `bytesMax`. */
export async function inflate(
  bytes: Uint8Array<ArrayBuffer>,
  bytesMax: number,
): Promise<Uint8Array<ArrayBuffer>> {
  if (isStored(bytes) && bytes.length - storedHeadBytes <= bytesMax) return bytes.slice(storedHeadBytes);
  return through(bytes, new DecompressionStream('deflate-raw'), bytesMax);
}

function stored(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const block = new Uint8Array(storedHeadBytes + bytes.length);
  const view = new DataView(block.buffer);
  view.setUint8(0, storedHead);
  view.setUint16(1, bytes.length, true);
  view.setUint16(3, ~bytes.length & storedMax, true);
  block.set(bytes, storedHeadBytes);
  return block;
}

/** Whether the whole is one stored block; whatever is not quite that, the stream judges. */
function isStored(bytes: Uint8Array): boolean {
  if (bytes.length < storedHeadBytes) return false;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = view.getUint16(1, true);
  return (
    view.getUint8(0) === storedHead &&
    view.getUint16(3, true) === (~length & storedMax) &&
    length === bytes.length - storedHeadBytes
  );
}
