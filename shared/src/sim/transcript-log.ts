import type { AnyProtocol } from '../core/index.js';
import { decodeFrame } from '../wire/index.js';
import { lineOf, messageText } from './transcript.js';

/** Lines kept of one run; of longer ones the oldest are left out. */
const linesMax = 500_000;

type Line = { readonly atMs: number; readonly text: string };

/** Collects one run's transcript. Hosts hand their trace on a little late: lines are put in the order of time at the end. */
export class TranscriptLog {
  #lines: Line[] = [];
  #leftOut = 0;

  add(atMs: number, who: string, text: string): void {
    this.addLine(atMs, lineOf(atMs, who, text));
  }

  addLine(atMs: number, text: string): void {
    this.#lines.push({ atMs, text });
    if (this.#lines.length < linesMax * 2) return;
    this.#leftOut += linesMax;
    this.#lines = this.#lines.slice(linesMax);
  }

  /** All lines so far, in the order of time. */
  lines(): string[] {
    const lines = this.#lines.toSorted((a, b) => a.atMs - b.atMs).map(({ text }) => text);
    return this.#leftOut === 0 ? lines : [`(${this.#leftOut} earlier lines are left out)`, ...lines];
  }
}

/** What a frame holds, in words: its message, or which part of a snapshot's transfer it is. */
export function frameText(protocol: AnyProtocol, bytes: Uint8Array): string {
  const frame = decodeFrame(bytes);
  if (frame.kind !== 'message') return frame.kind;
  return messageText(protocol.describe(protocol.parseMessage(frame.body, frame.to)));
}
