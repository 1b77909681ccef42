import { describe, expect, it } from 'vitest';
import { configurationOf, firstConfiguration } from './configuration.js';
import type { RaftMessage } from './messages.js';
import { TestCluster } from './testing/index.js';

describe('an administrator’s request that comes late, or twice', () => {
  const late: RaftMessage = {
    type: 'controlRequest',
    client: 'z',
    hops: 0,
    configuration: firstConfiguration,
    request: 7,
    action: { kind: 'reconfigure', voters: ['s1', 's2', 's4'] },
  };

  it('does not undo what was agreed on since', () => {
    const cluster = new TestCluster(4, {}, 1, 3);
    cluster.elect('s1');
    cluster.step('s1', { type: 'deliver', from: 'z', message: late });
    cluster.pass(1_000);
    expect(cluster.state('s1').configuration).toEqual(configurationOf(['s1', 's2', 's4']));
    cluster.reconfigure('s1', 's1', 's2', 's3');
    cluster.pass(1_000);
    const agreed = configurationOf(['s1', 's2', 's3']);
    expect(cluster.state('s1').configuration).toEqual(agreed);
    cluster.step('s1', { type: 'deliver', from: 'z', message: late });
    expect(cluster.answers.at(-1)).toEqual({ request: 7, status: 'retry' });
    cluster.pass(1_000);
    expect(cluster.state('s1').configuration).toEqual(agreed);
  });
});
