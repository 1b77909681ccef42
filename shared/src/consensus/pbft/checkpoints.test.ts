import { describe, expect, it } from 'vitest';
import { stateDigest } from './digests.js';
import type { StateMessage } from './messages.js';
import { type Flight, prePrepare, request, signed, TestGroup } from './testing/index.js';

const all = ['r0', 'r1', 'r2', 'r3'];
const lows = (group: TestGroup): readonly number[] => all.map((id) => group.state(id).stable.sequence);
const without =
  (id: string) =>
  ({ from, to }: Flight): boolean =>
    from !== id && to !== id;

describe('checkpoints (4.3)', () => {
  it('become stable by a quorum, and all below is forgotten', () => {
    const group = new TestGroup();
    group.order(4, 'r0');
    expect(lows(group)).toEqual([4, 4, 4, 4]);
    expect(Object.keys(group.state('r2').slots)).toEqual([]);
    expect(group.state('r2').stable.proof).toHaveLength(3);
  });

  it('are stated once the snapshot is durable', () => {
    const group = new TestGroup();
    group.order(3, 'r0');
    group.ask('client', 'r0');
    group.settle(({ message }) => message.type !== 'commit');
    for (const id of all)
      for (const other of all)
        if (id !== other)
          group.say(
            other,
            {
              type: 'commit',
              ...(group.state(id).slots[4]?.accepted?.body ?? { view: 0, sequence: 4, digest: '' }),
            },
            id,
          );
    expect(group.state('r1').executed).toBe(4);
    expect(group.underWay('checkpoint')).toEqual([]);
    group.flush('r1');
    expect(group.underWay('checkpoint').map(({ from }) => from)).toEqual(['r1', 'r1', 'r1']);
  });

  it('hold a primary at the high watermark until one is stable', () => {
    const group = new TestGroup();
    const noCheckpoint = ({ message }: Flight): boolean => message.type !== 'checkpoint';
    group.order(12, 'r0', noCheckpoint);
    expect(group.executed()).toEqual([8, 8, 8, 8]);
    expect(group.state('r0').waiting).toHaveLength(4);
    group.pass(1_000);
    expect(group.executed()).toEqual([12, 12, 12, 12]);
    expect(lows(group)).toEqual([12, 12, 12, 12]);
  });

  it('with another digest than the others state never become stable', () => {
    const group = new TestGroup();
    group.lie('r3');
    group.order(4, 'r0', without('r2'));
    const lie = signed('r3', 'checkpoint', { sequence: 4, digest: 'f'.repeat(64) });
    for (let i = 0; i < 3; i++) group.say('r3', { type: 'checkpoint', checkpoints: [lie] }, 'r0', 'r1');
    expect(group.state('r0').stable.sequence).toBe(0);
    group.pass(3_000);
    expect([group.state('r0').stable.sequence, group.state('r2').executed]).toEqual([4, 4]);
  });

  it('far ahead, of one liar, move nobody and cost little', () => {
    const group = new TestGroup();
    group.lie('r3');
    for (let i = 1; i <= 200; i++) {
      const body = { sequence: 4 * i, digest: 'f'.repeat(64) };
      group.say('r3', { type: 'checkpoint', checkpoints: [signed('r3', 'checkpoint', body)] }, 'r1');
    }
    expect(group.state('r1').checkpoints['r3']).toHaveLength(2);
    expect(group.state('r1').stable.sequence).toBe(0);
  });

  it('are where a restarted replica goes on, with what it had prepared since', () => {
    const group = new TestGroup();
    group.order(6, 'r0');
    group.crash('r2');
    group.restart('r2');
    expect([group.state('r2').executed, group.state('r2').stable.sequence]).toEqual([4, 4]);
    group.pass(1_000);
    expect(group.executed()).toEqual([6, 6, 6, 6]);
    expect(group.store('r2').digest()).toBe(group.store('r1').digest());
  });
});

describe('state transfer (4.6.2)', () => {
  /** r3 has heard nothing of what made the checkpoint at 4 stable. */
  const behind = (): TestGroup => {
    const group = new TestGroup();
    group.order(5, 'r0', without('r3'));
    return group;
  };

  it('brings a replica that missed a checkpoint to it, and it goes on from there', () => {
    const group = behind();
    group.pass(5_000);
    expect(group.executed()).toEqual([5, 5, 5, 5]);
    expect(group.noted('state-sent')).toHaveLength(1);
    expect(group.store('r3').digest()).toBe(group.store('r0').digest());
    group.crash('r0');
    group.ask('client', 'r1', 'r2', 'r3');
    group.pass(5_000);
    expect(group.state('r3').executed).toBe(6);
  });

  it('goes on after a restart in the middle of it', () => {
    const group = behind();
    group.pass(2_000, ({ snapshot }) => snapshot === undefined);
    expect(group.state('r3').fetch).not.toBeNull();
    group.crash('r3');
    group.restart('r3');
    expect(group.state('r3').fetch).not.toBeNull();
    group.pass(5_000);
    expect(group.state('r3').executed).toBe(5);
  });

  it('asks the next replica where one does not answer', () => {
    const group = behind();
    group.pass(20_000, ({ from, snapshot }) => snapshot === undefined || from === 'r2');
    expect(group.state('r3').executed).toBe(5);
  });

  const forged = (group: TestGroup, change: (message: StateMessage, data: Uint8Array) => Flight): void => {
    group.pass(4_000, ({ snapshot }) => snapshot === undefined);
    const { snapshot } = group.state('r0');
    const { stable } = group.state('r0');
    if (snapshot === null) throw new Error('r0 has taken a snapshot');
    group.deliver(
      change({ type: 'state', checkpoint: stable, meta: snapshot.meta }, group.store('r0').snapshot()),
    );
    group.flush('r3');
    expect(group.state('r3').executed).toBe(0);
    expect(group.noted('state-refused')).toEqual(['r3']);
  };

  it('refuses bytes that the proof is not about', () => {
    forged(behind(), (message) => ({ from: 'r1', to: 'r3', message, snapshot: Uint8Array.of(1, 2, 3) }));
  });

  it('refuses other sessions than the proof is about', () => {
    const owner = { session: 1, client: 'liar', number: 1, at: 0, usedAt: 1 };
    forged(behind(), (message, snapshot) => ({
      from: 'r1',
      to: 'r3',
      message: { ...message, meta: { ...message.meta, sessions: [owner] } },
      snapshot,
    }));
  });

  it('refuses the word of f, whatever they state', () => {
    const lie = Uint8Array.of(1, 2, 3);
    forged(behind(), ({ meta }) => {
      const body = { sequence: 4, digest: stateDigest('0'.repeat(64), meta) };
      const proof = [signed('r1', 'checkpoint', body), signed('r1', 'checkpoint', body)];
      return {
        from: 'r1',
        to: 'r3',
        message: { type: 'state', checkpoint: { ...body, proof }, meta },
        snapshot: lie,
      };
    });
  });

  it('takes the word of f + 1 for a checkpoint that is not stable yet, which it may be needed for', () => {
    const group = new TestGroup();
    group.order(4, 'r0', without('r3'));
    group.crash('r2');
    const noProof = ({ message }: Flight): boolean =>
      message.type !== 'checkpoint' || message.checkpoints.length < 3;
    // 5 to 8 commit with r3, which has yet to execute 1 to 4; nobody can make 8 stable without it.
    for (let i = 0; i < 4; i++) group.ask('client', 'r0');
    group.pass(10_000, noProof);
    group.pass(10_000);
    expect([group.state('r3').executed, group.state('r3').stable.sequence]).toEqual([8, 8]);
    expect(lows(group).filter((low) => low === 8)).toHaveLength(3);
  });
});

describe('watermarks', () => {
  it('keep whatever a liar says of other sequence numbers out of memory', () => {
    const group = new TestGroup();
    group.lie('r0');
    for (let sequence = 9; sequence <= 400; sequence++) {
      group.say('r0', prePrepare('r0', 0, sequence, [request('a', sequence)]), 'r1');
      group.say('r0', { type: 'commit', view: 0, sequence, digest: 'f'.repeat(64) }, 'r1');
    }
    expect(Object.keys(group.state('r1').slots)).toEqual([]);
  });
});
