import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nextChance, nextFloat, nextInt, pick, type RandomState, seedRandom } from '../core/index.js';
import type { Json } from '../store/index.js';
import type { OperationLine } from './history.js';
import { checkLinearizability } from './linearizability.js';

type Asked = Pick<OperationLine, 'f' | 'key' | 'value'> & { readonly ifVersion?: number };
type Ran = {
  readonly asked: Asked;
  readonly from: number;
  readonly until: number;
  readonly type: 'ok' | 'fail' | 'info';
  readonly found: Json;
};
type Entry = { readonly value: Json; readonly version: number };
type Tree = ReadonlyMap<string, Entry>;

/** The store as its documentation describes it, told a second time and as plainly as can be. */
function carryOut(
  tree: Tree,
  { f, key, value, ifVersion }: Asked,
): { readonly tree: Tree; readonly ok: boolean; readonly found: Json } {
  const current = tree.get(key) ?? { value: null, version: 0 };
  const refused = { tree, ok: false, found: value };
  const put = (written: Json) => ({
    tree: new Map(tree).set(key, { value: written, version: current.version + 1 }),
    ok: true,
    found: value,
  });
  if (f === 'get') return { tree, ok: true, found: current.value };
  if (f === 'list') {
    const below = [...tree.keys()].filter((path) => path.startsWith(key === '/' ? '/' : `${key}/`));
    const depth = key === '/' ? 2 : key.split('/').length + 1;
    return {
      tree,
      ok: true,
      found: [...new Set(below.map((path) => path.split('/').slice(0, depth).join('/')))].sort(),
    };
  }
  if (f === 'cas') {
    const [from, to] = value as [Json, Json];
    return JSON.stringify(current.value) === JSON.stringify(from) ? put(to) : refused;
  }
  if (ifVersion !== undefined && ifVersion !== current.version) return refused;
  if (f === 'put') return put(value);
  const left = new Map(tree);
  left.delete(key);
  return { tree: left, ok: true, found: value };
}

/** Tries every order there is. */
function hasOrder(left: readonly Ran[], tree: Tree): boolean {
  if (left.every(({ type }) => type === 'info')) return true;
  const firstEnd = Math.min(...left.filter(({ type }) => type !== 'info').map(({ until }) => until));
  return left.some((ran) => {
    if (ran.from > firstEnd) return false;
    const others = left.filter((other) => other !== ran);
    const { tree: after, ok, found } = carryOut(tree, ran.asked);
    if (ran.type === 'info') return (ok && hasOrder(others, after)) || hasOrder(others, tree);
    if (ok !== (ran.type === 'ok')) return false;
    if (ok && JSON.stringify(found) !== JSON.stringify(ran.found)) return false;
    return hasOrder(others, after);
  });
}

function linesOf(ran: readonly Ran[]): OperationLine[] {
  return ran.flatMap(({ asked, from, until, type, found }, op) => {
    const { f, key, value, ifVersion } = asked;
    const condition = ifVersion === undefined ? {} : { ifVersion };
    const line = { op, process: 'p', f, key, ...condition };
    return [
      { ...line, type: 'invoke', value, timeMs: from },
      { ...line, type, value: type === 'ok' ? found : value, timeMs: until },
    ] satisfies OperationLine[];
  });
}

function drawAsked(random: RandomState, keys: readonly string[], withLists: boolean): Asked {
  const key = pick(random, keys);
  const value = nextInt(random, 0, 2);
  const condition = nextChance(random, 0.3) ? { ifVersion: nextInt(random, 0, 2) } : {};
  switch (nextInt(random, 0, withLists ? 6 : 5)) {
    case 0:
      return { f: 'delete', key, value: null, ...condition };
    case 1:
      return { f: 'cas', key, value: [nextChance(random, 0.2) ? null : nextInt(random, 0, 2), value] };
    case 2:
    case 3:
      return { f: 'put', key, value, ...condition };
    case 6:
      return { f: 'list', key: pick(random, ['/', '/a']), value: null };
    default:
      return { f: 'get', key, value: null };
  }
}

/** Operations of a correct store at random moments; then one answer, sometimes, is made another. */
function drawHistory(seed: number, operations: number, keys: readonly string[], withLists: boolean): Ran[] {
  const random = seedRandom(seed, 'history');
  let tree: Tree = new Map();
  const ran: Ran[] = [];
  for (let at = 0; at < operations; at++) {
    const asked = drawAsked(random, keys, withLists);
    const lost = nextChance(random, 0.2);
    const came = lost && nextChance(random, 0.5) ? { ok: true, found: asked.value } : carryOut(tree, asked);
    if ('tree' in came) tree = came.tree;
    ran.push({
      asked,
      from: at - nextFloat(random) * 3,
      until: at + nextFloat(random) * 3,
      type: lost ? 'info' : came.ok ? 'ok' : 'fail',
      found: came.found,
    });
  }
  if (nextChance(random, 0.6)) spoil(ran, random);
  return ran;
}

function spoil(ran: Ran[], random: RandomState): void {
  const at = nextInt(random, 0, ran.length - 1);
  const one = ran[at];
  if (one === undefined || one.type === 'info') return;
  const { f, ifVersion } = one.asked;
  if (f === 'get') ran[at] = { ...one, found: nextInt(random, 0, 2) };
  else if (f === 'list') ran[at] = { ...one, found: nextChance(random, 0.5) ? [] : ['/a'] };
  else if (f === 'cas' || ifVersion !== undefined)
    ran[at] = { ...one, type: one.type === 'ok' ? 'fail' : 'ok' };
}

describe('the checker agrees with trying every order', () => {
  const seeds = fc.integer({ min: 0, max: 0x7fffffff });
  const verdicts = (withLists: boolean, keys: readonly string[]): Set<string> => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(seeds, fc.integer({ min: 1, max: 8 }), (seed, operations) => {
        const ran = drawHistory(seed, operations, keys, withLists);
        const expected = hasOrder(ran, new Map()) ? 'linearizable' : 'violated';
        seen.add(expected);
        expect(checkLinearizability(linesOf(ran)).verdict).toBe(expected);
      }),
      { numRuns: 3_000 },
    );
    return seen;
  };

  it('on one path', () => {
    expect(verdicts(false, ['/a'])).toEqual(new Set(['linearizable', 'violated']));
  });

  it('on several paths', () => {
    expect(verdicts(false, ['/a', '/b'])).toEqual(new Set(['linearizable', 'violated']));
  });

  it('on several paths with listings', () => {
    expect(verdicts(true, ['/a', '/a/x', '/a/y/z', '/b'])).toEqual(new Set(['linearizable', 'violated']));
  });
});

describe('the checker decides big histories within its bound', () => {
  /** Processes that each ask one thing after another; each operation takes effect at a random moment of its interval. */
  function bigHistory(
    seed: number,
    operations: number,
    keys: number,
    processes: number,
    lostRate: number,
  ): OperationLine[] {
    const random = seedRandom(seed, 'big');
    const free = Array.from({ length: processes }, () => nextFloat(random));
    const planned = Array.from({ length: operations }, (_, op) => {
      const process = free.indexOf(Math.min(...free));
      const from = free[process] ?? 0;
      const until = from + 1 + nextFloat(random) * 5;
      free[process] = until + nextFloat(random);
      const key = `/k${nextInt(random, 1, keys)}`;
      const asked: Asked = nextChance(random, 0.4)
        ? { f: 'get', key, value: null }
        : nextChance(random, 0.1)
          ? { f: 'delete', key, value: null }
          : nextChance(random, 0.2)
            ? { f: 'cas', key, value: [nextInt(random, Math.max(0, op - 40), op), op] }
            : { f: 'put', key, value: op };
      return { op, process, from, until, asked, effect: from + nextFloat(random) * (until - from) };
    });
    let tree: Tree = new Map();
    const ran = planned
      .toSorted((a, b) => a.effect - b.effect)
      .map(({ op, process, from, until, asked }) => {
        const lost = nextChance(random, lostRate);
        const came = lost && nextChance(random, 0.5) ? null : carryOut(tree, asked);
        if (came !== null) tree = came.tree;
        const type: OperationLine['type'] = lost ? 'info' : came?.ok === false ? 'fail' : 'ok';
        const { f, key, value } = asked;
        const line = { op, process: `p${process}`, f, key };
        return [
          { ...line, type: 'invoke' as const, value, timeMs: from },
          { ...line, type, value: type === 'ok' ? (came?.found ?? null) : value, timeMs: until },
        ];
      });
    return ran.flat();
  }

  it.each([
    ['20,000 operations on 20 paths by 10 processes', 20_000, 20, 10, 0],
    ['20,000 operations of which one in fifty has an unknown outcome', 20_000, 20, 10, 0.02],
    ['5,000 operations on one path by 10 processes', 5_000, 1, 10, 0.01],
    ['5,000 operations on two paths by 50 processes', 5_000, 2, 50, 0],
  ])('%s', (_, operations, keys, processes, lostRate) => {
    const lines = bigHistory(7, operations, keys, processes, lostRate);
    expect(checkLinearizability(lines)).toEqual({ verdict: 'linearizable' });
  });

  it('and finds the one stale read in 20,000 operations', () => {
    const lines = bigHistory(8, 20_000, 20, 10, 0.01);
    const at = lines.findLastIndex(
      ({ f, type, value }) => f === 'get' && type === 'ok' && typeof value === 'number',
    );
    const line = lines[at];
    const other = lines.find(({ f, key, type }) => f === 'put' && type === 'ok' && key === line?.key);
    if (line === undefined || other === undefined) throw new Error('the history has a get and a put');
    lines[at] = { ...line, value: other.value };
    expect(checkLinearizability(lines)).toMatchObject({ verdict: 'violated', key: line.key });
  });
});
