import { OptionsError } from '../../core/index.js';
import { batchRequestsMax, windowMax } from './messages.js';

/** Times are in ms of the lab's clock. A field's name is its unit's. */
export type PbftOptions = {
  /** Requests and bytes in one batch; a single larger request goes alone. */
  readonly requestsPerBatchMax: number;
  readonly bytesPerBatchMax: number;
  /** Batches that a primary proposes before the first of them is executed; later requests wait and go together. */
  readonly pipelineMax: number;
  /** A checkpoint is taken after so many sequence numbers (4.3). */
  readonly checkpointInterval: number;
  /** Sequence numbers between the low and the high watermark; a multiple of the interval, at least twice as many. */
  readonly window: number;
  /** How long a backup waits for a request, or for a new view, before it asks for the next primary (4.4). */
  readonly viewTimeoutMs: number;
  /** The wait doubles with each view that comes to nothing, up to here. */
  readonly viewTimeoutMaxMs: number;
  /** How often a replica that waits for something tells the others how far it is. */
  readonly statusMs: number;
  /** How long one replica has to send the state before the next is asked. */
  readonly fetchMs: number;
  /** Requests that a replica keeps until they are executed; beyond, clients have to ask again. */
  readonly pendingRequestsMax: number;
  /** What has prepared is executed, and answered, before it has committed (5.1.2): two steps less, a quorum of answers more. */
  readonly tentativeExecution: boolean;
  /** Reads are asked of all replicas' stores at once, without being ordered (5.1.3). */
  readonly readOnlyOptimisation: boolean;
  readonly commandBytesMax: number;
  /** Requests of one tab's users that may wait for an answer; beyond, `busy`. */
  readonly clientRequestsMax: number;
  readonly requestTimeoutMs: number;
  readonly retryMinMs: number;
  readonly retryMaxMs: number;
};

type Flag = 'tentativeExecution' | 'readOnlyOptimisation';
type Numeric = Exclude<keyof PbftOptions, Flag>;

/** Default and allowed range of each number. */
const numbers: { readonly [name in Numeric]: readonly [byDefault: number, min: number, max: number] } = {
  requestsPerBatchMax: [64, 1, batchRequestsMax],
  bytesPerBatchMax: [256 * 1024, 1_024, 512 * 1024],
  pipelineMax: [8, 1, windowMax],
  checkpointInterval: [128, 1, windowMax / 2],
  window: [256, 2, windowMax],
  viewTimeoutMs: [1_000, 10, 600_000],
  viewTimeoutMaxMs: [16_000, 10, 3_600_000],
  statusMs: [150, 5, 60_000],
  fetchMs: [2_000, 10, 600_000],
  pendingRequestsMax: [1_024, 1, 65_536],
  commandBytesMax: [64 * 1024, 16, 256 * 1024],
  clientRequestsMax: [1_024, 1, 65_536],
  requestTimeoutMs: [60_000, 10, 3_600_000],
  retryMinMs: [300, 1, 600_000],
  retryMaxMs: [4_000, 1, 600_000],
};

const flags: { readonly [name in Flag]: boolean } = {
  tentativeExecution: false,
  readOnlyOptimisation: false,
};

export const defaultOptions: PbftOptions = parseOptions({});

/** Checks what a user gave and fills in defaults. Throws `OptionsError` with what to do. */
export function parseOptions(given: unknown): PbftOptions {
  const fields = asRecord(given);
  const known: readonly string[] = [...Object.keys(numbers), ...Object.keys(flags)];
  for (const name of Object.keys(fields)) {
    if (!known.includes(name)) {
      throw new OptionsError(`PBFT has no option "${name}": use ${known.join(', ')}.`);
    }
  }
  const number = (name: Numeric): number => {
    const [byDefault, min, max] = numbers[name];
    const value = fields[name] ?? byDefault;
    if (typeof value !== 'number' || !Number.isInteger(value) || value < min || value > max) {
      throw new OptionsError(`${name} must be a whole number from ${min} to ${max}.`);
    }
    return value;
  };
  const flag = (name: Flag): boolean => {
    const value = fields[name] ?? flags[name];
    if (typeof value !== 'boolean') throw new OptionsError(`${name} must be true or false.`);
    return value;
  };
  const options: PbftOptions = {
    requestsPerBatchMax: number('requestsPerBatchMax'),
    bytesPerBatchMax: number('bytesPerBatchMax'),
    pipelineMax: number('pipelineMax'),
    checkpointInterval: number('checkpointInterval'),
    window: number('window'),
    viewTimeoutMs: number('viewTimeoutMs'),
    viewTimeoutMaxMs: number('viewTimeoutMaxMs'),
    statusMs: number('statusMs'),
    fetchMs: number('fetchMs'),
    pendingRequestsMax: number('pendingRequestsMax'),
    tentativeExecution: flag('tentativeExecution'),
    readOnlyOptimisation: flag('readOnlyOptimisation'),
    commandBytesMax: number('commandBytesMax'),
    clientRequestsMax: number('clientRequestsMax'),
    requestTimeoutMs: number('requestTimeoutMs'),
    retryMinMs: number('retryMinMs'),
    retryMaxMs: number('retryMaxMs'),
  };
  checkTogether(options);
  return options;
}

function checkTogether(options: PbftOptions): void {
  const { checkpointInterval, window, viewTimeoutMs, viewTimeoutMaxMs, retryMinMs, retryMaxMs } = options;
  if (window % checkpointInterval !== 0 || window < 2 * checkpointInterval) {
    throw new OptionsError(
      'window must be a multiple of checkpointInterval, at least twice as many: else nothing can be ordered while a checkpoint becomes stable.',
    );
  }
  if (viewTimeoutMs > viewTimeoutMaxMs) {
    throw new OptionsError('viewTimeoutMs must not be above viewTimeoutMaxMs.');
  }
  if (retryMinMs > retryMaxMs) throw new OptionsError('retryMinMs must not be above retryMaxMs.');
}

function asRecord(given: unknown): { readonly [name: string]: unknown } {
  if (given === undefined || given === null) return {};
  if (typeof given !== 'object' || Array.isArray(given)) {
    throw new OptionsError('Options must be an object such as {"viewTimeoutMs": 1000}.');
  }
  return given as { readonly [name: string]: unknown };
}
