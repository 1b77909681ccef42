import { execFile, execFileSync } from 'node:child_process';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';

const run = promisify(execFile);
const ip = (...args: readonly string[]): Promise<unknown> => run('ip', args);

/** Whether this machine lets this user make network namespaces: Linux, root, and iproute2. */
export function canMakeNamespaces(): boolean {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false;
  const probe = `quorate-${process.pid}`;
  try {
    execFileSync('ip', ['netns', 'add', probe], { stdio: 'ignore' });
    execFileSync('ip', ['netns', 'delete', probe], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

type Namespace = { readonly name: string; readonly outside: string; readonly executable: string };

/**
 * Network namespaces joined by a bridge, as machines by a switch: whoever runs in one has interfaces of its own, and a
 * cable that can be pulled.
 */
export class Namespaces {
  /** The address of this machine on the bridge. */
  readonly address: string;
  readonly #bridge: string;
  readonly #folder: string;
  readonly #spaces: Namespace[] = [];
  readonly #net: string;

  private constructor(folder: string) {
    const number = process.pid % 200;
    this.#net = `10.77.${number}`;
    this.address = `${this.#net}.1`;
    this.#bridge = `qr${number}`;
    this.#folder = folder;
  }

  static async create(count: number): Promise<Namespaces> {
    const namespaces = new Namespaces(await mkdtemp(path.join(tmpdir(), 'quorate-net-')));
    try {
      await namespaces.#open(count);
    } catch (error) {
      await namespaces.close();
      throw error;
    }
    return namespaces;
  }

  /** A program that runs `command` inside of a namespace, with the arguments it is given. */
  async program(index: number, command: string): Promise<string> {
    const { name, executable } = this.#space(index);
    await writeFile(executable, `#!/bin/sh\nexec ip netns exec ${name} '${command}' "$@"\n`);
    await chmod(executable, 0o755);
    return executable;
  }

  /** Pulls the cable of a namespace. */
  async cut(index: number): Promise<void> {
    await ip('link', 'set', this.#space(index).outside, 'down');
  }

  async join(index: number): Promise<void> {
    await ip('link', 'set', this.#space(index).outside, 'up');
  }

  async close(): Promise<void> {
    const ends = [
      ...this.#spaces.map(({ name }) => ['netns', 'delete', name]),
      ...this.#spaces.map(({ outside }) => ['link', 'delete', outside]),
      ['link', 'delete', this.#bridge],
    ];
    // A cable goes with its namespace, so some of these are gone already: what matters is that none is left.
    for (const end of ends) await Promise.allSettled([ip(...end)]);
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #open(count: number): Promise<void> {
    await ip('link', 'add', this.#bridge, 'type', 'bridge');
    await ip('address', 'add', `${this.address}/24`, 'dev', this.#bridge);
    await ip('link', 'set', this.#bridge, 'up');
    for (let index = 0; index < count; index++) await this.#add(index);
  }

  async #add(index: number): Promise<void> {
    const name = `${this.#bridge}-${index}`;
    const outside = `${this.#bridge}o${index}`;
    const inside = `${this.#bridge}i${index}`;
    this.#spaces.push({ name, outside, executable: path.join(this.#folder, `run-${index}`) });
    await ip('netns', 'add', name);
    await ip('link', 'add', outside, 'type', 'veth', 'peer', 'name', inside, 'netns', name);
    await ip('link', 'set', outside, 'master', this.#bridge);
    await ip('link', 'set', outside, 'up');
    const within = (...args: readonly string[]): Promise<unknown> => ip('-n', name, ...args);
    await within('link', 'set', 'lo', 'up');
    await within('address', 'add', `${this.#net}.${index + 10}/24`, 'dev', inside);
    await within('link', 'set', inside, 'up');
    // Without a default route a browser takes itself for offline.
    await within('route', 'add', 'default', 'via', this.address);
  }

  #space(index: number): Namespace {
    const space = this.#spaces[index];
    if (space === undefined) throw new RangeError(`there is no namespace ${index}`);
    return space;
  }
}
