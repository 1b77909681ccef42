import { describe, expect, it } from 'vitest';
import type { Json } from '../store/index.js';
import { HistoryError, type OperationLine } from './history.js';
import { checkLinearizability } from './linearizability.js';

type Written = {
  readonly f: OperationLine['f'];
  readonly key: string;
  readonly value?: Json;
  readonly ifVersion?: number;
};
type Came = { readonly type: 'ok' | 'fail' | 'info'; readonly found?: Json } | 'open';

/** One operation as it is written in the tests below: from when until when, by whom, what, and what came of it. */
type Told = {
  readonly by: string;
  readonly from: number;
  readonly until: number;
  readonly asked: Written;
  readonly came: Came;
};

const ok = (found?: Json): Came => (found === undefined ? { type: 'ok' } : { type: 'ok', found });
const fail: Came = { type: 'fail' };
const info: Came = { type: 'info' };
const put = (key: string, value: Json, ifVersion?: number): Written => ({
  f: 'put',
  key,
  value,
  ...(ifVersion === undefined ? {} : { ifVersion }),
});
const remove = (key: string, ifVersion?: number): Written => ({
  f: 'delete',
  key,
  ...(ifVersion === undefined ? {} : { ifVersion }),
});
const cas = (key: string, from: Json, to: Json): Written => ({ f: 'cas', key, value: [from, to] });
const get = (key: string): Written => ({ f: 'get', key });
const list = (key: string): Written => ({ f: 'list', key });

function tell(by: string, from: number, until: number, asked: Written, came: Came = ok()): Told {
  return { by, from, until, asked, came };
}

function historyOf(told: readonly Told[]): OperationLine[] {
  const lines: OperationLine[] = [];
  told.forEach(({ by, from, until, asked, came }, at) => {
    const { f, key, value = null, ifVersion } = asked;
    const line = (type: OperationLine['type'], shown: Json, timeMs: number): OperationLine => ({
      op: at + 1,
      process: by,
      type,
      f,
      key,
      value: shown,
      ...(ifVersion === undefined ? {} : { ifVersion }),
      timeMs,
    });
    lines.push(line('invoke', value, from));
    if (came !== 'open')
      lines.push(line(came.type, came.type === 'ok' && came.found !== undefined ? came.found : value, until));
  });
  return lines;
}

const verdictOf = (...told: readonly Told[]): string => checkLinearizability(historyOf(told)).verdict;

describe('a history that some order explains is linearizable', () => {
  it('when nothing happened at all', () => {
    expect(verdictOf()).toBe('linearizable');
  });

  it('when one process does one thing after the other', () => {
    expect(
      verdictOf(
        tell('p', 0, 1, get('/a'), ok(null)),
        tell('p', 2, 3, put('/a', 1)),
        tell('p', 4, 5, get('/a'), ok(1)),
        tell('p', 6, 7, cas('/a', 1, { b: 2, a: 1 })),
        tell('p', 8, 9, cas('/a', { a: 1, b: 2 }, 3)),
        tell('p', 10, 11, cas('/a', 4, 5), fail),
        tell('p', 12, 13, remove('/a')),
        tell('p', 14, 15, get('/a'), ok(null)),
      ),
    ).toBe('linearizable');
  });

  it('when two reads beside a write see it and then not, by different processes at once', () => {
    expect(
      verdictOf(
        tell('w', 0, 10, put('/a', 1)),
        tell('p', 1, 5, get('/a'), ok(1)),
        tell('q', 2, 6, get('/a'), ok(null)),
      ),
    ).toBe('linearizable');
  });

  it('when a write of unknown outcome takes effect long after it was given up', () => {
    expect(
      verdictOf(
        tell('w', 0, 1, put('/a', 1), info),
        tell('p', 2, 3, get('/a'), ok(null)),
        tell('p', 4, 5, put('/a', 2)),
        tell('p', 6, 7, get('/a'), ok(1)),
      ),
    ).toBe('linearizable');
  });

  it('when a write that never completed never took effect', () => {
    expect(verdictOf(tell('w', 0, 0, put('/a', 1), 'open'), tell('p', 2, 3, get('/a'), ok(null)))).toBe(
      'linearizable',
    );
  });

  it('when versions count from one, and anew after a deletion', () => {
    expect(
      verdictOf(
        tell('p', 0, 1, put('/a', 1, 0)),
        tell('p', 2, 3, put('/a', 2, 1)),
        tell('p', 4, 5, put('/a', 3, 1), fail),
        tell('p', 6, 7, remove('/a', 2)),
        tell('p', 8, 9, put('/a', 4, 0)),
        tell('p', 10, 11, put('/a', 5, 1)),
      ),
    ).toBe('linearizable');
  });

  it('when a refused write had no condition: it was refused for another reason and changed nothing', () => {
    expect(verdictOf(tell('p', 0, 1, put('/a', 1), fail), tell('p', 2, 3, get('/a'), ok(null)))).toBe(
      'linearizable',
    );
  });

  it('when a listing sees all of one moment', () => {
    expect(
      verdictOf(
        tell('p', 0, 1, put('/a/x', 1)),
        tell('p', 2, 10, put('/a/y/z', null)),
        tell('q', 3, 4, list('/a'), ok(['/a/x', '/a/y'])),
        tell('q', 5, 6, list('/'), ok(['/a'])),
        tell('q', 7, 8, list('/b'), ok([])),
      ),
    ).toBe('linearizable');
  });

  it('when operations of the same moment on different clocks are taken as concurrent', () => {
    expect(verdictOf(tell('p', 0, 5, put('/a', 1)), tell('q', 5, 6, get('/a'), ok(null)))).toBe(
      'linearizable',
    );
  });

  it('when a reopened tab numbers its operations anew and leaves an old one open', () => {
    const lines = historyOf([tell('p', 0, 0, put('/a', 1), 'open'), tell('p', 5, 6, get('/a'), ok(1))]);
    expect(checkLinearizability(lines.map((line) => ({ ...line, op: 1 }))).verdict).toBe('linearizable');
  });
});

describe('a history that no order explains is violated', () => {
  it('by a stale read', () => {
    expect(
      verdictOf(
        tell('p', 0, 1, put('/a', 1)),
        tell('p', 2, 3, put('/a', 2)),
        tell('q', 4, 5, get('/a'), ok(1)),
      ),
    ).toBe('violated');
  });

  it('by a lost update', () => {
    expect(verdictOf(tell('p', 0, 1, put('/a', 1)), tell('q', 2, 3, get('/a'), ok(null)))).toBe('violated');
  });

  it('by a command that was applied twice', () => {
    expect(
      verdictOf(
        tell('p', 0, 1, put('/a', 1)),
        tell('q', 2, 3, put('/a', 2)),
        tell('q', 4, 5, get('/a'), ok(2)),
        tell('q', 6, 7, get('/a'), ok(1)),
      ),
    ).toBe('violated');
  });

  it('by a command of unknown outcome that was applied twice', () => {
    expect(
      verdictOf(
        tell('w', 0, 1, put('/a', 1), info),
        tell('p', 2, 3, get('/a'), ok(1)),
        tell('p', 4, 5, put('/a', 2)),
        tell('p', 6, 7, get('/a'), ok(2)),
        tell('p', 8, 9, get('/a'), ok(1)),
      ),
    ).toBe('violated');
  });

  it('by a read from the future', () => {
    expect(verdictOf(tell('q', 0, 1, get('/a'), ok(1)), tell('p', 2, 3, put('/a', 1)))).toBe('violated');
  });

  it('by a read of what nobody wrote', () => {
    expect(verdictOf(tell('p', 0, 3, put('/a', 1)), tell('q', 1, 2, get('/a'), ok(9)))).toBe('violated');
  });

  it('by reads that go back', () => {
    expect(
      verdictOf(
        tell('w', 0, 10, put('/a', 1)),
        tell('p', 1, 2, get('/a'), ok(1)),
        tell('q', 3, 4, get('/a'), ok(null)),
      ),
    ).toBe('violated');
  });

  it('by two processes that both won the same compare-and-set', () => {
    expect(
      verdictOf(
        tell('p', 0, 1, put('/a', 0)),
        tell('p', 2, 5, cas('/a', 0, 1)),
        tell('q', 2, 5, cas('/a', 0, 2)),
      ),
    ).toBe('violated');
  });

  it('by a compare-and-set that was refused where it had to match', () => {
    expect(verdictOf(tell('p', 0, 1, put('/a', 1)), tell('p', 2, 3, cas('/a', 1, 2), fail))).toBe('violated');
  });

  it('by two processes that both created a path', () => {
    expect(verdictOf(tell('p', 0, 3, put('/a', 1, 0)), tell('q', 0, 3, put('/a', 2, 0)))).toBe('violated');
  });

  it('by a deletion at a version that was long over', () => {
    expect(
      verdictOf(
        tell('p', 0, 1, put('/a', 1)),
        tell('p', 2, 3, put('/a', 2)),
        tell('q', 4, 5, remove('/a', 1)),
      ),
    ).toBe('violated');
  });

  it('by a listing that mixes two moments, though each of its paths alone would be fine', () => {
    expect(
      verdictOf(
        tell('p', 0, 1, put('/a', 1)),
        tell('q', 2, 20, list('/'), ok(['/b'])),
        tell('p', 3, 4, put('/b', 1)),
        tell('p', 5, 6, put('/c', 1)),
        tell('p', 7, 8, remove('/a')),
      ),
    ).toBe('violated');
  });

  it('by a listing that shows a path nobody wrote, or leaves one out', () => {
    expect(verdictOf(tell('p', 0, 1, list('/'), ok(['/ghost'])))).toBe('violated');
    expect(verdictOf(tell('p', 0, 1, put('/a/b', 1)), tell('p', 2, 3, list('/a'), ok([])))).toBe('violated');
  });

  it('even when it is one path among many fine ones, and says which and why', () => {
    const told = [
      ...Array.from({ length: 5 }, (_, i) => tell('p', 10 * i, 10 * i + 1, put(`/fine/${i}`, i))),
      tell('p', 60, 61, put('/bad', 1)),
      tell('q', 62, 63, get('/bad'), ok('old')),
    ];
    const verdict = checkLinearizability(historyOf(told));
    expect(verdict).toMatchObject({ verdict: 'violated', key: '/bad' });
    if (verdict.verdict !== 'violated') return;
    expect(verdict.why).toBe(
      'get /bad (operation 7 of q) found "old", which no order of the operations explains: by then it held 1',
    );
    expect(verdict.operations.map(({ type }) => type)).toEqual(['invoke', 'ok']);
  });

  it('by events of the same moment where one recorder saw their order', () => {
    const lines = historyOf([tell('p', 0, 5, put('/a', 1)), tell('q', 5, 6, get('/a'), ok(null))]);
    expect(checkLinearizability(lines, { order: 'lines' }).verdict).toBe('violated');
  });

  it('unless the clocks may have been that far apart', () => {
    const lines = historyOf([tell('p', 0, 5, put('/a', 1)), tell('q', 7, 8, get('/a'), ok(null))]);
    expect(checkLinearizability(lines).verdict).toBe('violated');
    expect(checkLinearizability(lines, { clockErrorMs: 1 }).verdict).toBe('linearizable');
    expect(checkLinearizability(lines, { clockErrorMs: 0.9 }).verdict).toBe('violated');
  });
});

describe('the search is bounded', () => {
  /** Writes all at once, and a read of what none of them wrote: every subset must be tried. */
  const hard = historyOf([
    ...Array.from({ length: 14 }, (_, i) => tell(`w${i}`, 0, 100, put('/a', i))),
    tell('q', 101, 102, get('/a'), ok('none of them')),
  ]);

  it('and says undecided beyond the bound, never linearizable', () => {
    expect(checkLinearizability(hard, { stepsMax: 1_000 })).toMatchObject({
      verdict: 'undecided',
      key: '/a',
    });
  });

  it('and says undecided when the caller has no more time', () => {
    expect(checkLinearizability(hard, { expired: () => true })).toMatchObject({ verdict: 'undecided' });
  });

  it('and still reports what another path proves', () => {
    const bad = historyOf([tell('q', 200, 201, get('/b'), ok('future'))]).map((line) => ({
      ...line,
      op: 99,
    }));
    expect(checkLinearizability([...hard, ...bad], { stepsMax: 1_000 })).toMatchObject({
      verdict: 'violated',
      key: '/b',
    });
  });
});

describe('a history that contradicts itself is refused', () => {
  const [invoked, completed] = historyOf([tell('p', 0, 1, put('/a', 1))]);
  if (invoked === undefined || completed === undefined) throw new Error('two lines');

  it.each([
    ['a completion without an invocation', [completed], 'never invoked'],
    ['a second completion', [invoked, completed, completed], 'completes twice'],
    ['a completion of something else', [invoked, { ...completed, key: '/b' }], 'was invoked as put /a'],
    ['a completion before its invocation', [invoked, { ...completed, timeMs: -1 }], 'before it is invoked'],
    ['a get that failed', historyOf([tell('p', 0, 1, get('/a'), fail)]), 'no condition'],
    ['a list answered with no paths', historyOf([tell('p', 0, 1, list('/a'), ok(1))]), 'answered with paths'],
    ['a cas without two values', [{ ...invoked, f: 'cas' as const }], '[from, to]'],
  ])('%s', (_, lines, why) => {
    expect(() => checkLinearizability(lines)).toThrow(HistoryError);
    expect(() => checkLinearizability(lines)).toThrow(why);
  });
});
