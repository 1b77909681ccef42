import process from 'node:process';
import { parseArgs } from 'node:util';
import { type RunningServer, startServer } from '../../support/server.js';
import { browserArgs, createProfile, describeMachine, type Machine } from '../browser.js';
import { measureEndings } from './endings.js';
import { watchQuiet } from './quiet.js';
import { type Condition, tableOf } from './report.js';
import { BenchRoom } from './room.js';

const usage = `npm run bench -- detector-live [--quick] [--json]

Measures the failure detector under reliable broadcast in real Chromiums, five tabs of which two are hidden: how long the
others take to notice a tab that was closed, killed or frozen, and how often a tab that lives is suspected. Beside it stands
a fixed timeout over the same arrivals, set so that it notices a killed tab as soon in the mean.
  --quick  fewer endings, a shorter watch
  --json   all that was measured as JSON on stdout`;

type Size = { readonly endings: number; readonly calmMs: number; readonly lossyMs: number };
const sizes: { readonly full: Size; readonly quick: Size } = {
  full: { endings: 5, calmMs: 90_000, lossyMs: 240_000 },
  quick: { endings: 1, calmMs: 10_000, lossyMs: 10_000 },
};
const counts = { visible: 3, hidden: 2 } as const;
/** The detector's default. */
const heartbeatMs = 500;
const lossRate = 0.2;

/** Progress goes to stderr: stdout is the report's alone. */
function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

async function measure(server: RunningServer, size: Size): Promise<readonly [Machine, readonly Condition[]]> {
  const profile = await createProfile();
  try {
    const context = await profile.context();
    const machine = await describeMachine(context);
    const room = await BenchRoom.open(context, server.url, counts, browserArgs());
    await room.start();
    const calm = await measureCalm(room, size);
    await room.lose(lossRate);
    const lossy = await measureLossy(room, size);
    await room.end();
    return [machine, [calm, lossy]];
  } finally {
    await profile.close();
  }
}

async function measureCalm(room: BenchRoom, { endings, calmMs }: Size): Promise<Condition> {
  say('nothing ends');
  const quiet = await watchQuiet(room, calmMs);
  say('tabs are closed');
  const closed = await measureEndings(room, 'closed', endings, Math.random);
  say('killed');
  const killed = await measureEndings(room, 'killed', endings, Math.random);
  say('frozen');
  const frozen = await measureEndings(room, 'frozen', endings, Math.random);
  return { name: '5 tabs, 2 of them hidden', heartbeatMs, closed, killed, frozen, quiet };
}

async function measureLossy(room: BenchRoom, { endings, lossyMs }: Size): Promise<Condition> {
  say('20 % are lost: nothing ends');
  const quiet = await watchQuiet(room, lossyMs);
  say('tabs are killed');
  const killed = await measureEndings(room, 'killed', endings, Math.random);
  const name = '5 tabs, 2 of them hidden, 20 % loss';
  return { name, heartbeatMs, closed: null, killed, frozen: null, quiet };
}

async function main(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return void process.stdout.write(`${usage}\n`);
  const server = await startServer();
  try {
    const [machine, conditions] = await measure(server, values.quick ? sizes.quick : sizes.full);
    const { browser, cores, cpu, loadBefore, date } = machine;
    const head = `${date}, ${browser}, ${cores} cores (${cpu}), load before ${loadBefore.toFixed(2)}; times are median / worst`;
    const text = values.json ? JSON.stringify({ machine, conditions }) : `${head}\n\n${tableOf(conditions)}`;
    process.stdout.write(`${text}\n`);
  } finally {
    await server.stop();
  }
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
