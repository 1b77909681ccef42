import { describeIssues, type IceServer, IceServerSchema, IceServersSchema } from '@quorate/shared/wire';
import { Command, InvalidArgumentError, Option } from 'commander';
import * as v from 'valibot';
import { parseOrigin } from './gate.js';

export const logLevels = ['silent', 'error', 'warn', 'info', 'debug'] as const;

export type CliOptions = {
  readonly port: number;
  readonly host: string;
  readonly ice: readonly IceServer[];
  readonly origin: readonly string[];
  readonly logLevel: (typeof logLevels)[number];
  readonly static: string;
};

function parsePort(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535) {
    throw new InvalidArgumentError('A port is a whole number from 0 to 65535.');
  }
  return port;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new InvalidArgumentError('It looks like JSON, but is not. Put it in single quotes on a shell.');
  }
}

function parsed<Schema extends v.GenericSchema>(
  schema: Schema,
  value: unknown,
  whole: string,
): v.InferOutput<Schema> {
  const result = v.safeParse(schema, value, { abortEarly: true });
  if (!result.success) throw new InvalidArgumentError(`Here, ${describeIssues(result.issues, whole)}.`);
  return result.output;
}

/** `--ice`: the JSON of one server or of a list, or the plain address of a STUN server; may be repeated. */
function parseIce(text: string, previous: readonly IceServer[]): readonly IceServer[] {
  const value = /^\s*[[{]/.test(text) ? parseJson(text) : { urls: text };
  const added = [value].flat().map((entry) => parsed(IceServerSchema, entry, 'the ICE server'));
  return parsed(IceServersSchema, [...previous, ...added], 'the list');
}

function parseOriginOption(text: string, previous: readonly string[]): readonly string[] {
  const origin = parseOrigin(text);
  if (origin === undefined) {
    throw new InvalidArgumentError('An origin looks like https://school.example or http://10.0.0.5:8080.');
  }
  return [...previous, origin];
}

/** The command line. Errors and --help end in commander's own exit, after one line on stderr. */
export function createCommand(staticDefault: string): Command {
  return new Command('npm start --')
    .description('Serves Quorate: the page, and the place where its tabs meet.')
    .addOption(
      new Option('-p, --port <number>', 'port to listen on; 0 takes any free one')
        .argParser(parsePort)
        .default(3000),
    )
    .addOption(
      new Option('--host <address>', 'address to listen on; 127.0.0.1 keeps it to this machine').default(
        '0.0.0.0',
      ),
    )
    .addOption(
      new Option(
        '--ice <server>',
        'ICE server, as stun:HOST:PORT or as JSON {"urls":..., "username":..., "credential":...} or a list of such; may be repeated',
      )
        .argParser(parseIce)
        .default([], 'none: a LAN needs none'),
    )
    .addOption(
      new Option('--origin <origin>', 'also accept pages from this origin; may be repeated')
        .argParser(parseOriginOption)
        .default([], "the server's own"),
    )
    .addOption(new Option('--log-level <level>', 'what to log, on stderr').choices(logLevels).default('warn'))
    .addOption(
      new Option('--static <dir>', 'folder of the built client').default(staticDefault, 'client/dist'),
    )
    .allowExcessArguments(false)
    .showSuggestionAfterError(false)
    .configureOutput({
      outputError: (text, write) =>
        write(`${text.trim().replaceAll('\n', ' ').replace(/\.?$/, '.')} See --help.\n`),
    });
}
