import { expect, test, vi } from 'vitest';
import type { Lane, Mesh, MeshListener } from '../mesh/index.js';
import { deflate } from './deflate.js';
import type { SystemMessage } from './messages.js';
import { MeshSystemPlane } from './system-plane.js';

type Sent = { readonly lane: Lane; readonly frame: Uint8Array };

/** A plane on a mesh whose frames lie in a list until a test hands them on. */
function plane() {
  const sent: Sent[] = [];
  const heard: SystemMessage[] = [];
  const bad: string[] = [];
  let listener: MeshListener = {};
  const mesh: Pick<Mesh, 'send' | 'on'> = {
    send: (_peer, lane, frame) => {
      sent.push({ lane, frame });
      return 'sent';
    },
    on: (given) => {
      listener = given;
      return () => undefined;
    },
  };
  const made = new MeshSystemPlane(mesh as Mesh, {
    onMessage: (_from, message) => heard.push(message),
    onLabFrame: () => undefined,
    onPeer: () => undefined,
    onBadMessage: (_from, why) => bad.push(why),
    onAccused: () => undefined,
  });
  listener.onUp?.('peer');
  const receive = (lane: Lane, frame: Uint8Array): void =>
    listener.onFrame?.('peer', lane, new Uint8Array(frame));
  return { made, sent, heard, bad, receive };
}

const batch = (first: number): SystemMessage => ({
  type: 'trace',
  events: Array.from({ length: 40 }, (_, i) => ({
    type: 'note',
    node: 'n1',
    seq: first + i,
    code: 'a-note',
  })),
  touched: {},
});

test('batches of trace go deflated, and come in whole and in order', async () => {
  const { made, sent, heard, receive } = plane();
  for (let first = 0; first < 400; first += 40) made.broadcast(batch(first));
  await vi.waitFor(() => expect(sent).toHaveLength(10));
  for (const { lane, frame } of sent) {
    expect(lane).toBe('bulk');
    expect(frame.length).toBeLessThan(400);
    receive(lane, frame);
  }
  await vi.waitFor(() => expect(heard).toHaveLength(10));
  expect(heard).toEqual(Array.from({ length: 10 }, (_, i) => batch(40 * i)));
});

test('a page that does not get to it holds no more than some seconds of trace', async () => {
  const { made, sent } = plane();
  for (let i = 0; i < 1_000; i += 1) made.broadcast(batch(i));
  made.broadcast({ type: 'wantKeyframe' });
  await vi.waitFor(() => expect(sent.length).toBeGreaterThan(32));
  expect(sent).toHaveLength(33);
});

test('a frame that grows without bound, or is no deflated one, is told of and harms no later one', async () => {
  const { made, sent, heard, bad, receive } = plane();
  const bomb = await deflate(new Uint8Array(50_000_000));
  receive('bulk', new Uint8Array([0, ...bomb]));
  receive('bulk', new Uint8Array([0, 1, 2, 3]));
  made.broadcast(batch(0));
  await vi.waitFor(() => expect(sent).toHaveLength(1));
  for (const { lane, frame } of sent) receive(lane, frame);
  await vi.waitFor(() => expect(heard).toEqual([batch(0)]));
  expect(bad).toHaveLength(2);
  expect(bad[0]).toContain('bytes when inflated');
});
