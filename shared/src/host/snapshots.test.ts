import { describe, expect, it } from 'vitest';
import { nextChance, seedRandom } from '../core/index.js';
import { parseFault } from '../faults/index.js';
import { Lab, type LabNode, type LabOptions, labRun, type ToyEffect } from '../sim/testing/index.js';
import { encodeEnvelope, encodeOpenSession, encodeOperation } from '../store/index.js';
import { decodeFrame, encodeFrame, type Frame } from '../wire/index.js';
import {
  snapshotAbandonedMs,
  snapshotChunkBytes,
  snapshotKeptMs,
  snapshotRetriesMax,
  snapshotRetryMs,
  snapshotsHeldMax,
} from './limits.js';

const entries = 13;
const announcement = { type: 'say', text: 'here is a snapshot' } as const;
const sendTo = (to: string): ToyEffect => ({ type: 'sendSnapshot', to, message: announcement });

/** Twelve large values in the node's store, and a snapshot of it: four chunks. */
function fill(node: LabNode, letter = 'x'): void {
  const value = letter.repeat(14_000);
  const put = (sequence: number): Uint8Array => {
    const operation = encodeOperation({ op: 'put', path: `/a${sequence}`, value });
    return encodeEnvelope({ session: 1, sequence, firstUnanswered: sequence, operation });
  };
  const commands = Array.from({ length: entries }, (_, i) =>
    i === 0 ? encodeOpenSession('a client') : put(i),
  );
  node.do([
    { type: 'commit', entries: commands.map((command, i) => ({ index: i + 1, reign: 1, command })) },
    { type: 'takeSnapshot', index: entries, meta: { reign: 1 }, ops: [] },
  ]);
}

const install = (snapshot: number, index = entries): ToyEffect => ({
  type: 'installSnapshot',
  snapshot,
  index,
  meta: { reign: 1 },
  ops: [],
});
const digest = (node: LabNode): string | undefined => node.host.run(labRun)?.instance('server')?.digest;
const arrived = (node: LabNode): (number | undefined)[] =>
  node.seen('deliver').flatMap(({ snapshot }) => snapshot ?? []);
const sent = (node: LabNode): boolean[] => node.seen('snapshotSent').map(({ ok }) => ok);

/** A lab of two, the first with a full store, and a record of the chunks and acknowledgements on their way. */
function transferLab(
  passes: (frame: Frame, lab: Lab) => boolean = () => true,
  options: Partial<LabOptions> = {},
) {
  const frames: Frame[] = [];
  const lab: Lab = new Lab({
    nodes: 2,
    ...options,
    passes: (_from, _to, bytes) => {
      const frame = decodeFrame(bytes);
      frames.push(frame);
      return frame.kind === 'message' || passes(frame, lab);
    },
  });
  lab.start();
  fill(lab.node(1));
  lab.run(20);
  const offsets = (): number[] =>
    frames.flatMap((frame) => (frame.kind === 'snapshotChunk' ? [frame.offset] : []));
  return { lab, frames, offsets };
}

describe('a snapshot on its way to another node', () => {
  it('goes in chunks, is announced once it is whole, and makes the stores equal when it is installed', () => {
    const { lab, offsets } = transferLab();
    lab.node(1).do([sendTo('n2')]);
    lab.run(100);
    expect(offsets().length).toBeGreaterThan(2);
    expect(lab.node(2).seen('deliver')).toMatchObject([{ from: 'n1', message: announcement, snapshot: 1 }]);
    expect(sent(lab.node(1))).toEqual([true]);
    lab
      .node(2)
      .do([
        { type: 'query', query: 1, operation: encodeOperation({ op: 'list', path: '/' }), atIndex: entries },
      ]);
    lab.node(2).do([install(1)]);
    lab.run(20);
    expect(lab.node(2).seen('snapshotInstalled')).toMatchObject([{ index: entries }]);
    expect(lab.node(2).seen('queried')).toMatchObject([{ query: 1, index: entries }]);
    expect(digest(lab.node(2))).toBe(digest(lab.node(1)));
  });

  it('is on disk with what was to be written along, once it is installed', () => {
    const { lab } = transferLab();
    lab.node(1).do([sendTo('n2')]);
    lab.run(100);
    lab.node(2).do([{ ...install(1), ops: [{ kind: 'set', key: 'k', value: 1 }] } as ToyEffect]);
    lab.run(20);
    const before = digest(lab.node(2));
    lab.node(2).crash();
    lab.node(2).boot();
    lab.startRun(lab.node(2));
    lab.run(20);
    expect(lab.node(2).seen('start')[1]?.disk).toEqual({
      values: { k: 1 },
      log: [],
      snapshot: { index: entries, meta: { reign: 1 } },
    });
    expect(digest(lab.node(2))).toBe(before);
  });

  it.each([1, 2, 3, 4, 5, 6])('gets through a network that loses one frame of four (seed %i)', (seed) => {
    const random = seedRandom(seed);
    const { lab } = transferLab(() => !nextChance(random, 0.25));
    lab.node(1).do([sendTo('n2')]);
    lab.run(60_000);
    expect(arrived(lab.node(2))).toEqual([1]);
    expect(sent(lab.node(1))).toEqual([true]);
  });

  it('goes on where the receiver stands after an interruption', () => {
    const { lab, offsets } = transferLab(
      (_frame, { scheduler }) => scheduler.nowMs < 124.5 || scheduler.nowMs > 3_000,
    );
    lab.node(1).do([sendTo('n2')]);
    lab.run(10_000);
    expect(arrived(lab.node(2))).toEqual([1]);
    expect(offsets().filter((offset) => offset === 0)).toHaveLength(1);
    expect(offsets()).toEqual(offsets().toSorted((a, b) => a - b));
  });

  it('goes on where the receiver stands after the link was down, within the sender’s patience', () => {
    const { lab, offsets } = transferLab(
      (_frame, { scheduler }) => scheduler.nowMs < 124.5 || scheduler.nowMs > 3_000,
    );
    lab.node(1).do([sendTo('n2')]);
    lab.run(10);
    lab.node(2).host.peerDown('n1');
    lab.run(3_000);
    lab.node(2).host.peerUp('n1');
    lab.run(10_000);
    expect(arrived(lab.node(2))).toEqual([1]);
    expect(offsets().filter((offset) => offset === 0)).toHaveLength(1);
  });

  it('goes on where the receiver stands when the Process sends it again after it was given up', () => {
    const { lab, offsets } = transferLab(
      (_frame, { scheduler }) => scheduler.nowMs < 124.5 || scheduler.nowMs > 30_000,
    );
    lab.node(1).do([sendTo('n2')]);
    lab.run(10);
    lab.node(2).host.peerDown('n1');
    lab.run(30_000);
    expect(sent(lab.node(1))).toEqual([false]);
    const before = offsets().length;
    lab.node(2).host.peerUp('n1');
    const renewed = { ...announcement, text: 'renewed' };
    lab.node(1).do([{ ...sendTo('n2'), message: renewed } as ToyEffect]);
    lab.run(1_000);
    expect(sent(lab.node(1))).toEqual([false, true]);
    expect(lab.node(2).seen('deliver')).toMatchObject([{ message: renewed, snapshot: 1 }]);
    // It was the last acknowledgement that was lost. The first chunk finds that out.
    const acknowledged = offsets()[before - 1] ?? 0;
    expect(acknowledged).toBeGreaterThan(0);
    expect(offsets().slice(before, before + 2)).toEqual([0, acknowledged + snapshotChunkBytes]);
  });

  it('begins anew when what the receiver had is too old to be kept', () => {
    const { lab, offsets } = transferLab(
      (_frame, { scheduler }) => scheduler.nowMs < 124.5 || scheduler.nowMs > 30_000,
    );
    lab.node(1).do([sendTo('n2')]);
    lab.run(10);
    lab.node(2).host.peerDown('n1');
    lab.run(snapshotKeptMs + 1_000);
    lab.node(2).host.peerUp('n1');
    const before = offsets().length;
    lab.node(1).do([sendTo('n2')]);
    lab.run(1_000);
    expect(offsets().slice(before, before + 2)).toEqual([0, snapshotChunkBytes]);
    expect(arrived(lab.node(2))).toEqual([1]);
  });

  it('begins anew when there is a newer snapshot by then', () => {
    const { lab, offsets } = transferLab(
      (_frame, { scheduler }) => scheduler.nowMs < 124.5 || scheduler.nowMs > 30_000,
    );
    lab.node(1).do([sendTo('n2')]);
    lab.run(30_000);
    lab.node(1).do([{ type: 'takeSnapshot', index: entries, meta: { reign: 1 }, ops: [] }]);
    lab.run(20);
    const before = offsets().length;
    lab.node(1).do([sendTo('n2')]);
    lab.run(1_000);
    expect(offsets().slice(before, before + 2)).toEqual([0, snapshotChunkBytes]);
  });

  it('begins anew when the receiver has restarted', () => {
    const { lab, offsets } = transferLab();
    lab.node(1).do([sendTo('n2')]);
    lab.run(3);
    lab.node(2).crash();
    lab.node(2).boot();
    lab.startRun(lab.node(2));
    lab.run(5_000);
    expect(offsets().filter((offset) => offset === 0)).toHaveLength(2);
    expect(arrived(lab.node(2))).toEqual([1]);
    expect(sent(lab.node(1))).toEqual([true]);
  });

  it('is not taken for the one that its sender had begun before it restarted', () => {
    const { lab } = transferLab();
    lab.node(1).do([sendTo('n2')]);
    lab.run(3);
    lab.node(1).crash();
    lab.node(1).disk.lose();
    lab.node(1).boot();
    lab.startRun(lab.node(1));
    lab.run(20);
    fill(lab.node(1), 'y');
    lab.run(20);
    lab.node(1).do([sendTo('n2')]);
    lab.run(5_000);
    lab.node(2).do([install(1)]);
    lab.run(20);
    expect(digest(lab.node(2))).toBe(digest(lab.node(1)));
  });

  it('is given up when nothing comes back, and the Process is told', () => {
    const { lab, offsets } = transferLab(() => false);
    lab.node(1).do([sendTo('n2')]);
    lab.run(snapshotRetryMs * snapshotRetriesMax);
    expect(sent(lab.node(1))).toEqual([]);
    lab.run(2 * snapshotRetryMs);
    expect(sent(lab.node(1))).toEqual([false]);
    expect(offsets()).toHaveLength(snapshotRetriesMax + 1);
  });

  it('does not multiply when its frames are duplicated', () => {
    const { lab, offsets } = transferLab();
    for (const node of lab.nodes) {
      node.host.setFaults(labRun, [
        { id: 'f', fault: parseFault({ kind: 'duplicate', from: '*', to: '*' }) },
      ]);
    }
    lab.node(1).do([sendTo('n2')]);
    lab.run(5_000);
    expect(arrived(lab.node(2))).toEqual([1]);
    expect(offsets().length).toBe(2 * new Set(offsets()).size);
  });

  it('gives way to a newer one to the same node', () => {
    const { lab } = transferLab();
    lab.node(1).do([sendTo('n2'), sendTo('n2')]);
    lab.run(5_000);
    expect(arrived(lab.node(2))).toEqual([1]);
    expect(sent(lab.node(1))).toEqual([true]);
  });

  it('waits in a pause like a message, and a cut takes it', () => {
    const { lab } = transferLab();
    lab.node(2).host.setPace(1, true);
    lab.node(1).do([sendTo('n2')]);
    lab.run(500);
    expect(arrived(lab.node(2))).toEqual([]);
    lab
      .node(2)
      .host.setFaults(labRun, [{ id: 'f', fault: parseFault({ kind: 'cut', from: 'n1', to: 'n2' }) }]);
    lab.node(2).host.setPace(1, false);
    lab.run(500);
    expect(arrived(lab.node(2))).toEqual([]);
  });

  it.each([
    ['its sender is', [1]],
    ['its receiver is', [2]],
    ['both are', [1, 2]],
  ])('does not move while %s paused, and goes on to its end afterwards', (_who, paused) => {
    const { lab, frames, offsets } = transferLab(undefined, { transitMs: 5 });
    lab.node(1).do([sendTo('n2')]);
    lab.run(12);
    for (const number of paused) lab.node(number).host.setPace(1, true);
    // What is under way already reaches the other node, and waits there or is answered once.
    lab.run(10);
    const moved = frames.length;
    expect(offsets().length).toBeLessThan(4);
    lab.run(20 * snapshotRetryMs);
    const repeated = frames.slice(moved).filter((frame) => frame.kind === 'snapshotChunk');
    expect(new Set(repeated.map(({ offset }) => offset)).size).toBeLessThanOrEqual(
      paused.includes(1) ? 0 : 1,
    );
    expect(frames.slice(moved).filter(({ kind }) => kind === 'snapshotAck')).toEqual([]);
    expect(arrived(lab.node(2))).toEqual([]);
    for (const number of paused) lab.node(number).host.setPace(1, false);
    if (!paused.includes(1)) lab.node(1).do([sendTo('n2')]);
    lab.run(500);
    expect(arrived(lab.node(2))).toEqual([1]);
    expect(sent(lab.node(1)).at(-1)).toBe(true);
  });

  it('takes as much longer in slow motion as everything else', () => {
    const { lab } = transferLab();
    for (const node of lab.nodes) node.host.setPace(1 / 40, false);
    lab.node(1).do([sendTo('n2')]);
    const begun = lab.node(1).seen('snapshotSent').length;
    lab.run(40 * 25 + 40 * 6);
    expect(lab.node(1).seen('snapshotSent')).toHaveLength(begun);
    expect(arrived(lab.node(2))).toEqual([]);
    lab.run(10_000);
    expect(arrived(lab.node(2))).toEqual([1]);
  });

  it.each([100, 60_000])('is delayed chunk by chunk, and gets through a delay of %i ms', (ms) => {
    const { lab } = transferLab();
    const there = parseFault({ kind: 'delay', from: 'n1', to: 'n2', ms });
    const back = parseFault({ kind: 'delay', from: 'n2', to: 'n1', ms });
    const faults = [
      { id: 'there', fault: there },
      { id: 'back', fault: back },
    ];
    for (const node of lab.nodes) node.host.setFaults(labRun, faults);
    lab.node(1).do([sendTo('n2')]);
    lab.run(7 * Math.min(ms, snapshotRetryMs));
    expect(arrived(lab.node(2))).toEqual([]);
    lab.run(2 * snapshotRetryMs);
    expect(arrived(lab.node(2))).toEqual([1]);
  });

  it('is refused while its receiver still holds as many as it may', () => {
    const { lab } = transferLab();
    for (let i = 0; i <= snapshotsHeldMax; i++) {
      lab.node(1).do([sendTo('n2')]);
      lab.run(500);
    }
    expect(sent(lab.node(1))).toEqual([...Array.from({ length: snapshotsHeldMax }, () => true), false]);
    lab.node(2).do([{ type: 'discardSnapshot', snapshot: 1 }]);
    lab.node(1).do([sendTo('n2')]);
    lab.run(500);
    expect(sent(lab.node(1)).at(-1)).toBe(true);
  });
});

describe('snapshots that are begun and never finished', () => {
  const begin = (lab: Lab, from: string, fields: Partial<Extract<Frame, { kind: 'snapshotChunk' }>> = {}) =>
    lab.node(1).receive(
      from,
      encodeFrame({
        kind: 'snapshotChunk',
        run: labRun,
        to: 'server',
        transfer: 1,
        offset: 0,
        total: 2 * snapshotChunkBytes,
        data: new Uint8Array(snapshotChunkBytes),
        announcement,
        ...fields,
      }),
    );
  const others = Array.from({ length: snapshotsHeldMax + 1 }, (_, i) => `n${i + 2}`);
  /** The answers that node 1 gives: to whom, and whether it takes the snapshot. */
  const labOfAnswers = () => {
    const answers: (readonly [to: string, ok: boolean])[] = [];
    const passes = (_from: string, to: string, bytes: Uint8Array): boolean => {
      const frame = decodeFrame(bytes);
      if (frame.kind === 'snapshotAck') answers.push([to, frame.ok]);
      return true;
    };
    const lab = new Lab({ nodes: snapshotsHeldMax + 2, passes }).start();
    return { lab, answers };
  };

  it('count against what an instance may hold, until their senders have given them up', () => {
    const { lab, answers } = labOfAnswers();
    for (const from of others) begin(lab, from);
    expect(answers).toEqual(others.map((from, i) => [from, i < snapshotsHeldMax]));
    answers.splice(0);
    // A newer one of the same sender takes the place of the older.
    begin(lab, 'n2', { transfer: 2 });
    lab.run(snapshotAbandonedMs + 1);
    for (const from of others.toReversed().slice(0, 2)) begin(lab, from, { transfer: 3 });
    expect(answers).toEqual([
      ['n2', true],
      ['n6', true],
      ['n5', true],
    ]);
  });

  it('make room again when the link to their sender ends', () => {
    const { lab, answers } = labOfAnswers();
    for (const from of others.slice(0, snapshotsHeldMax)) begin(lab, from);
    lab.node(1).host.peerDown('n3');
    begin(lab, 'n6');
    expect(answers.at(-1)).toEqual(['n6', true]);
  });

  it.each([
    ['a client, which has no store', 'n2', { to: 'client' }],
    ['a node from one without a vote, where voters stay the same', 'stranger', {}],
    ['a node in smaller chunks than they are cut into', 'n2', { data: Uint8Array.of(1) }],
  ])('are refused: one to %s', (_what, from, fields) => {
    const { lab, answers } = labOfAnswers();
    begin(lab, from, fields);
    expect(answers).toEqual([[from, false]]);
  });
});

describe('a snapshot that does not hold what it should', () => {
  it('is rejected when it is not of the index that was said, and the store stays as it was', () => {
    const { lab } = transferLab();
    lab.node(1).do([sendTo('n2')]);
    lab.run(100);
    const before = digest(lab.node(2));
    lab.node(2).do([install(1, entries + 1)]);
    lab.run(20);
    expect(lab.node(2).seen('snapshotRejected')).toHaveLength(1);
    expect(lab.node(2).seen('snapshotInstalled')).toEqual([]);
    expect(digest(lab.node(2))).toBe(before);
    expect(lab.node(2).failures).toEqual([]);
  });

  it('is rejected when it is garbage', () => {
    const { lab } = transferLab();
    const chunk = {
      kind: 'snapshotChunk',
      run: labRun,
      to: 'server',
      transfer: 1,
      offset: 0,
      announcement,
    } as const;
    lab.node(2).receive('n1', encodeFrame({ ...chunk, total: 3, data: Uint8Array.of(1, 2, 3) }));
    lab.run(10);
    lab.node(2).do([install(1)]);
    expect(lab.node(2).seen('snapshotRejected')[0]?.reason).toMatch(/./);
    expect(lab.node(2).failures).toEqual([]);
  });

  it.each([
    ['that claims to be empty', { offset: 0, total: 0, data: new Uint8Array() }],
    ['that claims to be huge', { offset: 0, total: 2 ** 40, data: Uint8Array.of(1) }],
    ['whose chunk is longer than all of it', { offset: 0, total: 1, data: Uint8Array.of(1, 2) }],
    ['whose beginning nobody has seen', { offset: 5, total: 9, data: Uint8Array.of(1) }],
  ])('is never delivered: one %s', (_what, fields) => {
    const { lab } = transferLab();
    const chunk = { kind: 'snapshotChunk', run: labRun, to: 'server', transfer: 1, announcement } as const;
    lab.node(2).receive('n1', encodeFrame({ ...chunk, ...fields }));
    lab.run(10);
    expect(arrived(lab.node(2))).toEqual([]);
    expect(lab.node(2).failures).toEqual([]);
  });
});
