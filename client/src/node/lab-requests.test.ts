import { expect, test } from 'vitest';
import { Lab } from './lab.js';
import type { FromLab, LabRequest, ToLab } from './worker/messages.js';

/** A lab whose worker is a test. */
function makeLab() {
  const posted: ToLab[] = [];
  const worker = {
    onmessage: null as ((event: { readonly data: FromLab }) => void) | null,
    onerror: null,
    postMessage: (message: ToLab) => posted.push(message),
    terminate: () => undefined,
  };
  const lab = new Lab({
    self: 'n1',
    room: 'maple-otter-42',
    keys: {} as ConstructorParameters<typeof Lab>[0]['keys'],
    fence: { generation: 1 },
    returning: false,
    listener: {
      onFrames: () => undefined,
      onWantLink: () => undefined,
      onReached: () => undefined,
      onTrace: () => undefined,
      onCrash: () => undefined,
      onViolation: () => undefined,
    },
    createWorker: () => worker as unknown as Worker,
  });
  const asked = (): readonly LabRequest[] =>
    posted.flatMap((message) => (message.type === 'requests' ? message.requests : []));
  const tell = (data: FromLab): void => worker.onmessage?.({ data });
  return { lab, asked, tell };
}

const operation = new Uint8Array(1);

test('what is asked beyond the bound is answered with busy at once, and never reaches the worker', async () => {
  const { lab, asked, tell } = makeLab();
  const answers = Array.from({ length: 4_096 }, () => lab.request('r', 'read', operation));
  const busy = { ok: false, error: 'busy' };
  expect(await lab.request('r', 'read', operation)).toEqual(busy);
  expect(await lab.control('r', { kind: 'transferLeadership', to: 'n2' })).toEqual(busy);
  expect(asked()).toHaveLength(4_096);
  tell({ type: 'answers', answers: [{ id: 1, answer: { ok: true, result: operation } }] });
  expect(await answers[0]).toEqual({ ok: true, result: operation });
  // One was answered, so that one more may be asked.
  const next = lab.request('r', 'read', operation);
  await Promise.resolve();
  expect(asked()).toHaveLength(4_097);
  lab.crash('the test is over');
  expect(await next).toBe('crashed');
  expect(await answers[1]).toBe('crashed');
});
