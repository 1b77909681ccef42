import { writeFile } from 'node:fs/promises';
import process from 'node:process';
import { type BrowserContext, expect } from '@playwright/test';
import { checkLinearizability } from '@quorate/shared/check';
import { nextInt, pick, type RandomState, seedRandom } from '@quorate/shared/core';
import type { Command, Json } from '../client/src/api/types.js';
import { test } from './support/live.js';
import { Recorder } from './support/recorder.js';
import {
  agreed,
  host,
  leaderOf,
  meshed,
  nth,
  openRoom,
  openTab,
  startRaft,
  type Tab,
} from './support/tabs.js';

const names = ['ada', 'jun', 'minji', 'tomas', 'lea'];
const paths = ['/h/a', '/h/b', '/h/c'];
/** Commands answered between one round of kills and the next. */
const answeredBetween = 40;

/** A tab with a client that submits one command after the other, until its tab is killed or all is over. */
class Seat {
  readonly #context: BrowserContext;
  readonly #recorder: Recorder;
  readonly #random: RandomState;
  readonly #name: string;
  #life = 0;
  #over = false;
  #client: Promise<void> = Promise.resolve();
  tab: Tab;

  constructor(context: BrowserContext, recorder: Recorder, name: string, tab: Tab, seed: number) {
    this.#context = context;
    this.#recorder = recorder;
    this.#random = seedRandom(seed, name);
    this.#name = name;
    this.tab = tab;
  }

  /** A client of one life: who does not know an outcome is another process from then on. */
  start(): void {
    this.#life += 1;
    const [life, tab] = [`${this.#name} ${this.#life}`, this.tab];
    this.#client = this.#run(life, tab);
  }

  async #run(life: string, tab: Tab): Promise<void> {
    let seen: Json = null;
    for (let i = 0; !this.#over; i += 1) {
      const command = this.#draw(`${life}.${i}`, seen);
      const result = await this.#recorder.submit(tab, life, command);
      if (result === null) return;
      if (result.ok && result.op === 'get') seen = result.value;
    }
  }

  /** Every value written is another, so that each read tells which write it saw. */
  #draw(value: string, seen: Json): Command {
    const path = pick(this.#random, paths);
    const kind = nextInt(this.#random, 0, 9);
    if (kind < 4) return { op: 'get', path };
    if (kind < 7) return { op: 'put', path, value };
    if (kind < 9) return { op: 'cas', path, from: seen, to: value };
    return { op: 'delete', path };
  }

  /** Ends the tab as its user does, or its process as a lack of memory does. Its client ends with it. */
  async kill(how: 'close' | 'crash'): Promise<void> {
    const { page } = this.tab;
    if (how === 'crash') {
      const crashed = page.waitForEvent('crash');
      const session = await this.#context.newCDPSession(page);
      // The answer never comes: the page is gone.
      const answered = session.send('Page.crash').then(
        () => 'answered',
        () => 'gone',
      );
      await crashed;
      await page.close();
      expect(await answered).toBe('gone');
    } else await page.close();
    await this.#client;
  }

  async reopen(address: string): Promise<void> {
    this.tab = await openTab(this.#context, address);
    this.start();
  }

  async end(): Promise<void> {
    this.#over = true;
    await this.#client;
  }
}

/** Runs clients in five tabs, kills one or two tabs a round, and has the history checked. */
async function storm(context: BrowserContext, url: string, seed: number, rounds: number): Promise<Recorder> {
  const random = seedRandom(seed, 'kills');
  const recorder = new Recorder();
  const tabs = await openRoom(context, url, names);
  await startRaft(tabs);
  const seats = tabs.map((tab, i) => new Seat(context, recorder, names[i] ?? '', tab, seed));
  for (const seat of seats) seat.start();
  const more = async (): Promise<void> => {
    const until = recorder.acknowledged + answeredBetween;
    await expect.poll(() => recorder.acknowledged, { timeout: 45_000 }).toBeGreaterThan(until);
  };
  await more();
  for (let round = 0; round < rounds; round += 1) {
    const leader = await leaderOf(seats.map((seat) => seat.tab));
    const first =
      nextInt(random, 0, 1) === 0 ? seats.findIndex(({ tab }) => tab === leader) : nextInt(random, 0, 4);
    const second = nextInt(random, 0, 4);
    const victims = [...new Set([first, second])].flatMap((i) => seats[i] ?? []);
    const addresses = victims.map(({ tab }) => tab.page.url());
    for (const victim of victims) await victim.kill(pick(random, ['close', 'crash']));
    await more();
    await Promise.all(victims.map((victim, i) => victim.reopen(addresses[i] ?? '')));
    await meshed(seats.map(({ tab }) => tab));
    await more();
  }
  await Promise.all(seats.map((seat) => seat.end()));
  const all = seats.map(({ tab }) => tab);
  await agreed(all);
  for (const [i, path] of paths.entries()) {
    const read = await recorder.submit(nth(all, i), `last ${i}`, { op: 'get', path });
    expect(read).toMatchObject({ ok: true });
  }
  expect(new Set(await Promise.all(all.map((tab) => tab.id())))).toEqual(
    new Set((await host(all).status()).voters),
  );
  return recorder;
}

async function expectLinearizable({ lines }: Recorder, file: string): Promise<void> {
  const verdict = checkLinearizability(lines);
  if (verdict.verdict !== 'linearizable')
    await writeFile(file, lines.map((line) => JSON.stringify(line)).join('\n'));
  expect(verdict, `the history is in ${file}`).toEqual({ verdict: 'linearizable' });
}

for (const [tag, rounds] of [
  ['', 1],
  [' @full', 15],
] as const) {
  test(`under ${rounds === 1 ? 'a round' : `${rounds} rounds`} of random kills of tabs, the history is linearizable${tag}`, async ({
    context,
    server,
  }, info) => {
    const seed = Number(process.env['QUORATE_SEED'] ?? Date.now() % 1_000_000);
    info.annotations.push({ type: 'seed', description: String(seed) });
    console.log(`repeat with QUORATE_SEED=${seed}`);
    test.slow();
    const recorder = await storm(context, server.url, seed, rounds);
    console.log(`${recorder.lines.length} lines, ${recorder.acknowledged} operations acknowledged`);
    await expectLinearizable(recorder, info.outputPath('history.jsonl'));
  });
}
