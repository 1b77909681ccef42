import * as v from 'valibot';
import { CounterSchema } from '../../core/index.js';

/** The largest payload that any option allows: far below what a frame carries. */
export const payloadBytesLimit = 64 * 1024;
/** The largest window that any option allows: no honest sender is further ahead of what it was acknowledged. */
export const windowLimit = 1_024;
const idLengthMax = 64;

export const whole = CounterSchema;
export const positive = v.pipe(CounterSchema, v.minValue(1));
export const sender = v.pipe(v.string(), v.minLength(1), v.maxLength(idLengthMax));
export const payload = v.pipe(
  v.instance(Uint8Array),
  v.check((bytes) => bytes.length <= payloadBytesLimit, 'a payload is too large'),
);

/** A frame's body that is no message of its protocol. */
export class MessageError extends Error {
  override readonly name = 'MessageError';
}

/**
 * A reader of messages that are told apart by their `type`. It throws `MessageError` with the reason when what it is given
 * is none of them.
 */
export function messageParser<Message extends { readonly type: string }>(
  protocol: string,
  schemas: { readonly [Type in Message['type']]: v.GenericSchema<unknown, Message> },
): (given: unknown) => Message {
  const known: { readonly [type: string]: v.GenericSchema<unknown, Message> } = schemas;
  return (given) => {
    const type = typeof given === 'object' && given !== null && 'type' in given ? given.type : undefined;
    const schema = typeof type === 'string' && Object.hasOwn(known, type) ? known[type] : undefined;
    if (schema === undefined) {
      throw new MessageError(`a message of ${protocol} has a type it knows, not ${String(type)}`);
    }
    const parsed = v.safeParse(schema, given, { abortEarly: true });
    if (parsed.success) return parsed.output;
    const [issue] = parsed.issues;
    throw new MessageError(`${String(type)}.${v.getDotPath(issue) ?? ''}: ${issue.message}`);
  };
}
