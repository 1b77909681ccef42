import type { NodeId } from '@quorate/shared/core';
import { expect, test } from 'vitest';
import { leaderOf } from './looks.js';
import { emptyView, type NodeView, type ViewState } from './state.js';

function viewOf(
  ...nodes: readonly (readonly [id: NodeId, role: string, reign: number, leader: NodeId])[]
): ViewState {
  const views = nodes.map(([id, role, reign, leader]): [NodeId, NodeView] => [
    id,
    {
      id,
      life: 1,
      lab: 'running',
      sinceMs: 0,
      observation: {
        role,
        reign,
        leader,
        firstIndex: 1,
        lastIndex: 0,
        commitIndex: 0,
        appliedIndex: 0,
        logReigns: [],
        detail: {},
      },
      digest: null,
      timers: {},
      reigns: [],
    },
  ]);
  return { ...emptyView('r'), nodes: new Map(views) };
}

test('who leads is who says so itself in the highest reign, whatever its protocol calls it', () => {
  expect(leaderOf(viewOf(['a', 'primary', 0, 'a'], ['b', 'backup', 0, 'a']))).toBe('a');
  expect(leaderOf(viewOf(['a', 'leader', 1, 'a'], ['b', 'leader', 2, 'b']))).toBe('b');
  expect(leaderOf(viewOf(['b', 'follower', 1, 'a']))).toBeNull();
});
