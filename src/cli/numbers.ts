/** Numbers on the command line. */
import { InvalidArgumentError } from 'commander';

/** A whole number that isn't negative. */
export function wholeNumber(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('Expected a whole number.');
}

/** A share of one. */
export function fraction(text: string): number {
  const value = Number(text);
  if (/^[\d.]{1,9}$/.test(text) && value >= 0 && value <= 1) return value;
  throw new InvalidArgumentError('Expected a number from 0 to 1.');
}
