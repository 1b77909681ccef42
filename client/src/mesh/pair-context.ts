import type { ConnectionFactory } from './connection.js';
import type { MessageWriter } from './framing.js';
import type { IdentityPort } from './identity.js';
import type { MeshSignal } from './signals.js';
import type { MeshListener, Scheduler } from './types.js';

/** What all pairs of a mesh share. */
export type PairContext = {
  readonly self: string;
  /** Names this page, see signals.ts. */
  readonly session: string;
  readonly identity: IdentityPort;
  /** Not after a goodbye: then wishes are only kept. */
  readonly isAwake: () => boolean;
  readonly nextGeneration: () => number;
  /** `byTabs`: by way of linked tabs, where there are any, even if the server would carry it. */
  readonly sendSignal: (to: string, generation: number, signal: MeshSignal, byTabs: boolean) => void;
  readonly connect: ConnectionFactory;
  readonly scheduler: Scheduler;
  readonly writer: MessageWriter;
  /** From 0 to 1. */
  readonly random: () => number;
  readonly events: Required<MeshListener>;
};
