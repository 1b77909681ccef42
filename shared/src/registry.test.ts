import { describe, expect, it } from 'vitest';
import { findProtocol, runnableProtocols } from './registry.js';

describe('the registry', () => {
  it('finds every protocol that it names, and no other', () => {
    for (const name of runnableProtocols()) expect(findProtocol(name)?.name).toBe(name);
    expect(runnableProtocols()).toContain('raft');
    expect(findProtocol('paxoss')).toBeNull();
  });
});
