import type { NodeId } from '../core/index.js';
import type { LinkName, PartitionShape } from './partitions.js';

/** What the nemesis does once; times in ms of the world's time. What lasts, ends by itself after `forMs`. */
export type FaultDeed =
  | {
      readonly type: 'cut';
      readonly shape: PartitionShape;
      readonly links: readonly LinkName[];
      readonly forMs: number;
    }
  /** Whoever leads then can't be reached, and reaches nobody: it may believe for a while that it still leads. */
  | { readonly type: 'cut-leader'; readonly forMs: number }
  /** Whoever leads then is asked to hand over to `to`, or to the next, and is cut off as soon as that one begins a reign. */
  | { readonly type: 'hand-over'; readonly to: NodeId; readonly forMs: number }
  /** The link delivers nothing, and then everything. */
  | { readonly type: 'clog'; readonly from: NodeId; readonly to: NodeId; readonly forMs: number }
  /** Of the writes under way the first `survivingWrites` are there after the restart, though nobody was told. */
  | {
      readonly type: 'crash';
      readonly node: NodeId;
      readonly survivingWrites: number;
      readonly downMs: number;
    }
  /** The next flush fails after its first `survivingWrites` writes; the host crashes then, and is down for `downMs`. */
  | {
      readonly type: 'fail-write';
      readonly node: NodeId;
      readonly survivingWrites: number;
      readonly downMs: number;
    }
  /** Nothing reaches the disk until the time is over. */
  | { readonly type: 'stall-disk'; readonly node: NodeId; readonly forMs: number }
  /** The node's clock runs at `rate`, 1 being true, and its later lives begin `offsetMs` ahead. */
  | {
      readonly type: 'drift-clock';
      readonly node: NodeId;
      readonly rate: number;
      readonly offsetMs: number;
      readonly forMs: number;
    }
  | { readonly type: 'jump-clock'; readonly node: NodeId; readonly byMs: number }
  /** The lab's pause, on this node alone: its clock stands still, its messages wait. */
  | { readonly type: 'pause'; readonly node: NodeId; readonly forMs: number }
  /** Whatever happens to the node it notices late, at every `everyMs`, all at once: a hidden tab. */
  | { readonly type: 'throttle'; readonly node: NodeId; readonly everyMs: number; readonly forMs: number }
  /** Nothing runs at all; then everything has arrived, and the time has passed. */
  | { readonly type: 'freeze'; readonly node: NodeId; readonly forMs: number }
  /** The node and its disk are gone. It never comes back: with amnesia it must not. */
  | { readonly type: 'lose-disk'; readonly node: NodeId }
  /** The node crashes and is not started again. */
  | { readonly type: 'leave-down'; readonly node: NodeId };

/** A deed, when it is done, and the name by which a run can be told to do it or leave it: `crashes-3`. */
export type FaultAction = { readonly id: string; readonly atMs: number; readonly deed: FaultDeed };

/** An action as a line for people. */
export function actionText({ id, deed }: FaultAction): string {
  return `${id}: ${deedText(deed)}`;
}

function deedText(deed: FaultDeed): string {
  switch (deed.type) {
    case 'cut': {
      const links = deed.links.map(([from, to]) => `${from}>${to}`).join(' ');
      return `cut (${deed.shape}) ${links} for ${ms(deed.forMs)}`;
    }
    case 'cut-leader':
      return `cut off whoever leads for ${ms(deed.forMs)}`;
    case 'hand-over':
      return `let whoever leads hand over to ${deed.to}, and cut it off for ${ms(deed.forMs)}`;
    case 'clog':
      return `clog ${deed.from}>${deed.to} for ${ms(deed.forMs)}`;
    case 'crash':
      return `crash ${deed.node}${surviving(deed)}, down for ${ms(deed.downMs)}`;
    case 'fail-write':
      return `fail the next write of ${deed.node}${surviving(deed)}, down for ${ms(deed.downMs)}`;
    case 'stall-disk':
      return `stall the disk of ${deed.node} for ${ms(deed.forMs)}`;
    case 'drift-clock':
      return `let the clock of ${deed.node} run at ${deed.rate.toFixed(3)}, ${ms(deed.offsetMs)} ahead, for ${ms(deed.forMs)}`;
    case 'jump-clock':
      return `move the clock of ${deed.node} forward by ${ms(deed.byMs)}`;
    case 'throttle':
      return `throttle ${deed.node} to one turn in ${ms(deed.everyMs)} for ${ms(deed.forMs)}`;
    case 'pause':
    case 'freeze':
      return `${deed.type} ${deed.node} for ${ms(deed.forMs)}`;
    case 'lose-disk':
      return `lose the disk of ${deed.node} for good`;
    case 'leave-down':
      return `crash ${deed.node} for good`;
  }
}

function surviving({ survivingWrites }: { readonly survivingWrites: number }): string {
  return survivingWrites === 0 ? '' : `, up to ${survivingWrites} unsynced writes survive`;
}

function ms(time: number): string {
  return `${time.toFixed(time < 10 ? 1 : 0)} ms`;
}
