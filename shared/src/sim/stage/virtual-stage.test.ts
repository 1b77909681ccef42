import { describe, expect, test } from 'vitest';
import { type AnyProtocol, AssertionFailed, type Effect } from '../../core/index.js';
import { findProtocol } from '../../registry.js';
import { type Played, parseScript, play } from '../../scenario/index.js';
import { withProcess } from '../testing/index.js';
import { VirtualStage } from './virtual-stage.js';

const raft = findProtocol('raft');
if (raft === null) throw new Error('there is no raft');
const known: AnyProtocol = raft;

/** Plays commands, one a line. */
function played(commands: string, protocol: AnyProtocol = known): Promise<Played> {
  const steps = parseScript(commands).map(({ step }) => step);
  return play(steps, new VirtualStage((name) => (name === protocol.name ? protocol : null)));
}

async function failureOf(commands: string, protocol?: AnyProtocol): Promise<string> {
  const { failure } = await played(commands, protocol);
  if (failure === null) throw new Error('nothing failed');
  return `step ${failure.step + 1}: ${failure.why}`;
}

/** The transcript of the last step of a scenario that must not fail. */
async function lastTranscript(commands: string): Promise<readonly string[]> {
  const { transcripts, failure } = await played(commands);
  expect(failure).toBeNull();
  return transcripts.at(-1) ?? [];
}

/** The protocol with its server's effects changed on their way to the host. */
function broken(change: (effects: readonly Effect<unknown>[]) => Effect<unknown>[]): AnyProtocol {
  return withProcess(known, 'server', (server) => ({
    step: (state, event) => change(server.step(state, event)),
  }));
}

describe('a scenario fails', () => {
  test('when a rule falls, at that step, with the sentence of the rule', async () => {
    const hasty = broken((effects) =>
      effects.map((effect) => {
        if (effect.type !== 'send') return effect;
        const { after: _after, ...rest } = effect;
        return rest;
      }),
    );
    const why = await failureOf('cluster 3 raft\nrun 50ms\nquietly run 1s\nheal', hasty);
    expect(why).toMatch(/^step 3: promise-needs-disk fell at n\d: No server says under a term/);
  });

  test("when a node's own code breaks its own rules", async () => {
    const faulty = broken((effects) => {
      if (effects.some(({ type }) => type === 'commit')) throw new AssertionFailed('two and two are four');
      return [...effects];
    });
    const why = await failureOf('cluster 3 raft\nrun 1s', faulty);
    expect(why).toContain("step 2: own-code fell at n2: A node's own code keeps its own rules.");
    expect(why).toContain('two and two are four');
  });

  test('when stores differ after equal entries', async () => {
    const forgetting = withProcess(known, 'server', (server) => ({
      create: (init) => ({ ...Object(server.create(init)), me: init.self }),
      step: (state, event) =>
        server.step(state, event).map((effect) => {
          const isAtOne = (state as { readonly me: string }).me === 'n1' && effect.type === 'commit';
          return isAtOne
            ? { ...effect, entries: effect.entries.map((entry) => ({ ...entry, command: null })) }
            : effect;
        }),
    }));
    const forgetful: AnyProtocol = {
      ...forgetting,
      createChecker: () => ({ rules: [], afterStep: () => null, afterCrash: () => undefined }),
    };
    const why = await failureOf('cluster 3 raft\nrun until leader\nput /x 1 at 2\nrun 1s', forgetful);
    expect(why).toContain('step 4: equal-stores fell at n1: Equal entries applied give equal stores.');
  });

  test.each([
    ['expect leader', 'expected leader, but nobody leads'],
    ['expect all are leader', 'expected all is leader, but n1 is follower, n2 is follower, n3 is follower'],
    ['expect 2 has reign 3', 'expected 2 has reign 3, but n2 has reign 0'],
    ['expect leader has reign 3', 'but nobody leads now: write run until leader before'],
    ['expect 1 follows 2', 'but n1 follows nobody'],
    ['expect /x = 1 at 3', 'expected /x = 1 at 3, but n3 has no /x'],
    ['expect not /x is absent', 'but n1 has no /x, n2 has no /x, n3 has no /x'],
    ['expect not same log', 'n1 holds no entries beyond 0; n2 holds'],
    ['run until 1 is leader within 20ms', 'waited 20ms for 1 is leader, but n1 is follower'],
    ['run 1s while not leader', 'expected not leader all the while, but at 234ms n2 leads'],
  ])('%s: says what it found instead', async (step, why) => {
    expect(await failureOf(`cluster 3 raft\nquietly run 10ms\n${step}`)).toContain(why);
  });

  test.each([
    ['crash 4', 'there is no node 4: the cluster has 3'],
    ['crash leader', 'nobody leads now: write run until leader before'],
    ['crash nemo', 'nobody is called nemo: write call leader as nemo before'],
    ['crash minority', 'the cluster has no such side now: write partition or isolate before'],
    ['crash all but all', 'all but all is nobody now'],
    ['restart 1', 'n1 is up: only who has crashed can be restarted'],
    ['crash 1 keeping 1 write', "n1 has 0 writes under way: it can't keep 1"],
    ['call 1 2 as pair', '1 2 is n1, n2: name one of them'],
    ['partition 1 2 | 2 3', 'n2 is on two sides: name it once'],
    ['fire heartbeat at 2', 'n2 has no timer heartbeat now: there is election'],
    ['deliver messages', 'no such message is held: none is held at all; write hold before'],
    ['cluster 3 raft', 'there is a cluster already: one for each scenario'],
    ['expect 1 has luck 3', 'nodes of this protocol have no luck: write reign, leader, firstIndex'],
    ['expect wish answered', 'no request is called wish: write as wish after one'],
  ])('%s can not be done: it says why, and what to do', async (step, why) => {
    expect(await failureOf(`cluster 3 raft\nquietly run 10ms\n${step}`)).toContain(`step 3: ${why}`);
  });

  test.each([
    ['cluster 3 raffle', 'there is no protocol raffle: write raft'],
    ['cluster 3 raft {"prevote": true}', 'Raft has no option "prevote": use'],
  ])('%s opens nothing', async (cluster, why) => {
    expect(await failureOf(cluster)).toContain(why);
  });

  test.each(['/x is absent', 'same log', 'same store'])(
    'when nobody is up of whom it could hold: %s',
    async (condition) => {
      const why = await failureOf(`cluster 3 raft\ncrash all\nexpect ${condition}`);
      expect(why).toBe(`step 3: expected ${condition}, but no node is up`);
    },
  );

  test('without a cluster, and does nothing without steps', async () => {
    const stage = new VirtualStage();
    expect((await play([{ type: 'settle' }], stage)).failure?.why).toContain('there is no cluster yet');
    expect(await play([], stage)).toEqual({ transcripts: [], failure: null });
  });

  test('when a write of a node that is down should fail', async () => {
    expect(await failureOf('cluster 3 raft\ncrash 1\nfail write at 1')).toBe(
      'step 3: n1 is down: it writes nothing',
    );
  });

  test('when a node is asked that is down, and when a name is given twice', async () => {
    const down = 'cluster 3 raft\nrun 10ms\ncrash 1\nput /x 1 at 1';
    expect(await failureOf(down)).toBe('step 4: n1 is down: ask another node');
    const twice = 'cluster 3 raft\nrun 10ms\nput /x 1 at 1 as wish\nput /x 2 at 1 as wish';
    expect(await failureOf(twice)).toBe('step 4: a request is called wish already: take another name');
  });

  test('when nothing comes to rest in a minute', async () => {
    const slow = 'cluster 3 raft\nslow disk at 1 to 100s\nfire election at 1\nrun 200ms\nsettle';
    expect(await failureOf(slow)).toContain('messages or writes were still under way after 60000ms');
  });

  test('when it speaks of a kind of message that nobody ever sends: an idle fault is no test', async () => {
    const why = await failureOf('cluster 3 raft\nhold AppendEntires\nrun until leader');
    expect(why).toContain(
      'step 2: nobody ever sent a message of kind AppendEntires: there were AppendEntries,',
    );
  });

  test('in a step that is quiet as well', async () => {
    expect(await failureOf('cluster 3 raft\nquietly expect leader')).toContain('step 2: expected leader');
  });
});

describe('the stage', () => {
  test('tells nothing of a quiet step', async () => {
    const { transcripts } = await played('cluster 3 raft\nquietly run 1s\nrun 1s');
    expect(transcripts.map(({ length }) => length)).toEqual([1, 0, 0]);
  });

  test('holds what it is told to hold, and hands over what it is told to hand over', async () => {
    const held = 'cluster 3 raft\nhold RequestPreVote\nfire election at 1\nsettle\n';
    expect(await lastTranscript(`${held}deliver RequestPreVote to 2`)).toEqual([
      '1ms n1 -> n2: RequestPreVote, delivered',
      '1ms n2: pre-vote-granted (to n1, term 1)',
    ]);
    expect(await failureOf(`${held}deliver RequestPreVote to 2\ndrop RequestPreVote to 2`)).toContain(
      'no such message is held: there are RequestPreVote from n1 to n3',
    );
    expect(await lastTranscript(`${held}drop first messages`)).toEqual([
      '1ms n1 -> n2: RequestPreVote, dropped',
    ]);
  });

  test('keeps a message of which it hands over a copy', async () => {
    const held = 'cluster 3 raft\nhold RequestPreVote\nfire election at 1\nsettle\ncopy messages to 2\n';
    expect(await lastTranscript(`${held}deliver messages to 2`)).toEqual([
      '1ms n1 -> n2: RequestPreVote, delivered',
      '1ms n2: pre-vote-granted (to n1, term 1)',
    ]);
  });

  test('releases a part, and holds the rest', async () => {
    const held =
      'cluster 3 raft\nhold messages\nfire election at 1\nsettle\nrelease messages to 2 1\nsettle\n';
    expect(await failureOf(`${held}drop RequestPreVote to 2`)).toContain(
      'there are RequestPreVote from n1 to n3, RequestVote from n1 to n3',
    );
  });

  test('counts what cuts take, and cuts one way where it is told to', async () => {
    const oneWay = 'cluster 3 raft\ncut 1 -> 2 3\nfire election at 1\nsettle\n';
    expect(await lastTranscript(`${oneWay}heal`)).toEqual(['1ms cuts: took 2 messages']);
    const other = 'cluster 3 raft\ncut 2 3 -> 1\nfire election at 1\nsettle\nheal';
    expect(await lastTranscript(other)).toEqual(['1ms cuts: took 2 messages']);
  });

  test('keeps cuts over a restart', async () => {
    const lines = await lastTranscript(
      'cluster 3 raft\nrun 10ms\nisolate 1\ncrash 1\nrestart 1\nrun 10ms\nfire election at 1\nsettle',
    );
    expect(lines).toEqual([]);
  });

  test('lets a majority and a minority be named as long as they are apart', async () => {
    const lines = await lastTranscript('cluster 5 raft\npartition 2 4\ncrash minority\nrestart down');
    expect(lines).toEqual(['0ms n2 n4: is follower, reign 0']);
    const healed = 'cluster 5 raft\npartition 2 4\nheal\ncrash minority';
    expect(await failureOf(healed)).toContain('the cluster has no such side now');
  });

  test('crashes a node whose disk fails, and calls that no broken rule', async () => {
    const lines = await lastTranscript(
      'cluster 3 raft\nrun 10ms\nfail write at 1\nfire election at 1\nrun 400ms',
    );
    expect(lines.some((line) => line.includes('n1: crashes: its disk could not write'))).toBe(true);
  });

  test('shows messages of the kinds that it is told to show', async () => {
    const lines = await lastTranscript(
      'cluster 3 raft\nshow RequestPreVoteResponse\nfire election at 1\nrun 3ms',
    );
    expect(lines).toContain('1ms n2 n3 -> n1: RequestPreVoteResponse, yes');
    expect(lines.some((line) => line.includes('-> n2'))).toBe(false);
  });

  test('answers requests with what became of them', async () => {
    const lines = await lastTranscript(
      'cluster 3 raft\nfire election at 1\nrun until leader\nput /x 1 at 1\nrun 50ms\n' +
        'put /x 2 if version 7 at 1 as late\ncas /x from 1 to 3 at 1\ndelete /y at 1\nget /x at 1\nlist / at 1\nrun 50ms',
    );
    const answers = lines.filter((line) => line.includes('is answered')).map((line) => line.split('n1: ')[1]);
    expect(answers.sort()).toEqual([
      'cas /x from 1 to 3 is answered: version 2',
      'delete /y is answered: there was none',
      'get /x is answered: 1, version 1',
      'late is answered: not done: version-mismatch, 1 at version 1',
      'list / is answered: /x',
    ]);
  });

  test('tells an answer after what it came of', async () => {
    const lines = await lastTranscript(
      'cluster 3 raft\nfire election at 1\nrun 200ms\nput /x 1 at 1\nrun 50ms',
    );
    const [applied, answered] = [': applies 3', 'put /x 1 is answered'].map((what) =>
      lines.findIndex((line) => line.includes(what)),
    );
    expect(applied).toBeGreaterThanOrEqual(0);
    expect(answered).toBe((applied ?? 0) + 1);
  });

  test('draws other election timeouts from another seed', async () => {
    const first = await played('cluster 3 raft seed 1\nrun until leader');
    const second = await played('cluster 3 raft seed 2\nrun until leader');
    expect(first.transcripts).not.toEqual(second.transcripts);
  });
});
