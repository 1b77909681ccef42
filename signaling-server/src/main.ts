#!/usr/bin/env node
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { pino } from 'pino';
import pretty from 'pino-pretty';
import { banner } from './banner.js';
import { type CliOptions, createCommand } from './options.js';
import { createSignalingServer } from './server.js';

/** One line that says what to do about a failed listen. */
function explain(error: unknown, { port, host }: CliOptions): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'EADDRINUSE')
    return `Port ${port} is taken. Try: npm start -- --port ${port < 65_535 ? port + 1 : 3000}`;
  if (code === 'EACCES') return `Port ${port} needs special rights. Try: npm start -- --port 3000`;
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    return `This machine has no address ${host}. Try: npm start -- --host 0.0.0.0`;
  }
  return `The server could not start: ${error instanceof Error ? error.message : String(error)}`;
}

async function main(): Promise<void> {
  // From dist/src/main.js up to the root of the repository.
  const staticDefault = fileURLToPath(new URL('../../../client/dist', import.meta.url));
  const options: CliOptions = createCommand(staticDefault).parse().opts();
  // Logs go to stderr, so that the addresses on stdout can be read by scripts; for eyes, they are made readable.
  const stream = process.stderr.isTTY
    ? pretty({ destination: 2, sync: true, ignore: 'pid,hostname' })
    : pino.destination(2);
  const logger = pino({ level: options.logLevel }, stream);
  try {
    const server = await createSignalingServer({
      port: options.port,
      host: options.host,
      iceServers: options.ice,
      origins: options.origin,
      staticDir: options.static,
      logger,
    });
    const stop = () => {
      // A second Ctrl-C ends at once, by the system's own handling.
      process.off('SIGINT', stop).off('SIGTERM', stop);
      server.close().then(
        () => process.exit(0),
        (error: unknown) => {
          logger.error({ err: error }, 'could not close');
          process.exit(1);
        },
      );
    };
    process.on('SIGINT', stop).on('SIGTERM', stop);
    process.stdout.write(banner(server.url, server.lanAddresses()));
  } catch (error) {
    process.stderr.write(`${explain(error, options)}\n`);
    process.exitCode = 1;
  }
}

await main();
