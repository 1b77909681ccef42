import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import { assert, type Index } from '../core/index.js';
import { encodeCanonical, WireError } from '../wire/index.js';
import {
  type Command,
  CommandError,
  type CommandResult,
  decodeOperation,
  encodeRefusal,
  encodeResult,
  type Json,
} from './command.js';
import { type Answer, decodeLogCommand, type Envelope, encodeAnswer } from './envelope.js';
import { Sessions } from './sessions.js';
import { decodeSnapshot, digestBytes, encodeSnapshot } from './snapshot.js';
import { refusal, Tree } from './tree.js';

/** The replicated state machine: equal entries in equal order give equal answers, digests and snapshots. */
export interface Store {
  readonly appliedIndex: Index;
  /**
   * Applies the entry at `index`, the one after `appliedIndex`. Answers as `decodeAnswer` reads, whatever the bytes are;
   * null changes nothing and is answered with nothing.
   */
  apply(index: Index, command: Uint8Array | null): Uint8Array;
  /** Looks at the store (get, list). Answers as `decodeResult` reads; what can't be carried out is refused there. */
  query(operation: Uint8Array): Uint8Array;
  /** 32 hexadecimal digits over all that was applied and answered; equal histories, equal digests. */
  digest(): string;
  snapshot(): Uint8Array;
  /** Becomes what a snapshot holds. Throws `SnapshotError`, and is unchanged then. */
  restore(snapshot: Uint8Array): void;
}

export function createStore(): Store {
  return new TreeStore();
}

const noAnswer = new Uint8Array(0);

class TreeStore implements Store {
  #tree = new Tree();
  #sessions = new Sessions();
  #appliedIndex: Index = 0;
  #digest: Uint8Array = new Uint8Array(digestBytes);

  get appliedIndex(): Index {
    return this.#appliedIndex;
  }

  apply(index: Index, command: Uint8Array | null): Uint8Array {
    assert(index === this.#appliedIndex + 1, 'entries are applied one after the other');
    this.#appliedIndex = index;
    if (command === null) {
      this.#mix(noAnswer, noAnswer);
      return noAnswer;
    }
    const answer = this.#answer(index, command);
    this.#mix(command, answer);
    return answer;
  }

  query(operation: Uint8Array): Uint8Array {
    try {
      return this.#lookUp(decodeOperation(operation));
    } catch (error) {
      return encodeRefusal(whyRefused(error));
    }
  }

  digest(): string {
    return bytesToHex(this.#digest);
  }

  snapshot(): Uint8Array {
    return encodeSnapshot({
      appliedIndex: this.#appliedIndex,
      digest: this.#digest,
      entries: this.#tree.entries(),
      sessions: this.#sessions.state(),
    });
  }

  restore(snapshot: Uint8Array): void {
    const { appliedIndex, digest, entries, sessions } = decodeSnapshot(snapshot);
    const tree = new Tree();
    for (const [path, entry] of entries) tree.restore(path, entry);
    this.#tree = tree;
    this.#sessions = Sessions.from(sessions);
    this.#appliedIndex = appliedIndex;
    this.#digest = digest;
  }

  /** The answer is part of it, so that a node that answers otherwise shows, too. */
  #mix(command: Uint8Array, answer: Uint8Array): void {
    const bytes = new Uint8Array(digestBytes + command.length + answer.length);
    bytes.set(this.#digest);
    bytes.set(command, digestBytes);
    bytes.set(answer, digestBytes + command.length);
    this.#digest = sha256(bytes).subarray(0, digestBytes);
  }

  #answer(index: Index, bytes: Uint8Array): Uint8Array {
    const command = readLogCommand(bytes);
    if (command === null)
      return encodeAnswer({ kind: 'bad-command', why: 'the entry is no command of this store' });
    if (command.kind === 'command') return this.#once(index, command);
    this.#sessions.open(index);
    return encodeAnswer({ kind: 'opened', session: index });
  }

  /** Exactly once: a duplicate gets the first answer again. */
  #once(index: Index, { session, sequence, firstUnanswered, operation }: Envelope): Uint8Array {
    const known = this.#sessions.look(session, sequence, firstUnanswered);
    switch (known.kind) {
      case 'unknown':
        return encodeAnswer({ kind: 'session-expired' });
      case 'duplicate': {
        const answered = 'the client has had this answer';
        return known.answer ?? encodeAnswer({ kind: 'bad-command', why: answered });
      }
      case 'new': {
        const answer = encodeAnswer(this.#carryOut(index, operation));
        this.#sessions.keep(session, sequence, answer);
        return answer;
      }
    }
  }

  #carryOut(index: Index, operation: Uint8Array): Answer {
    try {
      const command = decodeOperation(operation);
      const isLook = command.op === 'get' || command.op === 'list';
      const result = isLook ? this.#lookUp(command) : encodeResult(this.#change(index, command));
      return { kind: 'result', result };
    } catch (error) {
      return { kind: 'bad-command', why: whyRefused(error) };
    }
  }

  #change(index: Index, command: Exclude<Command, { op: 'get' | 'list' }>): CommandResult {
    const { op, path } = command;
    const current = this.#tree.get(path);
    if (op !== 'cas' && command.ifVersion !== undefined && command.ifVersion !== current.version) {
      return refusal(op, path, 'version-mismatch', current);
    }
    if (op === 'delete') return { ok: true, op, path, existed: this.#tree.delete(path), index };
    if (op === 'cas' && !areEqual(current.value, command.from))
      return refusal(op, path, 'value-mismatch', current);
    const version = this.#tree.put(path, op === 'put' ? command.value : command.to);
    return version === null ? refusal(op, path, 'full', current) : { ok: true, op, path, version, index };
  }

  #lookUp(command: Command): Uint8Array {
    const { op, path } = command;
    if (op === 'get') return encodeResult({ ok: true, op, path, ...this.#tree.get(path) });
    if (op !== 'list') throw new CommandError(`${op} changes the store: it goes through the log`);
    const paths = this.#tree.list(path);
    if (paths === null) return encodeRefusal(`there is too much right below ${path}: list a deeper path`);
    return encodeResult({ ok: true, op, path, paths });
  }
}

/** What a client sends is checked before; but whatever else gets here must have an answer, the same at every node. */
function whyRefused(error: unknown): string {
  if (error instanceof CommandError || error instanceof WireError) return error.message;
  throw error;
}

function readLogCommand(bytes: Uint8Array): ReturnType<typeof decodeLogCommand> {
  try {
    return decodeLogCommand(bytes);
  } catch (error) {
    if (error instanceof WireError) return null;
    throw error;
  }
}

/** JSON values compare by what they say, not by the order of their keys. */
function areEqual(a: Json, b: Json): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object') return false;
  const [x, y] = [encodeCanonical(a), encodeCanonical(b)];
  return x.length === y.length && x.every((byte, i) => byte === y[i]);
}
