import { describe, expect, it } from 'vitest';
import { type DiskOp, type Effect, emptyDisk, type ProcessEvent } from '../../core/index.js';
import { nullDigest } from './digests.js';
import { PbftChecker } from './invariants.js';
import type { Batch, PbftMessage, PreparedCertificate, StableCheckpoint } from './messages.js';
import { parseOptions } from './options.js';
import { pbftReplica } from './replica.js';
import { slotAt } from './slots.js';
import { nothingStable, type PbftState } from './state.js';
import { certificate, prePrepare, prepare, proposal, request, signed, viewChange } from './testing/index.js';

const voters = ['r0', 'r1', 'r2', 'r3'];
const options = parseOptions({ checkpointInterval: 4, window: 8 });
const a: Batch = [request('a', 1)];
const b: Batch = [request('b', 1)];
const tick: ProcessEvent<PbftMessage> = { type: 'timeout', now: 1, timer: 'status' };

/** A checker with four replicas that have just started; each test then shows it steps that break one rule. */
class Watched {
  readonly checker = new PbftChecker(voters, options);
  readonly #states = new Map<string, PbftState>();
  #write = 0;

  constructor() {
    for (const self of voters) {
      this.#states.set(self, pbftReplica.create({ self, run: 'run', voters, options, seed: 1 }));
      this.see(self, { type: 'start', now: 1, disk: emptyDisk });
    }
  }

  state(node: string): PbftState {
    const state = this.#states.get(node);
    if (state === undefined) throw new Error(`there is no ${node}`);
    return state;
  }

  /** The rule that falls with this step, or null. */
  see(node: string, event = tick, effects: readonly Effect<PbftMessage>[] = []): string | null {
    return this.checker.afterStep(node, this.state(node), event, effects)?.rule ?? null;
  }

  says(node: string, message: PbftMessage): string | null {
    return this.see(node, tick, [{ type: 'send', to: 'r0', message }]);
  }

  /** Writes, and makes it durable. */
  writes(node: string, key: string, value: unknown): string | null {
    this.#write += 1;
    const ops: DiskOp[] = [{ kind: 'set', key, value }];
    const found = this.see(node, tick, [{ type: 'persist', write: this.#write, ops }]);
    return found ?? this.see(node, { type: 'persisted', now: 1, write: this.#write });
  }

  accepts(node: string, batch: Batch, view = 0, sequence = 1): string | null {
    this.state(node).view = Math.max(view, this.state(node).view);
    const message = prePrepare(voters[view % 4] ?? '', view, sequence, batch);
    slotAt(this.state(node), sequence).accepted = message.prePrepare;
    return this.writes(node, `accepted/${sequence % 8}`, { prePrepare: message.prePrepare, batch });
  }

  prepares(node: string, made: PreparedCertificate): string | null {
    slotAt(this.state(node), made.prePrepare.body.sequence).prepared = made;
    return this.writes(node, `prepared/${made.prePrepare.body.sequence % 8}`, made);
  }

  /** All accept it, and these hold the certificate. */
  commits(batch: Batch, ...holders: readonly string[]): string | null {
    for (const node of voters) this.accepts(node, batch);
    let found: string | null = null;
    for (const node of holders)
      found ??= this.prepares(node, certificate('r0', ['r1', 'r2'], proposal(0, 1, batch)));
    return found;
  }
}

const both = proposal(0, 1, a);

describe('the checker', () => {
  it('is content with a batch that all accept and three hold', () => {
    expect(new Watched().commits(a, 'r0', 'r1', 'r2')).toBeNull();
  });

  it('finds two batches that prepare in one view', () => {
    const watched = new Watched();
    watched.checker.lies('r0');
    watched.checker.lies('r2');
    watched.accepts('r1', a);
    watched.accepts('r3', b);
    expect(watched.prepares('r1', certificate('r0', ['r1', 'r2'], both))).toBeNull();
    expect(watched.prepares('r3', certificate('r0', ['r2', 'r3'], proposal(0, 1, b)))).toBe('one-prepared');
  });

  it.each([
    ['too few', certificate('r0', ['r1'], both)],
    ['one twice', certificate('r0', ['r1', 'r1'], both)],
    ['no primary', certificate('r3', ['r1', 'r2'], both)],
    [
      'another batch',
      {
        ...certificate('r0', ['r1'], both),
        prepares: [prepare('r1', both), prepare('r2', proposal(0, 1, b))],
      },
    ],
  ])('finds a certificate by %s', (_what, made) => {
    const watched = new Watched();
    for (const node of voters) watched.accepts(node, a);
    expect(watched.prepares('r1', made)).toBe('prepared-needs-quorum');
  });

  it('finds a certificate by a word that was not given', () => {
    const watched = new Watched();
    for (const node of ['r0', 'r1']) watched.accepts(node, a);
    expect(watched.prepares('r1', certificate('r0', ['r1', 'r2'], both))).toBe('prepared-needs-quorum');
  });

  it('finds who accepts two batches in one view, and from whom', () => {
    const watched = new Watched();
    expect(watched.accepts('r1', a)).toBeNull();
    expect(watched.accepts('r1', b)).toBe('no-contradiction');
    const other = { prePrepare: prePrepare('r2', 0, 2, a).prePrepare, batch: a };
    expect(watched.writes('r3', 'accepted/2', other)).toBe('primary-alone-proposes');
  });

  it('finds what is accepted outside the window', () => {
    expect(new Watched().accepts('r1', a, 0, 9)).toBe('watermarks');
    const watched = new Watched();
    watched.state('r1').stable = { sequence: 3, digest: 'd', proof: [] };
    expect(watched.see('r1')).toBe('watermarks');
  });

  it('finds a view in which something else is accepted than has committed', () => {
    const watched = new Watched();
    watched.commits(a, 'r0', 'r1', 'r2');
    expect(watched.accepts('r3', a, 1)).toBeNull();
    expect(watched.accepts('r2', b, 1)).toBe('committed-survives');
  });

  it('finds it as well when the later view was first', () => {
    const watched = new Watched();
    watched.commits(a, 'r0', 'r1');
    watched.accepts('r3', b, 1);
    expect(watched.prepares('r2', certificate('r0', ['r1', 'r2'], both))).toBe('committed-survives');
  });

  const begun = (digest: string, ...signers: readonly string[]) => ({
    newView: signed('r1', 'new-view', {
      view: 1,
      viewChanges: [],
      prePrepares: [signed('r1', 'pre-prepare', { view: 1, sequence: 1, digest })],
    }),
    viewChanges: signers.map((signer) => viewChange(signer, 1, [certificate('r0', ['r1', 'r2'], both)])),
  });

  it.each([
    ['too few view changes', begun(both.digest, 'r1', 'r2')],
    ['another batch than prepared', begun(nullDigest, 'r1', 'r2', 'r3')],
    [
      'one pre-prepare too few',
      {
        ...begun(both.digest, 'r1', 'r2', 'r3'),
        newView: signed('r1', 'new-view', { view: 1, viewChanges: [], prePrepares: [] }),
      },
    ],
  ])('finds a view that begins with %s', (_what, value) => {
    expect(new Watched().writes('r1', 'newView', value)).toBe('new-view-as-demanded');
    expect(new Watched().writes('r1', 'newView', begun(both.digest, 'r1', 'r2', 'r3'))).toBeNull();
  });

  it('finds a view change that tells less than the disk holds', () => {
    const watched = new Watched();
    watched.commits(a, 'r1');
    watched.state('r1').view = 1;
    watched.writes('r1', 'view', { view: 1, isActive: false });
    expect(watched.says('r1', { type: 'viewChange', viewChange: viewChange('r1', 1) })).toBe(
      'view-change-tells-all',
    );
    const whole = viewChange('r1', 1, [certificate('r0', ['r1', 'r2'], both)]);
    expect(watched.says('r1', { type: 'viewChange', viewChange: whole })).toBeNull();
  });

  it('finds words of a view that was left, and words that no disk holds', () => {
    const watched = new Watched();
    expect(watched.says('r1', { type: 'prepare', prepare: prepare('r1', both) })).toBe('promise-needs-disk');
    expect(watched.says('r1', { type: 'commit', ...both })).toBe('promise-needs-disk');
    watched.accepts('r1', a);
    expect(watched.says('r1', { type: 'prepare', prepare: prepare('r1', both) })).toBeNull();
    watched.state('r1').isActive = false;
    expect(watched.says('r1', { type: 'prepare', prepare: prepare('r1', both) })).toBe('left-view');
  });

  it('finds a view that goes back, across a crash too', () => {
    const watched = new Watched();
    watched.state('r1').view = 2;
    watched.writes('r1', 'view', { view: 2, isActive: false });
    watched.checker.afterCrash('r1');
    watched.state('r1').view = 1;
    const disk = { ...emptyDisk, values: { view: { view: 2, isActive: false } } };
    expect(watched.see('r1', { type: 'start', now: 2, disk })).toBe('view-never-back');
  });

  const executes = (
    watched: Watched,
    node: string,
    batch: Batch,
    voices: readonly string[],
  ): string | null => {
    const state = watched.state(node);
    const body = proposal(0, 1, batch);
    for (const voice of voices) slotAt(state, 1).commits[voice] = { view: 0, digest: body.digest };
    state.executing.push({
      sequence: 1,
      requests: batch,
      ownAnswers: {},
      results: [],
      entries: 1,
      isAnswered: false,
    });
    state.handed = 1;
    state.handedIndex = 1;
    return watched.see(node, tick, [{ type: 'commit', entries: [{ index: 1, reign: 0, command: null }] }]);
  };

  it('finds what is executed without a quorum of commits, or by commits without certificates', () => {
    const watched = new Watched();
    watched.commits(a, 'r0', 'r1', 'r2');
    expect(executes(watched, 'r1', a, ['r0', 'r1'])).toBe('commit-needs-quorum');
    const other = new Watched();
    other.commits(a, 'r0', 'r1');
    expect(executes(other, 'r1', a, ['r0', 'r1', 'r2'])).toBe('commit-needs-quorum');
    const good = new Watched();
    good.commits(a, 'r0', 'r1', 'r2');
    expect(executes(good, 'r1', a, ['r0', 'r1', 'r2'])).toBeNull();
  });

  it('finds two replicas that execute different batches, or at different entries', () => {
    const watched = new Watched();
    watched.commits(a, 'r0', 'r1', 'r2');
    executes(watched, 'r1', a, ['r0', 'r1', 'r2']);
    const state = watched.state('r2');
    for (const voice of ['r0', 'r1', 'r2'])
      slotAt(state, 1).commits[voice] = { view: 0, digest: both.digest };
    state.executing.push({
      sequence: 1,
      requests: a,
      ownAnswers: {},
      results: [],
      entries: 2,
      isAnswered: false,
    });
    state.handed = 1;
    state.handedIndex = 2;
    const entries = [1, 2].map((index) => ({ index, reign: 0, command: null }));
    expect(watched.see('r2', tick, [{ type: 'commit', entries }])).toBe('agreement');
  });

  it('finds entries that leave one out', () => {
    const watched = new Watched();
    const entries = [{ index: 2, reign: 0, command: null }];
    expect(watched.see('r1', tick, [{ type: 'commit', entries }])).toBe('executed-in-order');
  });

  it('finds what is executed tentatively without a certificate', () => {
    const watched = new Watched();
    watched.commits(a, 'r0');
    const state = watched.state('r1');
    state.tentative = {
      sequence: 1,
      view: 0,
      digest: both.digest,
      requests: a,
      ownAnswers: {},
      results: [],
      entries: 1,
      isAnswered: false,
    };
    const execute = { type: 'execute', entries: [{ index: 1, reign: 0, command: null }] } as const;
    expect(watched.see('r1', tick, [execute])).toBe('tentative-needs-certificate');
    watched.prepares('r1', certificate('r0', ['r1', 'r2'], both));
    expect(watched.see('r1', tick, [execute])).toBeNull();
  });

  const checkpoint = { sequence: 4, digest: 'd'.repeat(64) };
  const provenBy = (...signers: readonly string[]): StableCheckpoint => ({
    ...checkpoint,
    proof: signers.map((signer) => signed(signer, 'checkpoint', checkpoint)),
  });

  it('finds a checkpoint that too few make stable, and a state that too few prove', () => {
    const watched = new Watched();
    expect(watched.writes('r1', 'stable', provenBy('r1', 'r2', 'r2'))).toBe('stable-needs-quorum');
    expect(watched.writes('r1', 'stable', provenBy('r1', 'r2', 'r3'))).toBeNull();
    const meta = { sequence: 4, index: 4, sessions: [] };
    const install = { type: 'installSnapshot', snapshot: 1, index: 4, meta, ops: [] } as const;
    watched.state('r3').installing = { checkpoint: provenBy('r1', 'r1'), meta };
    expect(watched.see('r3', tick, [install])).toBe('stable-needs-quorum');
    watched.state('r3').installing = { checkpoint: provenBy('r1', 'r2'), meta };
    expect(watched.see('r3', tick, [install])).toBeNull();
  });

  it('finds a checkpoint before its snapshot is durable, and one that differs from another’s', () => {
    const watched = new Watched();
    const states = (node: string, digest: string): string | null =>
      watched.says(node, {
        type: 'checkpoint',
        checkpoints: [signed(node, 'checkpoint', { ...checkpoint, digest })],
      });
    expect(states('r1', checkpoint.digest)).toBe('promise-needs-disk');
    const meta = { sequence: 4, index: 4, sessions: [] };
    for (const node of ['r1', 'r2']) {
      watched.see(node, tick, [{ type: 'takeSnapshot', index: 4, meta, ops: [] }]);
      watched.see(node, { type: 'snapshotTaken', now: 1, index: 4, digest: 'x' });
    }
    expect(states('r1', checkpoint.digest)).toBeNull();
    expect(states('r2', 'e'.repeat(64))).toBe('equal-checkpoints');
  });

  it('asks nothing of who lies', () => {
    const watched = new Watched();
    watched.checker.lies('r3');
    watched.state('r3').stable = { ...nothingStable, sequence: 3 };
    expect(watched.see('r3')).toBeNull();
    expect(watched.accepts('r3', b)).toBeNull();
  });
});
