import type { Broadcast, MessageId } from '../messages.js';
import { messageKey } from '../messages.js';
import type { GossipOptions } from '../options.js';
import type { Receipt, Stored } from '../state.js';

/** Keeps a message for who asks; the oldest go when there is no room. */
export function store(receipt: Receipt, message: Broadcast, round: number, options: GossipOptions): void {
  const key = messageKey(message);
  receipt.stored[key] = { message, round };
  receipt.order.push(key);
  receipt.storedBytes += message.payload.length;
  while (receipt.order.length > options.storedMessagesMax || receipt.storedBytes > options.storedBytesMax) {
    evictOldest(receipt);
  }
}

function evictOldest(receipt: Receipt): void {
  const key = receipt.order.shift();
  if (key === undefined) return;
  receipt.storedBytes -= receipt.stored[key]?.message.payload.length ?? 0;
  delete receipt.stored[key];
}

export function findStored({ stored }: Receipt, id: MessageId): Stored | null {
  const key = messageKey(id);
  return Object.hasOwn(stored, key) ? (stored[key] ?? null) : null;
}
