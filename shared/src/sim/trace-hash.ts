/** A running FNV-1a hash of all that happened: two runs of a seed are equal when their hashes are. */
export class TraceHash {
  #low = 0x811c9dc5;
  #high = 0x01000193;

  add(line: string): void {
    let low = this.#low;
    let high = this.#high;
    for (let i = 0; i < line.length; i++) {
      low = Math.imul(low ^ line.charCodeAt(i), 0x01000193);
      high = Math.imul(high ^ low, 0x85ebca6b);
    }
    this.#low = low;
    this.#high = high;
  }

  /** 16 hexadecimal digits. */
  digest(): string {
    const hex = (word: number): string => (word >>> 0).toString(16).padStart(8, '0');
    return hex(this.#high) + hex(this.#low);
  }
}
