import type { NodeId } from '@quorate/shared/core';
import type { Mesh } from '../mesh/index.js';
import type { Lab, LabListener } from '../node/index.js';
import type { RoomDocument } from './document.js';
import type { TabRecord } from './roster.js';

/** What a room stands on. */
export type RoomOptions = {
  readonly self: NodeId;
  readonly name: string;
  readonly code: string;
  /** Null where the page only watches. */
  readonly publicKey: Uint8Array<ArrayBuffer> | null;
  readonly browser: string;
  readonly mesh: Mesh;
  readonly document: RoomDocument | null;
  readonly tabs: readonly TabRecord[];
  /** Makes the lab's worker; null where the page only watches. */
  readonly createLab: ((listener: LabListener) => Lab) | null;
  /** Takes up or gives up the connection to the signaling server. */
  readonly introduce: (wanted: boolean) => void;
  readonly save: (document: RoomDocument, tabs: readonly TabRecord[]) => void;
};
