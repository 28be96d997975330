/** Work that must not run beside other work of its kind: the second is told of the first. */
import { AtoError } from './errors.ts';

export type Alone = <Result>(what: string, work: () => Promise<Result>) => Promise<Result>;

/** Runs one piece of work at a time. AtoError `busy` while another is under way. @param about what they are all about */
export function oneAtATime(about: string): Alone {
  let underWay: string | undefined;
  return async (what, work) => {
    if (underWay !== undefined) {
      const message = `Expected no other work on ${about}, found ${underWay} under way. Try again when it is done.`;
      throw new AtoError('busy', message);
    }
    underWay = what;
    try {
      return await work();
    } finally {
      underWay = undefined;
    }
  };
}
