import type { BrowserContext } from '@playwright/test';
import type { Json } from '../../client/src/api/types.js';
import { leaderOf, meshed, openTab, type Tab } from '../support/tabs.js';

const names = ['ada', 'jun', 'minji', 'tomas', 'lea', 'noor', 'sofia', 'amir', 'yuki'];

const linksTimeoutMs = 120_000;

/** A room of real tabs that runs Raft with its defaults. */
export class Cluster {
  readonly context: BrowserContext;
  /** From the opening of the first tab to all links up, at all tabs. */
  readonly meshMs: number;
  #tabs: Tab[];

  private constructor(context: BrowserContext, tabs: readonly Tab[], meshMs: number) {
    this.context = context;
    this.#tabs = [...tabs];
    this.meshMs = meshMs;
  }

  /** The first tab opens the room, then all others join at once. */
  static async open(context: BrowserContext, origin: string, size: number): Promise<Cluster> {
    // A tab that came back after a kill may have to wait until the others have given up its last links.
    context.setDefaultTimeout(linksTimeoutMs);
    const beganMs = performance.now();
    const [hostName, ...others] = names.slice(0, size);
    const host = await openTab(context, `${origin}/?host=1&name=${hostName}`);
    const code = await host.code();
    const joined = await Promise.all(
      others.map((name) => openTab(context, `${origin}/?room=${code}&name=${name}`)),
    );
    const tabs = [host, ...joined];
    await meshed(tabs);
    return new Cluster(context, tabs, performance.now() - beganMs);
  }

  get tabs(): readonly Tab[] {
    return this.#tabs;
  }

  /** Starts Raft with every tab a voter, and its default options where none are given; waits for a leader. */
  async start(options: Json = {}): Promise<Tab> {
    await this.#tabs[0]?.page.evaluate(
      (text) => window.quorate.start({ protocol: 'raft', options: JSON.parse(text) }),
      JSON.stringify(options),
    );
    return this.leader();
  }

  leader(): Promise<Tab> {
    return leaderOf(this.#tabs);
  }

  /** A tab that does not lead. */
  async follower(): Promise<Tab> {
    const leader = await this.leader();
    const follower = this.#tabs.find((tab) => tab !== leader);
    if (follower === undefined) throw new Error('a cluster has followers');
    return follower;
  }

  /** Takes a dead tab out and opens its address anew: the same node, which has to be in the mesh and to catch up. */
  async reopen(dead: Tab): Promise<Tab> {
    const address = dead.page.url();
    const others = this.#tabs.filter((tab) => tab !== dead);
    const back = await openTab(this.context, address);
    this.#tabs = [...others, back];
    await meshed(this.#tabs);
    const index = Math.max(...(await Promise.all(others.map((tab) => tab.status()))).map(appliedIndex));
    await back.page.waitForFunction((least) => window.quorate.status().appliedIndex >= least, index);
    return back;
  }

  async close(): Promise<void> {
    await Promise.all(this.#tabs.map((tab) => tab.close()));
  }
}

const appliedIndex = (status: { readonly appliedIndex: number }): number => status.appliedIndex;
