import type { NodeId } from '@quorate/shared/core';
import { QuorateError } from '../../api/error.js';
import { changesBy } from '../document.js';
import { PerPeerBound } from '../refusals.js';
import { bytesEqual } from './bytes.js';
import { applyChange, type Change } from './changes.js';
import { type RefusedEntry, type RefusedKind, RefusedLog } from './refused-log.js';
import { changeRefusal } from './rights.js';
import {
  compareVersions,
  ForgedError,
  type RoomVersion,
  readVersion,
  type SignedDocument,
  type Signer,
  signNext,
  verifyVersion,
} from './signed.js';

/** Own changes remembered, to make them again should others overtake them. */
const ownChangesMax = 64;
/** Own changes that wait for their turn. */
const waitingMax = 64;
/** Others' versions may come while one's own is being signed; then it is made again on top of theirs. */
const triesMax = 16;
/** After so long no copy of what was told before is under way any more, over however many links. Real ms. */
const spreadMs = 5_000;
/** Tabs of which it is known what they have told; beyond, who has not told anything for the longest is forgotten. */
const tellersMax = 256;

export type ControlOptions = {
  readonly code: string;
  readonly self: NodeId;
  /** Null where the page only watches. */
  readonly signer: Signer | null;
  /** The beginning of the host's id, where the link has named it; null: the first version that comes is trusted. */
  readonly hostKey: string | null;
  /** What this tab kept, verified. */
  readonly kept: RoomVersion | null;
  /** A version has come into force; `mustTell`: it did not come to all alike. */
  readonly onVersion: (version: RoomVersion, mustTell: boolean) => void;
  /** A version of `from` was refused. */
  readonly onRefused: (from: NodeId, code: RefusedKind, message: string) => void;
  /** Something else that is shown is another. */
  readonly onChange: () => void;
  readonly nowMs?: () => number;
};

/** A peer's versions: one is being checked, and of those that follow meanwhile only the last one waits. */
type Incoming = {
  checking: Promise<void> | null;
  waiting: { readonly signed: SignedDocument; readonly mustTell: boolean } | null;
  /** The newest that it has told over this link. */
  told: RoomVersion | null;
};

type OwnChange = { readonly number: number; readonly change: Change };

/**
 * The room document as this tab holds it: takes versions that are signed and newer, makes its own where this tab may, and sees
 * to it that what it has changed is never lost without a word. Signing and checking take turns of the event loop; nothing
 * waits for them.
 */
export class ControlPlane {
  readonly #options: ControlOptions;
  readonly #nowMs: () => number;
  readonly #log = new RefusedLog();
  readonly #incoming = new Map<NodeId, Incoming>();
  /** Checking costs; who has sent so many bad versions is not listened to for a while. */
  readonly #failures: PerPeerBound;
  #version: RoomVersion | null;
  #inForceSinceMs: number;
  #own: readonly OwnChange[] = [];
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;
  /** A version of another host came while this tab had none: the server, or the link, has led it astray. */
  #isAstray = false;

  constructor(options: ControlOptions) {
    this.#options = options;
    this.#nowMs = options.nowMs ?? Date.now;
    this.#failures = new PerPeerBound(this.#nowMs);
    this.#version = options.kept;
    this.#inForceSinceMs = this.#nowMs();
  }

  get version(): RoomVersion | null {
    return this.#version;
  }

  get refused(): readonly RefusedEntry[] {
    return this.#log.entries;
  }

  /** The link named a host, and whoever the server led here knows only another one. */
  get isAstray(): boolean {
    return this.#isAstray && this.#version === null;
  }

  /** A tab tells its version. `mustTell`: it told this tab alone, which has to tell the others. */
  offer(from: NodeId, signed: SignedDocument, mustTell = true): void {
    const incoming = this.#incoming.get(from) ?? { checking: null, waiting: null, told: null };
    this.#remember(from, incoming);
    incoming.waiting = { signed, mustTell };
    incoming.checking ??= this.#checkAll(from, incoming).finally(() => {
      incoming.checking = null;
    });
  }

  /** Resolves once all that `peer` has told so far has been looked at. */
  async settled(peer: NodeId): Promise<void> {
    await this.#incoming.get(peer)?.checking;
  }

  #remember(from: NodeId, incoming: Incoming): void {
    this.#incoming.delete(from);
    this.#incoming.set(from, incoming);
    if (this.#incoming.size <= tellersMax) return;
    const [idle] = [...this.#incoming].find(([, { checking }]) => checking === null) ?? [];
    if (idle !== undefined) this.#incoming.delete(idle);
  }

  /** The link to a peer has ended. */
  forget(peer: NodeId): void {
    this.#incoming.delete(peer);
  }

  /**
   * Makes a change in the name of `by`: this tab, or a student who has asked it. Rejects with a `QuorateError` where they may
   * not, where the change can't be made, and where this tab can't sign.
   */
  change(change: Change, by: NodeId = this.#options.self): Promise<void> {
    if (this.#waiting >= waitingMax)
      return Promise.reject(new QuorateError('busy', 'Too many changes of the room wait. Try again.'));
    this.#waiting += 1;
    const made = this.#last.then(() => this.#make(change, by));
    this.#last = made.then(
      () => undefined,
      () => undefined,
    );
    return made.finally(() => {
      this.#waiting -= 1;
    });
  }

  async #make(change: Change, by: NodeId): Promise<void> {
    const { signer, self } = this.#options;
    for (let tries = 0; tries < triesMax; tries += 1) {
      const base = this.#version;
      if (base === null || signer === null)
        throw new QuorateError('not-host', 'Only the host of the room can do that.');
      for (const node of [by, self]) {
        const code = changeRefusal(base, node, change.kind);
        if (code !== null) throw new QuorateError(code, 'Only the host of the room can do that.');
      }
      const { document, coHosts } = applyChange(base, change, self, this.#nowMs());
      const next = await signNext(signer, base, document, coHosts);
      if (this.#version !== base) continue;
      if (compareVersions(next, base) <= 0) {
        throw new QuorateError(
          'not-allowed',
          'This co-host has no versions left: the host appoints another.',
        );
      }
      this.#own = [...this.#own, { number: changesBy(document, self), change }].slice(-ownChangesMax);
      this.#take(next, true, true);
      return;
    }
    throw new QuorateError('busy', 'Others change the room all the time. Try again.');
  }

  async #checkAll(from: NodeId, incoming: Incoming): Promise<void> {
    while (incoming.waiting !== null) {
      const { signed, mustTell } = incoming.waiting;
      incoming.waiting = null;
      await this.#check(from, incoming, signed, mustTell);
    }
  }

  async #check(from: NodeId, incoming: Incoming, signed: SignedDocument, mustTell: boolean): Promise<void> {
    if (this.#failures.isSpent(from)) return;
    const version = this.#read(from, signed);
    if (version === null) return;
    const current = this.#version;
    const isSame = current !== null && isSameVersion(version, current);
    if (!isSame && current !== null && compareVersions(version, current) <= 0) {
      this.#takeOlder(from, incoming, version, current);
      return;
    }
    if (!isSame && !(await verifyVersion(version))) {
      this.#refuse(from, 'forged', 'a room document whose signature does not hold');
      return;
    }
    // The same one is held once for all who tell it.
    incoming.told = isSame ? current : version;
    // Another may have come into force meanwhile.
    if (this.#version === null || compareVersions(version, this.#version) > 0)
      this.#take(version, mustTell, false);
  }

  /** Reads a version and checks what needs no signature; null where it was refused. */
  #read(from: NodeId, signed: SignedDocument): RoomVersion | null {
    let version: RoomVersion;
    try {
      version = readVersion(signed, this.#options.code);
    } catch (error) {
      if (!(error instanceof ForgedError)) throw error;
      this.#refuse(from, 'forged', `a room document that nobody here believes: ${error.message}`);
      return null;
    }
    const { host } = version.document;
    const isTrusted =
      this.#version === null
        ? this.#options.hostKey === null || host.startsWith(this.#options.hostKey)
        : host === this.#version.document.host;
    if (isTrusted) return version;
    this.#isAstray ||= this.#version === null;
    this.#refuse(from, 'other-host', `a room document of another host, ${host}`);
    return null;
  }

  /**
   * What a tab tells may be old: it was away, or frozen, and learns better; or a copy came by a longer way. But an honest one
   * goes forward: what it has told before, or an older one, is replayed once no copy can be under way any more.
   */
  #takeOlder(from: NodeId, incoming: Incoming, version: RoomVersion, current: RoomVersion): void {
    const { told } = incoming;
    if (told === null || compareVersions(version, told) > 0) {
      incoming.told = version;
    } else if (this.#nowMs() - this.#inForceSinceMs >= spreadMs) {
      const numbers = `version ${version.document.version}, where version ${current.document.version} stands`;
      this.#refuse(from, 'older', `an older room document: ${numbers}`);
    }
  }

  #take(version: RoomVersion, mustTell: boolean, isOwn: boolean): void {
    const before = this.#version;
    this.#version = version;
    this.#inForceSinceMs = this.#nowMs();
    this.#options.onVersion(version, mustTell);
    if (!isOwn) this.#makeAgain(before, version);
  }

  /** Makes those of this tab's changes again that a version of others does not hold. */
  #makeAgain(before: RoomVersion | null, version: RoomVersion): void {
    const { self } = this.#options;
    const held = changesBy(version.document, self);
    const made = before === null ? 0 : changesBy(before.document, self);
    if (made <= held) return;
    const lost = this.#own.filter(({ number }) => number > held);
    this.#own = this.#own.filter(({ number }) => number <= held);
    const forgotten = made - held - lost.length;
    if (forgotten > 0) {
      const what = forgotten === 1 ? 'a change' : `${forgotten} changes`;
      this.#note('lost', version.signer, `${what} made here before this page was opened`);
    }
    for (const { change } of lost) {
      this.change(change).catch((error: unknown) => {
        const why = error instanceof Error ? error.message : String(error);
        this.#note('overtaken', version.signer, `${change.kind}: ${why}`);
      });
    }
  }

  #refuse(from: NodeId, kind: RefusedKind, message: string): void {
    this.#failures.allows(from);
    this.#note(kind, from, message);
    this.#options.onRefused(from, kind, message);
  }

  #note(kind: RefusedKind, from: NodeId, message: string): void {
    this.#log.add({ kind, from, message, atMs: this.#nowMs() });
    this.#options.onChange();
  }
}

/** The very same bytes under the very same signatures: what has been verified once. */
function isSameVersion(a: RoomVersion, b: RoomVersion): boolean {
  const one = a.signed;
  const other = b.signed;
  return (
    a.digest === b.digest &&
    bytesEqual(one.signature, other.signature) &&
    bytesEqual(one.charterSignature, other.charterSignature)
  );
}
