import { OptionsError } from '../../core/index.js';

/** An option that is a whole number: what it is when nothing is said, and from where to where it goes. */
export type NumberOption = { readonly byDefault: number; readonly min: number; readonly max: number };

/** Options of what the protocol stands on: their own parser reads them. */
export type NestedOptions<Options> = (given: unknown) => Options;

type Known = { readonly [name: string]: NumberOption | boolean | NestedOptions<unknown> };
type Parsed<Names extends Known> = {
  readonly [Name in keyof Names]: Names[Name] extends NestedOptions<infer Options>
    ? Options
    : Names[Name] extends boolean
      ? boolean
      : number;
};

/** Checks what a user gave against the options there are, and fills in defaults. Throws `OptionsError` with what to do. */
export function parseNamed<const Names extends Known>(
  protocol: string,
  known: Names,
  given: unknown,
): Parsed<Names> {
  const fields = asRecord(given);
  const names = Object.keys(known);
  for (const name of Object.keys(fields)) {
    if (!names.includes(name)) {
      throw new OptionsError(`${protocol} has no option "${name}": use ${names.join(', ')}.`);
    }
  }
  const parsed = Object.fromEntries(
    Object.entries<Known[string]>(known).map(([name, option]) => [name, read(name, option, fields[name])]),
  );
  return parsed as Parsed<Names>;
}

function read(name: string, option: Known[string], given: unknown): unknown {
  if (typeof option === 'function') return option(given);
  return typeof option === 'boolean' ? flag(name, option, given) : number(name, option, given);
}

function number(name: string, { byDefault, min, max }: NumberOption, given: unknown): number {
  const value = given ?? byDefault;
  if (typeof value !== 'number' || !Number.isInteger(value) || value < min || value > max) {
    throw new OptionsError(`${name} must be a whole number from ${min} to ${max}.`);
  }
  return value;
}

function flag(name: string, byDefault: boolean, given: unknown): boolean {
  const value = given ?? byDefault;
  if (typeof value !== 'boolean') throw new OptionsError(`${name} must be true or false.`);
  return value;
}

function asRecord(given: unknown): { readonly [name: string]: unknown } {
  if (given === undefined || given === null) return {};
  if (typeof given !== 'object' || Array.isArray(given)) {
    throw new OptionsError('Options must be an object such as {"retransmitMs": 200}.');
  }
  return given as { readonly [name: string]: unknown };
}
