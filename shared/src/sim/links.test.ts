import { describe, expect, test } from 'vitest';
import { seedRandom } from '../core/index.js';
import { VirtualLinks } from './links.js';
import { Scheduler } from './scheduler.js';

/** Three ends and what each was told, and cuts as `from>to`. */
function world() {
  const scheduler = new Scheduler();
  const cuts = new Set<string>();
  const told: string[] = [];
  const ends = ['a', 'b', 'c'].map((id) => ({
    id,
    up: true,
    link: (peer: string, up: boolean): void => void told.push(`${id}: ${peer} ${up ? 'up' : 'down'}`),
  }));
  const isCut = (from: string, to: string): boolean => cuts.has(`${from}>${to}`);
  const links = new VirtualLinks(scheduler, seedRandom(1, 'links'), () => ends, isCut);
  const crash = (id: string, up: boolean): void => {
    for (const end of ends) if (end.id === id) end.up = up;
    links.update();
  };
  /** What was told since the last time, once all notices have come. */
  const settle = (): string[] => {
    while (scheduler.runNext(Number.POSITIVE_INFINITY));
    return told.splice(0);
  };
  const news = (): string[] => settle().toSorted();
  links.update();
  return { links, cuts, crash, settle, news, told };
}

describe('the links of a simulated world', () => {
  test('come up at both ends, and not at once', () => {
    const { told, news } = world();
    expect(told).toEqual([]);
    expect(news()).toEqual(['a: b up', 'a: c up', 'b: a up', 'b: c up', 'c: a up', 'c: b up']);
  });

  test('end with a node, and come back with it', () => {
    const { crash, news } = world();
    news();
    crash('a', false);
    expect(news()).toEqual(['a: b down', 'a: c down', 'b: a down', 'c: a down']);
    crash('a', true);
    expect(news()).toEqual(['a: b up', 'a: c up', 'b: a up', 'c: a up']);
  });

  test('end when both directions are cut, and stay when one is', () => {
    const { links, cuts, news } = world();
    news();
    cuts.add('a>b');
    links.update();
    expect(news()).toEqual([]);
    cuts.add('b>a');
    links.update();
    expect(news()).toEqual(['a: b down', 'b: a down']);
    cuts.delete('a>b');
    links.update();
    expect(news()).toEqual(['a: b up', 'b: a up']);
  });

  test('tell an end what happened in its order, however quickly it was over', () => {
    const { crash, news, settle } = world();
    news();
    for (const up of [false, true, false, true, false]) crash('a', up);
    expect(settle().filter((line) => line.startsWith('b:'))).toEqual([
      'b: a down',
      'b: a up',
      'b: a down',
      'b: a up',
      'b: a down',
    ]);
  });
});
