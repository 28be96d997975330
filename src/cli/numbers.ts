/** Numbers on the command line. */
import { InvalidArgumentError } from 'commander';

/** A whole number that isn't negative. */
export function wholeNumber(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('Expected a whole number.');
}
