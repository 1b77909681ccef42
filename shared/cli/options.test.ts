import { describe, expect, test } from 'vitest';
import { faultKinds } from '../src/sim/index.js';
import { createProgram, parseArguments, repeatCommand } from './options.js';

function words(command: string): string[] {
  return command.replace('npm run sim -- ', '').split(' ');
}

describe("the simulator's command line", () => {
  test('runs 200 seeds of five Raft nodes under the whole swarm when nothing is said', () => {
    const options = parseArguments([]);
    expect(options).toMatchObject({ protocol: 'raft', nodes: 5, steps: 4_000, actions: null, shrink: true });
    expect(options.seeds).toHaveLength(200);
    expect(options.seeds[0]).toBe(1);
    expect(options.faults).toEqual(new Set(faultKinds));
  });

  test('uses one thread for few seeds, and as many as it is told for any', () => {
    expect(parseArguments(['--seeds', '50']).workers).toBe(1);
    expect(parseArguments(['--seeds', '5', '--workers', '3']).workers).toBe(3);
  });

  test('takes some kinds of fault, all, or none', () => {
    expect(parseArguments(['--faults', 'pauses,loss']).faults).toEqual(new Set(['pauses', 'loss']));
    expect(parseArguments(['--faults', 'none']).faults).toEqual(new Set());
    expect(parseArguments(['--faults', 'swarm']).faults).toEqual(new Set(faultKinds));
  });

  test.each([
    [[]],
    [['--nodes', '3', '--steps', '900', '--until', '3000', '--faults', 'none']],
    [['--faults', 'crashes,torn', '--seed', '7', '--actions', 'crashes-1,crashes-12']],
    [['--seed', '7', '--actions', 'none']],
  ])('prints a command that runs a seed as %j would', (argv) => {
    const options = parseArguments(argv);
    const again = parseArguments(words(repeatCommand(options, 7)));
    expect(again).toEqual({ ...options, seeds: [7], workers: 1 });
  });

  test.each<[string[], string | RegExp]>([
    [['--nodes', '0'], 'Give a whole number from 1 to 16.'],
    [['--seeds', ''], 'Give a whole number from 1 to 10000000.'],
    [['--faults', 'crashes,rain'], /There is no fault rain. Give swarm, none, or some of loss, delay/],
    [['--protocol', 'chance'], 'Allowed choices are'],
    [['--seed', '7', '--from', '3'], "cannot be used with option '--from <seed>'"],
    [['--transcript'], '--transcript is about one run: give its --seed too.'],
    [['--actions', 'crashes-1'], '--actions is about one run: give its --seed too.'],
    [['--seed', '7', '--actions', 'crashes'], '"crashes" names no action. Give a kind of fault and a number'],
    [['--from', '4294967295', '--seeds', '2'], 'seeds end at 4294967295'],
  ])('says of %j what is wrong and what to give', (argv, message) => {
    const program = createProgram()
      .exitOverride()
      .configureOutput({ writeErr: () => undefined });
    expect(() => parseArguments(argv, program)).toThrow(message);
  });
});
