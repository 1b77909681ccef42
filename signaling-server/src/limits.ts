/** What the server bounds; every field can be given to `createSignalingServer`. */
export type Limits = {
  readonly roomsMax: number;
  /** Members of one room, watchers included. */
  readonly membersMax: number;
  readonly connectionsMax: number;
  /** An empty room keeps its code for this long, so that a reload does not lose it. */
  readonly emptyRoomGraceMs: number;
  /** Messages of one connection in each window; a refused one counts for eleven. */
  readonly messagePointsMax: number;
  readonly messageWindowMs: number;
  /**
   * Rooms opened and codes missed from one IP address in each window. A join that finds its room is free, so a class
   * behind one address is not held up, while guessing the eight million codes takes years.
   */
  readonly attemptsMax: number;
  readonly attemptsWindowMs: number;
  /** Refusals of one IP address that are logged as warnings in each window. */
  readonly refusalLinesMax: number;
  readonly refusalLinesWindowMs: number;
};

/**
 * A newcomer to a full room of 40 sends each other member a description and about ten candidates, all at once: 430
 * messages. The defaults leave room for twice that.
 */
export const defaultLimits: Limits = {
  roomsMax: 500,
  membersMax: 40,
  connectionsMax: 2000,
  emptyRoomGraceMs: 60_000,
  messagePointsMax: 1000,
  messageWindowMs: 10_000,
  attemptsMax: 60,
  attemptsWindowMs: 60_000,
  refusalLinesMax: 60,
  refusalLinesWindowMs: 60_000,
};

/** What may wait for a member whose network stalls, before signals to it are refused. */
export const waitingBytesMax = 2 * 1024 * 1024;

/** A connection that goes on at this many times its limit is dropped. */
export const floodFactor = 5;

/** What a refused message costs beyond its own point: it takes a tenth as many to be slowed down. */
export const refusalCost = 10;
