import { WireError } from './wire-error.js';

/**
 * Bounds on one value. They stop what no honest sender makes; what a reader allocates is bounded by the bytes themselves,
 * since `checkShape` has seen every announced item before anything is built.
 */
export const valueLimits = {
  /** A command's value is a fraction of it; an explanation or a snapshot's path far less. */
  stringBytesMax: 256 * 1024,
  /** A batch of a protocol's entries, or a snapshot's part. */
  binaryBytesMax: 4 * 1024 * 1024,
  /** Items of an array or of a map: more than any message or any group in a snapshot has. */
  itemsMax: 65_536,
  /** A value of a user (32) in a command, in an entry, in a message, in a frame; well below what recursion bears. */
  depthMax: 64,
} as const;

/** For each level still open, how many items it lacks, and whether it is a map, where every other item is a key. */
const lacking = new Int32Array(valueLimits.depthMax + 1);
const isMap = new Uint8Array(valueLimits.depthMax + 1);

const wide = { u8: 1, u16: 2, u32: 4 } as const;

/**
 * Walks over bytes that claim to be one MessagePack value, without building anything. Throws `WireError` unless every
 * announced string, array and map is there whole, within the limits, and nothing follows; extension types are refused.
 * A decoder alone would allocate what five bytes merely announce, once for each level of nesting.
 */
export function checkShape(bytes: Uint8Array): void {
  const walk = new Walk(bytes);
  let depth = 0;
  lacking[0] = 1;
  isMap[0] = 0;
  for (;;) {
    const left = lacking[depth] ?? 0;
    if (left === 0) {
      if (depth === 0) return walk.end();
      depth -= 1;
      continue;
    }
    lacking[depth] = left - 1;
    const tag = walk.tag();
    if (isMap[depth] === 1 && left % 2 === 0 && !isString(tag)) throw malformed('a key that is no string');
    const items = walk.pass(tag);
    if (items === scalar) continue;
    if (depth === valueLimits.depthMax) throw tooLarge('nesting', depth + 1, valueLimits.depthMax);
    depth += 1;
    isMap[depth] = isMapTag(tag) ? 1 : 0;
    lacking[depth] = isMapTag(tag) ? 2 * items : items;
  }
}

/** What `pass` answers for a value that holds no others. */
const scalar = -1;

function isString(tag: number): boolean {
  return (tag >= 0xa0 && tag <= 0xbf) || (tag >= 0xd9 && tag <= 0xdb);
}

function isMapTag(tag: number): boolean {
  return tag <= 0x8f || tag === 0xde || tag === 0xdf;
}

class Walk {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  tag(): number {
    const tag = this.#bytes[this.#at];
    if (tag === undefined) throw malformed('an end before its end');
    this.#at += 1;
    return tag;
  }

  /** Passes over the value that `tag` begins. Answers how many items follow, or `scalar`. */
  pass(tag: number): number {
    if (tag <= 0x7f || tag >= 0xe0 || tag === 0xc0 || tag === 0xc2 || tag === 0xc3) return scalar;
    if (tag <= 0x8f) return tag & 0x0f;
    if (tag <= 0x9f) return tag & 0x0f;
    if (tag <= 0xbf) return this.#skip(tag & 0x1f);
    switch (tag) {
      case 0xc4:
        return this.#binary(this.#length(wide.u8));
      case 0xc5:
        return this.#binary(this.#length(wide.u16));
      case 0xc6:
        return this.#binary(this.#length(wide.u32));
      case 0xcc:
      case 0xd0:
        return this.#skip(1);
      case 0xcd:
      case 0xd1:
        return this.#skip(2);
      case 0xca:
      case 0xce:
      case 0xd2:
        return this.#skip(4);
      case 0xcb:
      case 0xcf:
      case 0xd3:
        return this.#skip(8);
      case 0xd9:
        return this.#string(this.#length(wide.u8));
      case 0xda:
        return this.#string(this.#length(wide.u16));
      case 0xdb:
        return this.#string(this.#length(wide.u32));
      case 0xdc:
      case 0xde:
        return this.#items(this.#length(wide.u16));
      case 0xdd:
      case 0xdf:
        return this.#items(this.#length(wide.u32));
      default:
        throw malformed(`type 0x${tag.toString(16)}, which is not used here`);
    }
  }

  end(): void {
    if (this.#at !== this.#bytes.length) throw malformed('more after its end');
  }

  #length(width: number): number {
    let length = 0;
    for (let i = 0; i < width; i++) length = length * 256 + this.tag();
    return length;
  }

  #string(length: number): number {
    if (length > valueLimits.stringBytesMax) throw tooLarge('a string', length, valueLimits.stringBytesMax);
    return this.#skip(length);
  }

  #binary(length: number): number {
    if (length > valueLimits.binaryBytesMax)
      throw tooLarge('binary data', length, valueLimits.binaryBytesMax);
    return this.#skip(length);
  }

  #items(count: number): number {
    if (count > valueLimits.itemsMax) throw tooLarge('a list', count, valueLimits.itemsMax);
    return count;
  }

  #skip(length: number): number {
    this.#at += length;
    if (this.#at > this.#bytes.length) throw malformed('an end before its end');
    return scalar;
  }
}

function malformed(what: string): WireError {
  return new WireError('malformed', `not a value of this codec: it has ${what}`);
}

function tooLarge(what: string, size: number, sizeMax: number): WireError {
  return new WireError('oversized', `${what} of ${size}; at most ${sizeMax} are allowed`);
}
