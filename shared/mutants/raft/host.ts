import type { Mutant } from '../mutant.js';

const instance = 'host/instance';

/** What the host owes every protocol: the Process contract (docs/architecture.md). */
export const host: readonly Mutant[] = [
  {
    name: 'host-sends-without-waiting',
    breaks: 'A message that waits for a write leaves once it is durable (`send.after`).',
    edits: [
      {
        file: instance,
        find: 'if (effect.after !== undefined && effect.after > this.#lastDurable) {',
        replace: 'if (effect === null) {',
      },
    ],
    nodes: 3,
    seedsMax: 20,
    foundBy: ['commit-needs-quorum', 'election-needs-quorum'],
  },
  {
    name: 'host-releases-all-at-any-write',
    breaks:
      'A write that completes frees only the messages that waited for it, or for earlier ones (`send.after`).',
    edits: [
      {
        file: instance,
        find: 'const held = this.#held.get(write);',
        replace:
          'const held = this.#held.size === 0 ? undefined : [...this.#held.values()].flat(); this.#held.clear();',
      },
    ],
    nodes: 3,
    seedsMax: 20,
    foundBy: ['commit-needs-quorum', 'election-needs-quorum'],
  },
  {
    name: 'host-tells-persisted-too-early',
    breaks: '`persisted` comes once the write is durable.',
    edits: [
      {
        file: instance,
        find: "this.#context.disk.write(this.#area, ops, (error) => { if (this.#phase === 'closed') return; if (error !== null) return this.#context.fail('its disk could not write', error);",
        replace:
          "const early = (done) => { this.#context.disk.write(this.#area, ops, () => undefined); done(null); }; early((error) => { if (this.#phase === 'closed') return;",
      },
    ],
    nodes: 3,
    seedsMax: 20,
    foundBy: ['commit-needs-quorum', 'promise-needs-disk'],
  },
  {
    name: 'host-forgets-the-store',
    breaks: 'A restarted store begins with the snapshot of its disk.',
    edits: [{ file: instance, find: 'this.#stores.committed.restore(image.snapshot.data);', replace: '' }],
    nodes: 3,
    seedsMax: 30,
    foundBy: ['own-code'],
  },
  {
    name: 'disk-hides-a-failed-write',
    breaks: 'A write that failed is answered as failed, and so is all that follows (`Disk.write`).',
    edits: [
      {
        file: 'host/group-disk',
        find: "this.#failure = error instanceof DiskError ? error : new DiskError('io', error.message, error);",
        replace: '',
      },
    ],
    nodes: 3,
    seedsMax: 60,
    foundBy: ['durable-stays'],
  },
];
