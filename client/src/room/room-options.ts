import type { NodeId } from '@quorate/shared/core';
import type { Mesh } from '../mesh/index.js';
import type { Lab, LabListener } from '../node/index.js';
import type { RoomVersion, Signer } from './control/index.js';
import type { TabRecord } from './roster.js';

/** What a room stands on. */
export type RoomOptions = {
  readonly self: NodeId;
  readonly name: string;
  readonly code: string;
  /** Null where the page only watches. */
  readonly signer: Signer | null;
  readonly browser: string;
  readonly mesh: Mesh;
  /** What this tab kept, verified. */
  readonly version: RoomVersion | null;
  readonly tabs: readonly TabRecord[];
  /** The beginning of the host's id, from the link or what this tab kept; null: whoever tells first is trusted. */
  readonly hostKey: string | null;
  /** Makes the lab's worker; null where the page only watches. */
  readonly createLab: ((listener: LabListener) => Lab) | null;
  /** Takes up or gives up the connection to the signaling server. */
  readonly introduce: (wanted: boolean) => void;
  readonly save: (version: RoomVersion, tabs: readonly TabRecord[]) => void;
  /** The host has ended the room, or this tab was removed from it. */
  readonly onOver: (why: 'ended' | 'removed') => void;
};
