import { describe, expect, it } from 'vitest';
import { decodeValue } from '../wire/index.js';
import { encodeSaid, saidBy } from './chat.js';
import { encodeOperation } from './command.js';
import { encodeEnvelope, encodeOpenSession } from './envelope.js';
import { createStore } from './store.js';

/** A store with a session opened by entry 1, and what applying an operation as entry `index` says to all. */
function talk() {
  const store = createStore();
  store.apply(1, encodeOpenSession('nonce'));
  return (index: number, sequence: number, operation: Uint8Array) => {
    const command = encodeEnvelope({ session: 1, sequence, firstUnanswered: sequence, operation });
    return saidBy(index, command, store.apply(index, command));
  };
}

describe('what is said in the log', () => {
  it('is told once, though its command comes again', () => {
    const apply = talk();
    const hello = encodeSaid('n1', 'hello');
    const said = apply(2, 1, hello);
    expect(said?.from).toBe('n1');
    expect(decodeValue(said?.payload ?? new Uint8Array())).toBe('hello');
    expect(apply(3, 1, hello)).toBeNull();
    expect(apply(4, 2, hello)).not.toBeNull();
  });

  it('is told of nothing else, whatever it holds', () => {
    const apply = talk();
    const others = [
      { op: 'put', path: '/class/a', value: 'see /chat' },
      { op: 'put', path: '/chat/room', value: { from: 'n1', said: 'hello' } },
      { op: 'put', path: '/chat', value: 'no name' },
      { op: 'put', path: '/chat', value: { from: 7, said: 'hello' } },
      { op: 'put', path: '/chat', value: { from: 'n1' } },
      { op: 'put', path: '/chat', value: { from: 'n1', said: 'too late' }, ifVersion: 99 },
      { op: 'delete', path: '/chat' },
    ];
    others.forEach((command, i) => {
      expect(apply(i + 2, i + 1, encodeOperation(command))).toBeNull();
    });
    expect(saidBy(9, encodeOpenSession('/chat'), new Uint8Array())).toBeNull();
  });
});
