import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareOrders, type Delivered, deliveriesMax, referenceOf, withDelivery } from './deliveries.js';

const column = (...ids: readonly (string | number)[]): Delivered[] =>
  ids.map((id) => ({ id: String(id), origin: 'a', preview: `text ${id}`, life: 1 }));

function delivery(sequence: number, isRecovered = false) {
  const where = {
    node: 'n',
    life: 1,
    seq: sequence,
    count: sequence,
    run: 'r',
    instance: 'server',
    clock: 1,
    atMs: 1,
    wallMs: 1,
  };
  const told = { bytes: 1, digest: 'd', preview: 'p', isRecovered };
  return { type: 'delivery', ...where, origin: 'a', incarnation: 1, sequence, ...told } as const;
}

describe('two orders of delivery', () => {
  it('are equal: nothing has moved, nothing is missing', () => {
    expect(compareOrders(column(1, 2, 3), column(1, 2, 3))).toEqual({ moved: new Set(), missing: [] });
  });

  it('differ by the fewest that would have to move', () => {
    const { moved } = compareOrders(column(1, 2, 9, 3, 4), column(1, 2, 3, 4, 9));
    expect([...moved]).toEqual(['9']);
  });

  it('what is missing is no other order, nor is what only one has', () => {
    const { moved, missing } = compareOrders(column(1, 3, 7), column(1, 2, 3));
    expect(moved.size).toBe(0);
    expect(missing.map(({ id }) => id)).toEqual(['2']);
  });

  it('without what has moved, what is left stands in the same order', () => {
    const orders = fc.uniqueArray(fc.nat(30), { maxLength: 20 });
    fc.assert(
      fc.property(orders, orders, (here, there) => {
        const { moved } = compareOrders(column(...here), column(...there));
        const rest = here.filter((id) => there.includes(id) && !moved.has(String(id)));
        expect(there.filter((id) => rest.includes(id))).toEqual(rest);
        const common = here.filter((id) => there.includes(id));
        expect(moved.size === 0).toBe(there.filter((id) => common.includes(id)).join() === common.join());
      }),
    );
  });

  it('are held against the longest', () => {
    expect(referenceOf([column(1), column(2, 3), column(4, 5)])).toEqual(column(2, 3));
    expect(referenceOf([])).toEqual([]);
  });
});

describe('the deliveries of a node', () => {
  it('stand in their order, and what it tells again after a restart once', () => {
    let all = withDelivery(new Map(), delivery(1));
    all = withDelivery(all, delivery(2));
    all = withDelivery(all, delivery(1, true));
    all = withDelivery(all, delivery(3, true));
    expect(all.get('n')?.shown.map(({ id }) => id)).toEqual(['a/1/1', 'a/1/2', 'a/1/3']);
  });

  it('are bounded, and count those that are not shown', () => {
    let all = withDelivery(new Map(), delivery(1));
    for (let i = 2; i <= deliveriesMax + 5; i++) all = withDelivery(all, delivery(i));
    expect(all.get('n')?.before).toBe(5);
    expect(all.get('n')?.shown).toHaveLength(deliveriesMax);
    expect(all.get('n')?.shown.at(-1)?.id).toBe(`a/1/${deliveriesMax + 5}`);
  });
});
