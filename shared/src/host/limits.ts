/** Messages that wait in a node's inbox for their due time; the rest are lost as in a full socket buffer. */
export const inboxMessagesMax = 20_000;
/** What their frames take, all together: a pause must not cost a phone's tab its memory. */
export const inboxBytesMax = 32 * 1024 * 1024;
/** Messages that wait to be signed, or behind one that does; the rest are lost as in a full socket buffer. */
export const outboxMessagesMax = 20_000;
/** Messages held back until a write is durable. A protocol that gets this far ahead of its disk is broken. */
export const heldSendsMax = 20_000;
/** What an instance's neighbours in the same node may say before its disk is open. */
export const earlyEventsMax = 20_000;
/** Links that one instance may ask for; a browser tab holds no more. */
export const linksWantedMax = 256;
/** Requests of local users that wait for an answer; beyond, `busy`. */
export const requestsMax = 4_096;
/** Queries that wait for the store to catch up; beyond, the node's protocol is broken. */
export const queriesMax = 20_000;
/** Bytes in one chunk of a snapshot: fills three data-channel messages, and lets other bulk data through between. */
export const snapshotChunkBytes = 48 * 1024;
/** The largest snapshot a node accepts: well above the store's own bound, well below what a phone's tab may use. */
export const snapshotBytesMax = 64 * 1024 * 1024;
/** Snapshots that an instance holds, begun ones and those that its Process decides about; beyond, new ones are refused. */
export const snapshotsHeldMax = 4;
/** Chunks and acknowledgements that wait for their due time; each transfer has few under way. */
export const bulkFramesMax = 1_024;
export const bulkBytesMax = 8 * 1024 * 1024;
/** Values, entries and snapshot in one batch of disk operations; room for the largest snapshot and what goes with it. */
export const diskBatchBytesMax = snapshotBytesMax + 16 * 1024 * 1024;
/** A disk stops adding batches to a group beyond this, so that no record in its files grows without bound. */
export const diskGroupBytesMax = 16 * 1024 * 1024;
/** A transfer without an acknowledgement for this long sends its last chunk again; ms of lab time. */
export const snapshotRetryMs = 1_000;
/** After so many retries without progress a transfer is given up. */
export const snapshotRetriesMax = 8;
/** A begun transfer without a new chunk for this long is forgotten: its sender has given it up. Lab ms. */
export const snapshotAbandonedMs = snapshotRetryMs * (snapshotRetriesMax + 2);
/** What came of a snapshot before its sender's link ended is kept for so long, to go on from there. Lab ms. */
export const snapshotKeptMs = 120_000;
/** A node that did not run for longer than this has slept: what it believed about time is void. Lab ms. */
export const sleptMs = 1_000;
/** How often the host looks at the clock to notice that it slept; well under `sleptMs` at any pace. Real ms. */
export const watchdogMs = 250;
/**
 * How long a message is under way in slow motion, in lab ms: at 1/40 that is about a second, long enough to watch, and
 * still well below an election timeout.
 */
export const slowMotionTransitMs = 25;
/** The same for each chunk of a snapshot and its acknowledgement: of some hundred chunks nobody watches every one. */
export const slowMotionBulkTransitMs = 1;
