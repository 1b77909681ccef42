import * as v from 'valibot';
import { decodeValue, encodeValue, WireError } from '../wire/index.js';

/** What a path may hold. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** A command to the replicated store. Paths look like `/class/a`. All are linearizable. */
export type Command =
  | { readonly op: 'get'; readonly path: string }
  | { readonly op: 'put'; readonly path: string; readonly value: Json; readonly ifVersion?: number }
  | { readonly op: 'delete'; readonly path: string; readonly ifVersion?: number }
  | { readonly op: 'cas'; readonly path: string; readonly from: Json; readonly to: Json }
  | { readonly op: 'list'; readonly path: string };

/**
 * What a command came to. `ok: false` means that it was carried out and its condition did not hold: nothing changed.
 * `version` counts the changes of a path, from 1; 0 where there is nothing. `index` is the log entry that did it.
 */
export type CommandResult =
  | {
      readonly ok: true;
      readonly op: 'get';
      readonly path: string;
      readonly value: Json;
      readonly version: number;
    }
  | {
      readonly ok: true;
      readonly op: 'put' | 'cas';
      readonly path: string;
      readonly version: number;
      readonly index: number;
    }
  | {
      readonly ok: true;
      readonly op: 'delete';
      readonly path: string;
      readonly existed: boolean;
      readonly index: number;
    }
  | { readonly ok: true; readonly op: 'list'; readonly path: string; readonly paths: readonly string[] }
  | {
      readonly ok: false;
      readonly op: 'put' | 'delete' | 'cas';
      readonly path: string;
      readonly reason: 'version-mismatch' | 'value-mismatch' | 'full';
      readonly value: Json;
      readonly version: number;
    };

/** A command that can't be carried out by anybody. The message says which part is wrong and what to give. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
}

export const storeLimits = {
  /** A value as encoded: a page of text, not a picture. */
  valueBytesMax: 16 * 1024,
  depthMax: 16,
  segmentLengthMax: 64,
  /** Paths with a value: more than a class types, and as many as a phone's tab holds without trouble. */
  entriesMax: 100_000,
  /** All paths and values as encoded: with the answers that sessions keep, a snapshot stays under 64 MiB. */
  bytesMax: 24 * 1024 * 1024,
  /** Paths in one list, and the length of all of them: with three bytes a letter still half of what a frame carries. */
  listPathsMax: 16_384,
  listLengthMax: 256 * 1024,
} as const;

const segments = /^(\/[\p{L}\p{N}_.-]{1,64}){1,16}$/u;
const pathRule = 'looks like /class/a: up to 16 parts of 1 to 64 letters, digits, _ . or -';
export const isPath = (path: string): boolean => segments.test(path);
const PathSchema = v.pipe(v.string(`path ${pathRule}`), v.check(isPath, `path ${pathRule}`));
const ListPathSchema = v.pipe(
  v.string(`path ${pathRule}`),
  v.check((path) => path === '/' || isPath(path), `path ${pathRule}, or / for the top`),
);
const VersionSchema = v.pipe(
  v.number('ifVersion is a number'),
  v.safeInteger('ifVersion is a whole number'),
  v.minValue(0, 'ifVersion is 0 for "must not exist", or the version that must hold'),
);

/** Half of a surrogate pair: no Unicode text, and not the same after it was encoded. */
const loneSurrogate = /\p{Surrogate}/u;

/** Whether it is JSON that comes back from the wire as it was. */
export function isJson(value: unknown, depthLeft = 32): value is Json {
  if (value === null || typeof value === 'boolean') return true;
  if (typeof value === 'string') return !loneSurrogate.test(value);
  if (typeof value === 'number') return Number.isFinite(value);
  if (typeof value !== 'object' || depthLeft === 0) return false;
  if (Array.isArray(value)) return value.every((item) => isJson(item, depthLeft - 1));
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return false;
  return Object.entries(value).every(
    ([key, item]) => key !== '__proto__' && !loneSurrogate.test(key) && isJson(item, depthLeft - 1),
  );
}

const value = (name: string) =>
  v.pipe(
    v.custom<Json>(
      (given) => isJson(given),
      `${name} is JSON: null, true, false, a number, text, a list or an object`,
    ),
    v.check(
      (given) => encodeValue(given).length <= storeLimits.valueBytesMax,
      `${name} is too large: at most ${storeLimits.valueBytesMax} bytes`,
    ),
  );

const op = <const Name extends Command['op']>(name: Name) => v.literal(name);
const CommandSchema = v.variant(
  'op',
  [
    v.strictObject({ op: op('get'), path: PathSchema }),
    v.strictObject({
      op: op('put'),
      path: PathSchema,
      value: value('value'),
      ifVersion: v.exactOptional(VersionSchema),
    }),
    v.strictObject({ op: op('delete'), path: PathSchema, ifVersion: v.exactOptional(VersionSchema) }),
    v.strictObject({ op: op('cas'), path: PathSchema, from: value('from'), to: value('to') }),
    v.strictObject({ op: op('list'), path: ListPathSchema }),
  ],
  'op is one of get, put, delete, cas, list',
);

/** Checks a command. Throws `CommandError`. */
export function parseCommand(given: unknown): Command {
  const result = v.safeParse(CommandSchema, given, { abortEarly: true });
  if (result.success) return result.output;
  const [issue] = result.issues;
  const where = v.getDotPath(issue);
  if (issue.type !== 'strict_object' || where === null) throw new CommandError(issue.message);
  throw new CommandError(
    issue.expected === 'never'
      ? `${where} does not belong to this command`
      : `${where} is missing in this command`,
  );
}

/** Checks and encodes what a user asks for. Throws `CommandError`. */
export function encodeOperation(command: unknown): Uint8Array {
  return encodeValue(withoutUndefined(parseCommand(withoutUndefined(command))));
}

/** `{ifVersion: undefined}` means what `{}` does. */
function withoutUndefined(given: unknown): unknown {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) return given;
  return Object.fromEntries(Object.entries(given).filter(([, field]) => field !== undefined));
}

/** Reads what `encodeOperation` made. Throws `CommandError` or `WireError`. */
export function decodeOperation(bytes: Uint8Array): Command {
  return parseCommand(decodeValue(bytes));
}

export function encodeResult(result: CommandResult): Uint8Array {
  return encodeValue(result);
}

/** A result's bytes that say why there is none: `decodeResult` throws it as a `CommandError`. */
export function encodeRefusal(why: string): Uint8Array {
  return encodeValue({ refused: why });
}

const JsonSchema = v.custom<Json>((given) => isJson(given));
const ok = v.literal(true);
const path = v.string();
const whole = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const ResultSchema = v.union([
  v.strictObject({ ok, op: op('get'), path, value: JsonSchema, version: whole }),
  v.strictObject({ ok, op: v.picklist(['put', 'cas']), path, version: whole, index: whole }),
  v.strictObject({ ok, op: op('delete'), path, existed: v.boolean(), index: whole }),
  v.strictObject({ ok, op: op('list'), path, paths: v.array(v.string()) }),
  v.strictObject({
    ok: v.literal(false),
    op: v.picklist(['put', 'delete', 'cas']),
    path,
    reason: v.picklist(['version-mismatch', 'value-mismatch', 'full']),
    value: JsonSchema,
    version: whole,
  }),
]) satisfies v.GenericSchema<unknown, CommandResult>;
const RefusalSchema = v.strictObject({ refused: v.string() });

/** Reads a result. Throws `CommandError` when the store refused the command, `WireError` when the bytes are no result. */
export function decodeResult(bytes: Uint8Array): CommandResult {
  const given = decodeValue(bytes);
  const result = v.safeParse(ResultSchema, given, { abortEarly: true });
  if (result.success) return result.output;
  const refusal = v.safeParse(RefusalSchema, given);
  if (refusal.success) throw new CommandError(refusal.output.refused);
  throw new WireError('malformed', 'bytes that are no result of the store');
}
