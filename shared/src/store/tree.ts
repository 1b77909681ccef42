import { encodeValue } from '../wire/index.js';
import { type CommandResult, type Json, storeLimits } from './command.js';

export type Entry = { readonly value: Json; readonly version: number };
/** `bytes` is what the entry counts for against the tree's bound. */
type Branch = { entry: Entry | null; bytes: number; readonly children: Map<string, Branch> };

const nothing: Entry = { value: null, version: 0 };

function branch(): Branch {
  return { entry: null, bytes: 0, children: new Map() };
}

function segmentsOf(path: string): string[] {
  return path === '/' ? [] : path.slice(1).split('/');
}

/** A path's own length counts as well: it is held once for the entry, and once more in a snapshot. */
function bytesOf(path: string, value: Json): number {
  return path.length + encodeValue(value).length;
}

/** The hierarchical key-value tree. A parent need not have a value; a path with neither value nor children is not there. */
export class Tree {
  readonly #root = branch();
  #size = 0;
  #bytes = 0;

  /** Paths that have a value. */
  get size(): number {
    return this.#size;
  }

  /** The value and version at `path`; null and 0 where there is none. */
  get(path: string): Entry {
    return this.#find(path)?.entry ?? nothing;
  }

  /** The paths right below `path`, sorted; null when they are more than one answer holds. */
  list(path: string): string[] | null {
    const prefix = path === '/' ? '/' : `${path}/`;
    const segments = [...(this.#find(path)?.children.keys() ?? [])];
    if (segments.length > storeLimits.listPathsMax) return null;
    const length = segments.reduce((sum, segment) => sum + prefix.length + segment.length, 0);
    return length > storeLimits.listLengthMax ? null : segments.sort().map((segment) => prefix + segment);
  }

  /** Sets the value; answers the new version, or null when the tree is full. */
  put(path: string, value: Json): number | null {
    const at = this.#find(path);
    const version = (at?.entry ?? nothing).version + 1;
    const bytes = bytesOf(path, value);
    const size = this.#size + (version === 1 ? 1 : 0);
    const isLess = version > 1 && bytes <= (at?.bytes ?? 0);
    const hasRoom =
      size <= storeLimits.entriesMax && this.#bytes - (at?.bytes ?? 0) + bytes <= storeLimits.bytesMax;
    if (!isLess && !hasRoom) return null;
    this.#set(path, { value, version }, bytes);
    return version;
  }

  /** Puts an entry in its place as a snapshot has it. */
  restore(path: string, entry: Entry): void {
    this.#set(path, entry, bytesOf(path, entry.value));
  }

  #set(path: string, entry: Entry, bytes: number): void {
    let at = this.#root;
    for (const segment of segmentsOf(path)) {
      let child = at.children.get(segment);
      if (child === undefined) {
        child = branch();
        at.children.set(segment, child);
      }
      at = child;
    }
    if (at.entry === null) this.#size += 1;
    this.#bytes += bytes - at.bytes;
    at.entry = entry;
    at.bytes = bytes;
  }

  /** Takes the value away, children stay. Answers whether there was one. */
  delete(path: string): boolean {
    const way: { readonly parent: Branch; readonly segment: string; readonly child: Branch }[] = [];
    let at = this.#root;
    for (const segment of segmentsOf(path)) {
      const child = at.children.get(segment);
      if (child === undefined) return false;
      way.push({ parent: at, segment, child });
      at = child;
    }
    if (at.entry === null) return false;
    this.#size -= 1;
    this.#bytes -= at.bytes;
    at.entry = null;
    at.bytes = 0;
    for (const { parent, segment, child } of way.reverse()) {
      if (child.entry !== null || child.children.size > 0) break;
      parent.children.delete(segment);
    }
    return true;
  }

  /** All entries, parents before children, siblings sorted: equal trees, equal lists. */
  entries(): (readonly [path: string, entry: Entry])[] {
    const found: (readonly [string, Entry])[] = [];
    const visit = (at: Branch, path: string): void => {
      if (at.entry !== null) found.push([path, at.entry]);
      for (const segment of [...at.children.keys()].sort()) {
        const child = at.children.get(segment);
        if (child !== undefined) visit(child, `${path}/${segment}`);
      }
    };
    visit(this.#root, '');
    return found;
  }

  #find(path: string): Branch | undefined {
    let at: Branch | undefined = this.#root;
    for (const segment of segmentsOf(path)) at = at?.children.get(segment);
    return at;
  }
}

/** What a condition that did not hold answers. */
export function refusal(
  op: 'put' | 'delete' | 'cas',
  path: string,
  reason: Extract<CommandResult, { ok: false }>['reason'],
  { value, version }: Entry,
): CommandResult {
  return { ok: false, op, path, reason, value, version };
}
