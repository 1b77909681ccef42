/** Of a node's id. */
export const idLengthMax = 64;
/** Announcements in one message; more go in the next. */
export const announcementsMax = 256;
/** Streams in one digest; the next one goes on where it ended. */
export const digestStreamsMax = 256;
/** Ranges of one stream: beyond, the oldest gap is given up. */
export const rangesMax = 64;
/** Messages and bytes in one repair, unless a single message is larger. */
export const repairMessagesMax = 64;
export const repairBytesMax = 128 * 1024;
/** Hops that a message may say it has made; an honest one has made a few dozen at most. */
export const roundMax = 10_000;

/** Lives of one origin that are told apart; of older ones nothing is delivered any more. */
export const incarnationsMax = 64;
/** Origins that are known; messages of more are not taken. */
export const originsMax = 16_384;
/** Messages that were announced, or asked for, and have not come. */
export const missingMax = 2_048;
/** Announcements of one peer among them. */
export const missingPerPeerMax = 512;
/** GRAFTs of one peer that are answered with a message within `graftWindowMs`. */
export const graftAnswersMax = 256;
export const graftWindowMs = 1_000;
/** Digests of one peer that are answered within the same window. */
export const digestAnswersMax = 32;
/** Messages that wait for earlier ones of their sender. */
export const heldMax = 1_024;
/** Broadcasts of this node's user that wait for the incarnation to be durable. */
export const waitingMax = 256;

/** Peers that failed and may come back. */
export const lostMax = 30;
/** The longest that tries to reach them, or to fill the active view, lie apart, in multiples of `repairMs`. */
export const backoffMax = 16;
/** Candidates that may refuse before the next try has to wait. */
export const refusalsMax = 5;
/** Peers that are remembered to have refused. */
export const refusedMax = 32;
/** Peers that are asked at the same time, whoever wants it. */
export const requestsMax = 8;
