import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { plainHost } from './harness.js';
import { root } from './root.js';

export type RunningServer = {
  /** A secure context. */
  readonly url: string;
  /** None: for browsers started with `plainHostArg`. */
  readonly plainUrl: string;
  readonly port: number;
  stop(): Promise<void>;
};

/** Starts the real server as a process of its own; port 0 takes a free one. Resolves once it answers. */
export async function startServer(port = 0): Promise<RunningServer> {
  const main = path.join(root, 'signaling-server/dist/src/main.js');
  const args = [main, '--port', String(port), '--host', '0.0.0.0', '--log-level', 'error'];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const listening = await portOf(child);
  return {
    url: `http://localhost:${listening}`,
    plainUrl: `http://${plainHost}:${listening}`,
    port: listening,
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
}

/** Reads the port from the addresses that the server prints. */
function portOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    let printed = '';
    child.stdout?.on('data', (chunk: Buffer) => {
      printed += chunk.toString();
      const match = /http:\/\/(?:localhost|127\.0\.0\.1):(\d+)/.exec(printed);
      if (match?.[1] !== undefined) resolve(Number(match[1]));
    });
    child.once('exit', (code) => reject(new Error(`the server ended with ${code}: ${printed}`)));
  });
}
