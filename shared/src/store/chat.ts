import type { Index, NodeId } from '../core/index.js';
import { encodeValue } from '../wire/index.js';
import { decodeOperation, decodeResult, encodeOperation, type Json } from './command.js';
import { decodeAnswer, decodeLogCommand } from './envelope.js';

/** Where people talk: what is put here is a broadcast, in the order of the log. */
const chatPath = '/chat';
const needle = Uint8Array.from(chatPath, (letter) => letter.charCodeAt(0));

/** What somebody said in the order of the log. `from` is who they say they are. */
export type Said = { readonly from: NodeId; readonly payload: Uint8Array };

/** The command by which `from` says something to all. Throws `CommandError` when it is too long. */
export function encodeSaid(from: NodeId, value: Json): Uint8Array {
  return encodeOperation({ op: 'put', path: chatPath, value: { from, said: value } });
}

/**
 * What an applied entry says to all; null for any other, and for one that was said by an earlier entry already, since a
 * client repeats what is not answered. `answer` is the store's.
 */
export function saidBy(index: Index, command: Uint8Array, answer: Uint8Array): Said | null {
  // Nearly all entries are something else, and reading them whole would cost more than applying them.
  if (!holds(command, needle)) return null;
  const entry = decodeLogCommand(command);
  if (entry?.kind !== 'command') return null;
  const given = decodeAnswer(answer);
  if (given.kind !== 'result') return null;
  const result = decodeResult(given.result);
  if (!result.ok || result.op !== 'put' || result.path !== chatPath || result.index !== index) return null;
  const operation = decodeOperation(entry.operation);
  if (operation.op !== 'put' || typeof operation.value !== 'object' || operation.value === null) return null;
  const { from, said } = operation.value as { readonly [key: string]: Json };
  if (typeof from !== 'string' || said === undefined) return null;
  return { from, payload: encodeValue(said) };
}

function holds(bytes: Uint8Array, part: Uint8Array): boolean {
  for (let at = bytes.indexOf(part[0] ?? 0); at >= 0; at = bytes.indexOf(part[0] ?? 0, at + 1))
    if (part.every((byte, i) => bytes[at + i] === byte)) return true;
  return false;
}
