import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { MeshListener, ProofProblem, SignalWay } from '../mesh/index.js';
import { UnprovenLog } from './unproven.js';

const warn = vi.spyOn(console, 'warn');

beforeEach(() => {
  warn.mockReset().mockImplementation(() => undefined);
});

function createLog() {
  let listener: MeshListener = {};
  let nowMs = 0;
  const log = new UnprovenLog(
    {
      on: (given) => {
        listener = given;
        return () => undefined;
      },
    },
    () => ++nowMs,
  );
  const tell = (node: string, problem: ProofProblem, way: SignalWay = { by: 'server' }): void =>
    listener.onUnproven?.(node, problem, way);
  return { log, tell };
}

describe('who was not taken for a tab of the room', () => {
  it('is kept with the way that led there; the same again counts, and becomes the newest', () => {
    const { log, tell } = createLog();
    tell('jun', 'fingerprint-swapped');
    tell('jun', 'fingerprint-swapped', { by: 'tab', tab: 'eve' });
    tell('jun', 'fingerprint-swapped');
    expect(log.entries).toEqual([
      { node: 'jun', problem: 'fingerprint-swapped', via: 'eve', atMs: 2, times: 1 },
      { node: 'jun', problem: 'fingerprint-swapped', via: null, atMs: 3, times: 2 },
    ]);
    expect(warn.mock.calls.map(([line]) => line)).toEqual([
      expect.stringContaining('jun (fingerprint-swapped); its signals came by the signaling server'),
      expect.stringContaining('jun (fingerprint-swapped); its signals came by the tab eve'),
      expect.stringContaining('jun (fingerprint-swapped); its signals came by the signaling server'),
    ]);
  });

  it('is kept sixteen times and no more', () => {
    const { log, tell } = createLog();
    for (let count = 0; count < 40; count += 1) tell(`node ${count}`, 'identity-mismatch');
    expect(log.entries.map(({ node }) => node)).toEqual(
      Array.from({ length: 16 }, (_, index) => `node ${index + 24}`),
    );
  });
});
