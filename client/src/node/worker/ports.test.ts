import { describe, expect, test } from 'vitest';
import type { FromLab } from './messages.js';
import { PageNetwork } from './ports.js';

/** The worker's network, what it posted to the page, and how its requests were answered. */
function pageNetwork() {
  const posted: FromLab[] = [];
  const answers: string[] = [];
  const network = new PageNetwork((message) => posted.push(message));
  const connect = (peer: string, owner: string): void =>
    network.connect(peer, owner, (up) => answers.push(`${owner} ${peer} ${up ? 'up' : 'failed'}`));
  return { network, posted, answers, connect };
}

describe("the worker's requests for links", () => {
  test('are told to the page with their owner, and taken back so', () => {
    const { network, posted, connect } = pageNetwork();
    connect('p', 'run1/server');
    network.disconnect('p', 'run1/server');
    expect(posted).toEqual([
      { type: 'wantLink', peer: 'p', owner: 'run1/server', wanted: true },
      { type: 'wantLink', peer: 'p', owner: 'run1/server', wanted: false },
    ]);
  });

  test('are each answered once: by the link that comes up, or by the try that fails', () => {
    const { network, answers, connect } = pageNetwork();
    connect('p', 'run1/server');
    connect('p', 'run1/detector');
    connect('q', 'run1/server');
    network.linkFailed('p');
    network.peer('q', true);
    network.linkFailed('q');
    network.peer('p', true);
    expect(answers).toEqual(['run1/server p failed', 'run1/detector p failed', 'run1/server q up']);
  });

  test('for a link that is up are answered later, though the page has nothing to tell', async () => {
    const { network, answers, connect } = pageNetwork();
    network.peer('p', true);
    connect('p', 'run1/server');
    expect(answers).toEqual([]);
    await Promise.resolve();
    expect(answers).toEqual(['run1/server p up']);
  });

  test('that were taken back are not answered', () => {
    const { network, answers, connect } = pageNetwork();
    connect('p', 'run1/server');
    network.disconnect('p', 'run1/server');
    network.linkFailed('p');
    expect(answers).toEqual([]);
  });
});
