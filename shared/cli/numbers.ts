import { InvalidArgumentError } from 'commander';

/** Reads an option that is a whole number from `min` to `max`; says what to give when it is none. */
export function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const number = text.trim() === '' ? Number.NaN : Number(text);
    if (!Number.isSafeInteger(number) || number < min || number > max) {
      throw new InvalidArgumentError(`Give a whole number from ${min} to ${max}.`);
    }
    return number;
  };
}
