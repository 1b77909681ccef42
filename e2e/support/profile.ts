import { mkdtemp, readlink, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { type BrowserContext, chromium } from '@playwright/test';

type Options = NonNullable<Parameters<typeof chromium.launchPersistentContext>[1]>;

/** A browser with a profile on disk, which can be killed and started again. */
export class Profile {
  readonly #folder: string;
  readonly #options: Options;
  #context: BrowserContext | null = null;

  private constructor(folder: string, options: Options) {
    this.#folder = folder;
    this.#options = options;
  }

  /** `within`: the folder to keep it in, where the temporary one may not be on a disk. */
  static async create(options: Options, within = tmpdir()): Promise<Profile> {
    return new Profile(await mkdtemp(path.join(within, 'quorate-profile-')), options);
  }

  /** The running browser; starts it when none runs. */
  async context(): Promise<BrowserContext> {
    this.#context ??= await chromium.launchPersistentContext(this.#folder, this.#options);
    return this.#context;
  }

  /** Ends the browser with all its processes by SIGKILL. */
  async kill(): Promise<void> {
    const context = await this.context();
    const gone = new Promise((resolve) => context.once('close', resolve));
    // Chromium keeps its own name and process id in this link; it leads a process group of its own.
    const owner = await readlink(path.join(this.#folder, 'SingletonLock'));
    process.kill(-Number(owner.slice(owner.lastIndexOf('-') + 1)), 'SIGKILL');
    await gone;
    this.#context = null;
  }

  /** Ends the browser and removes its profile. */
  async close(): Promise<void> {
    await this.#context?.close();
    await rm(this.#folder, { recursive: true, force: true, maxRetries: 5 });
  }
}
