import { describe, expect, test } from 'vitest';
import type { SystemMessage } from './messages.js';
import { Orders } from './orders.js';

function recorder(): { orders: Orders; sent: [string, SystemMessage][] } {
  const sent: [string, SystemMessage][] = [];
  return { orders: new Orders((to, message) => sent.push([to, message])), sent };
}

describe('an order of the host', () => {
  test('goes to its node, and is done when that node says so', async () => {
    const { orders, sent } = recorder();
    const done = orders.give('n1', 'crash');
    expect(sent).toEqual([['n1', { type: 'order', id: 1, action: 'crash' }]]);
    orders.answered('n2', 1, { code: 'watching', message: 'not mine' });
    orders.answered('n1', 1, null);
    await expect(done).resolves.toBeUndefined();
  });

  test('fails with what the node answered, or when its link goes down', async () => {
    const { orders } = recorder();
    const refused = orders.give('n1', 'restart');
    orders.answered('n1', 1, { code: 'watching', message: 'This page has no node.' });
    await expect(refused).rejects.toMatchObject({
      code: 'watching',
      message: expect.stringContaining('no node'),
    });
    const lost = orders.give('n1', 'crash');
    orders.lost('n1');
    await expect(lost).rejects.toMatchObject({
      code: 'unreachable',
      message: expect.stringMatching(/link is down/),
    });
  });
});
