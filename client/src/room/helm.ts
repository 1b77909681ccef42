import { QuorateError } from '../api/error.js';
import { type RoomDocument, type RunEntry, runOn } from './document.js';
import type { Room } from './room.js';

export type Driven = { readonly room: Room; readonly document: RoomDocument };

/** What every call that drives a room begins with: is there one, may this tab, and which run is meant. */
export class Helm {
  #room: Room | null = null;

  attach(room: Room): void {
    this.#room = room;
  }

  /** The room that this tab is in; null before it has entered one. */
  get room(): Room | null {
    return this.#room;
  }

  /** Throws `QuorateError` `not-in-room`. */
  joined(): Room {
    if (this.#room === null)
      throw new QuorateError('not-in-room', 'This tab is in no room. Host or join one first.');
    return this.#room;
  }

  /** Throws `QuorateError` `not-host` where this tab may not drive the lab. */
  drives(): Driven {
    const room = this.joined();
    if (!room.mayDrive || room.document === null) {
      throw new QuorateError('not-host', 'Only the host of the room can do that.');
    }
    return { room, document: room.document };
  }

  /** The run that was named, or the one that this tab looks at; throws `QuorateError` `not-running` where it is not on. */
  drivesRun(named?: string): Driven & { readonly run: RunEntry } {
    const { room, document } = this.drives();
    if (named === undefined) {
      const run = room.runInView;
      if (run === null) throw new QuorateError('not-running', 'No protocol runs. Start one first.');
      return { room, document, run };
    }
    const run = runOn(document, named);
    if (run === null) throw new QuorateError('not-running', `No run ${String(named)} is on.`);
    return { room, document, run };
  }

  /** A tab of this room, as a script has named it. */
  tab(given: string): string {
    const known = this.joined()
      .info()
      .tabs.some((tab) => tab.id === given);
    if (!known) throw new QuorateError('unknown-node', `There is no tab ${String(given)} in this room.`);
    return given;
  }
}
