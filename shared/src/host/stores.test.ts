import { describe, expect, it } from 'vitest';
import { createStore, encodeEnvelope, encodeOpenSession, encodeOperation } from '../store/index.js';
import { Stores } from './stores.js';

const put = (sequence: number, value: number): Uint8Array =>
  encodeEnvelope({
    session: 1,
    sequence,
    firstUnanswered: 1,
    operation: encodeOperation({ op: 'put', path: '/a', value }),
  });
const open = { index: 1, command: encodeOpenSession('a') };
const one = { index: 2, command: put(1, 1) };
const other = { index: 2, command: put(1, 2) };

function digestAfter(
  ...entries: readonly { readonly index: number; readonly command: Uint8Array }[]
): string {
  const store = createStore();
  for (const { index, command } of entries) store.apply(index, command);
  return store.digest();
}

describe('stores', () => {
  it('answer tentatively as they answer for good, and stand where they stood until it is committed', () => {
    const stores = new Stores();
    stores.commit([open]);
    const { outcomes, digest } = stores.execute([one]);
    expect(digest).toBe(digestAfter(open, one));
    expect(stores.committed.digest()).toBe(digestAfter(open));
    expect(stores.commit([one])).toEqual(outcomes);
    expect(stores.committed.digest()).toBe(digest);
  });

  it('undo what was executed, and take something else in its place', () => {
    const stores = new Stores();
    stores.commit([open]);
    stores.execute([one]);
    stores.rollback();
    stores.commit([other]);
    expect(stores.committed.digest()).toBe(digestAfter(open, other));
    expect(stores.execute([{ index: 3, command: put(2, 3) }]).digest).toBe(
      digestAfter(open, other, { index: 3, command: put(2, 3) }),
    );
  });

  it('never commit something else than what was executed and not undone', () => {
    const stores = new Stores();
    stores.commit([open]);
    stores.execute([one]);
    expect(() => stores.commit([other])).toThrow('what is committed is what was executed');
  });

  it('go on tentatively behind what others have committed meanwhile, and from a snapshot', () => {
    const stores = new Stores();
    stores.execute([open]);
    stores.commit([open, one]);
    expect(stores.execute([{ index: 3, command: put(2, 3) }]).digest).toBe(
      digestAfter(open, one, { index: 3, command: put(2, 3) }),
    );
    const restored = createStore();
    restored.restore(stores.committed.snapshot());
    stores.replace(restored);
    expect(stores.execute([{ index: 3, command: put(2, 4) }]).digest).toBe(
      digestAfter(open, one, { index: 3, command: put(2, 4) }),
    );
  });
});
