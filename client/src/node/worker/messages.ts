import type { ControlAction, InstanceName, NodeId, RunId } from '@quorate/shared/core';
import type { FaultEntry } from '@quorate/shared/faults';
import type {
  InputRecording,
  LabStep,
  Milestone,
  Priority,
  RequestAnswer,
  StepError,
} from '@quorate/shared/host';
import type { TraceEvent } from '@quorate/shared/trace';
import type { WireErrorCode } from '@quorate/shared/wire';
import type { DiskFence } from '../disk/index.js';
import type { StoredKeys } from '../keys/index.js';

/** A run as the lab's worker is told of it: the protocol by name, since functions can't cross. */
export type LabRun = {
  readonly run: RunId;
  readonly protocol: string;
  readonly voters: readonly NodeId[];
  readonly options: unknown;
  readonly instances: readonly InstanceName[];
  readonly faults: readonly FaultEntry[];
  /** UNSAFE: the run to begin with what this node kept of; null for one that begins with nothing. */
  readonly salvage: RunId | null;
};

/** What the page tells the lab's worker. The first message is `open`. */
export type ToLab =
  | {
      readonly type: 'open';
      readonly self: NodeId;
      /** Signatures cover it. */
      readonly room: string;
      readonly life: number;
      readonly seed: number;
      readonly keys: StoredKeys;
      readonly fence: DiskFence;
      /** This node was here before: without its disk it must not go on as if it were new. */
      readonly mustExist: boolean;
    }
  | { readonly type: 'run'; readonly run: LabRun }
  | { readonly type: 'stop' | 'end'; readonly run: RunId }
  /** Instances that this node is to have as well from now on. */
  | { readonly type: 'extend'; readonly run: RunId; readonly instances: readonly InstanceName[] }
  | { readonly type: 'faults'; readonly run: RunId; readonly faults: readonly FaultEntry[] }
  | { readonly type: 'pace'; readonly pace: number; readonly paused: boolean }
  /** Pause by yourself at this milestone; null calls it off. */
  | { readonly type: 'pauseAt'; readonly run: RunId; readonly milestone: Milestone | null }
  | { readonly type: 'step'; readonly id: number; readonly run: RunId; readonly step: LabStep }
  | { readonly type: 'peer'; readonly peer: NodeId; readonly up: boolean }
  /** A link that was asked for could not be had; it is tried again. */
  | { readonly type: 'linkFailed'; readonly peer: NodeId }
  | { readonly type: 'publicKey'; readonly node: NodeId; readonly publicKey: Uint8Array }
  | { readonly type: 'frame'; readonly from: NodeId; readonly frame: Uint8Array }
  | { readonly type: 'requests'; readonly requests: readonly LabRequest[] }
  | { readonly type: 'control'; readonly id: number; readonly run: RunId; readonly action: ControlAction }
  | { readonly type: 'keyframe' }
  | {
      readonly type: 'inputs';
      readonly id: number;
      readonly run: RunId;
      readonly instance: InstanceName;
    };

/** What a user of this tab asks of the cluster; those of one turn go to the worker together. */
export type LabRequest = {
  readonly id: number;
  readonly run: RunId;
  readonly kind: 'propose' | 'read';
  readonly operation: Uint8Array;
};

export type LabAnswer = { readonly id: number; readonly answer: RequestAnswer };

/** A frame for another node. */
export type OutFrame = { readonly to: NodeId; readonly priority: Priority; readonly frame: Uint8Array };

/** What the lab's worker tells the page. */
export type FromLab =
  | { readonly type: 'opened'; readonly disk: 'opfs' | 'indexeddb' }
  | { readonly type: 'frames'; readonly frames: readonly OutFrame[] }
  | {
      readonly type: 'wantLink';
      readonly peer: NodeId;
      readonly owner: string;
      readonly wanted: boolean;
    }
  | { readonly type: 'answers'; readonly answers: readonly LabAnswer[] }
  /** Null: the step was taken. */
  | { readonly type: 'stepped'; readonly id: number; readonly error: StepError | null }
  /** It has paused at the milestone that it was told. */
  | { readonly type: 'reached'; readonly run: RunId }
  /** Null: no such instance runs here. */
  | { readonly type: 'inputs'; readonly id: number; readonly recording: InputRecording | null }
  | {
      readonly type: 'trace';
      readonly events: readonly TraceEvent[];
      /** Messages that each fault has touched at this node, by fault id. */
      readonly touched: { readonly [fault: string]: number };
    }
  | { readonly type: 'failed'; readonly why: string }
  | {
      readonly type: 'violation';
      readonly from: NodeId;
      readonly code: WireErrorCode;
      readonly why: string;
    };
