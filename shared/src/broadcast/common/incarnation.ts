import * as v from 'valibot';
import type { DiskImage, Effect, WriteId } from '../../core/index.js';
import { whole } from './schemas.js';

const incarnationKey = 'incarnation';

/** The last incarnation that this node had; 0 for none. Throws when the disk holds what no server wrote. */
export function readIncarnation(disk: DiskImage): number {
  return v.parse(whole, disk.values[incarnationKey] ?? 0);
}

/** Takes an incarnation. It may be used once the write is durable: a restart then takes a higher one. */
export function writeIncarnation(write: WriteId, incarnation: number): Effect<never> {
  return { type: 'persist', write, ops: [{ kind: 'set', key: incarnationKey, value: incarnation }] };
}
