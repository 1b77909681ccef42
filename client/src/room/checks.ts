import { type BroadcastId, type NodeId, OptionsError } from '@quorate/shared/core';
import { FaultError, type FaultInput, parseFault } from '@quorate/shared/faults';
import { CommandError, decodeResult, encodeOperation } from '@quorate/shared/store';
import { describeIssues, NameSchema, WireError } from '@quorate/shared/wire';
import * as v from 'valibot';
import { QuorateError } from '../api/error.js';
import type { Command, CommandResult, StartOptions } from '../api/types.js';
import type { RoomDocument } from './document.js';
import type { Room } from './room.js';

export function newRunId(protocol: string, { version }: RoomDocument): string {
  return `${protocol}-${version + 1}-${crypto.getRandomValues(new Uint32Array(1))[0]?.toString(36)}`;
}

export function checkFault(fault: FaultInput): ReturnType<typeof parseFault> {
  try {
    return parseFault(fault);
  } catch (error) {
    throw error instanceof FaultError ? new QuorateError('bad-fault', error.message) : error;
  }
}

export function checkOptions(parse: () => unknown): unknown {
  try {
    return parse();
  } catch (error) {
    throw error instanceof OptionsError ? new QuorateError('bad-options', error.message) : error;
  }
}

/** The store answers some commands with why it can't carry them out: too many entries, say. */
export function readResult(bytes: Uint8Array): CommandResult | QuorateError {
  try {
    return decodeResult(bytes);
  } catch (error) {
    if (error instanceof CommandError || error instanceof WireError)
      return new QuorateError('bad-command', error.message);
    throw error;
  }
}

export function encodeCommand(command: Command): Uint8Array {
  return encode(() => encodeOperation(command));
}

/** Encodes what goes into the log; throws `QuorateError` where it can't. */
export function encode(make: () => Uint8Array): Uint8Array {
  try {
    return make();
  } catch (error) {
    throw error instanceof CommandError ? new QuorateError('bad-command', error.message) : error;
  }
}

/** What was said in a log goes by the entry that it is. */
export function saidName(origin: NodeId, result: CommandResult | QuorateError): BroadcastId {
  if (result instanceof QuorateError) throw result;
  if (!('index' in result)) throw new QuorateError('bad-command', 'The store refused it.');
  return { origin, incarnation: 1, sequence: result.index };
}

/** The voters that were given, or all tabs present; throws `QuorateError` where these can't vote. */
export function checkVoters(room: Room, given: StartOptions['voters'], min: number, max: number): NodeId[] {
  const tabs = room.info().tabs.filter((tab) => !tab.watching);
  const present = tabs.filter((tab) => tab.presence === 'here').map((tab) => tab.id);
  if (given !== undefined && !Array.isArray(given))
    throw new QuorateError('bad-voters', 'Give a list of node ids, or none for all tabs.');
  const voters = given === undefined ? room.links.inOrderOfJoining(present).slice(0, max) : [...given];
  const known = new Set(tabs.map((tab) => tab.id));
  for (const voter of voters) {
    if (!known.has(voter))
      throw new QuorateError('unknown-node', `There is no tab ${String(voter)} in this room.`);
  }
  if (new Set(voters).size !== voters.length) throw new QuorateError('bad-voters', 'A voter is named twice.');
  if (voters.length !== 1 && (voters.length < min || voters.length > max)) {
    throw new QuorateError(
      'bad-voters',
      `Choose ${min} to ${max} voters, or one tab alone to try it; these are ${voters.length}.`,
    );
  }
  return voters;
}

/** A name as people type it; from a script, it may be anything. */
export function checkName(given: string): string {
  const name = v.safeParse(NameSchema, given);
  if (name.success) return name.output;
  throw new QuorateError('bad-name', `The ${describeIssues(name.issues, 'name')}.`);
}
