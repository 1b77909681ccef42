import { describe, expect, test } from 'vitest';
import type { Order } from './order-seal.js';
import { Orders } from './orders.js';

type Sent = { readonly to: string; readonly id: number; readonly order: Order };

function recorder(): { orders: Orders; sent: Sent[] } {
  const sent: Sent[] = [];
  const orders = new Orders(async (to, id, order) => {
    sent.push({ to, id, order });
  });
  return { orders, sent };
}

const crash: Order = { type: 'node', action: 'crash' };

describe('an order', () => {
  test('goes to its node, and is done when that node says so', async () => {
    const { orders, sent } = recorder();
    const done = orders.give('n1', crash);
    expect(sent).toMatchObject([{ to: 'n1', order: crash }]);
    const id = sent[0]?.id ?? 0;
    orders.answered('n2', id, { code: 'watching', message: 'not mine' });
    orders.answered('n1', id, null);
    await expect(done).resolves.toBeUndefined();
  });

  test('has a number above those before it', async () => {
    const { orders, sent } = recorder();
    const given = [orders.give('n1', crash), orders.give('n1', crash), orders.give('n2', crash)];
    const ids = sent.map(({ id }) => id);
    expect(ids).toEqual([...new Set(ids)].sort((a, b) => a - b));
    for (const { to, id } of sent) orders.answered(to, id, null);
    await Promise.all(given);
  });

  test('fails with what the node answered, or when its link goes down', async () => {
    const { orders, sent } = recorder();
    const refused = orders.give('n1', { type: 'node', action: 'restart' });
    orders.answered('n1', sent[0]?.id ?? 0, { code: 'watching', message: 'This page has no node.' });
    await expect(refused).rejects.toMatchObject({
      code: 'watching',
      message: expect.stringContaining('no node'),
    });
    const lost = orders.give('n1', crash);
    orders.lost('n1');
    await expect(lost).rejects.toMatchObject({
      code: 'unreachable',
      message: expect.stringMatching(/link is down/),
    });
  });

  test('fails at once where it can’t be sent', async () => {
    const orders = new Orders(() => Promise.reject(new Error('no key')));
    await expect(orders.give('n1', crash)).rejects.toMatchObject({
      message: expect.stringContaining('no key'),
    });
  });
});
