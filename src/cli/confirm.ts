/** One question, yes or no. */
import { createInterface } from 'node:readline/promises';
import { AtoError } from '../errors.ts';
import type { Shell } from './shell.ts';

/** `--yes` answers for a person. AtoError `usage` where nobody can be asked. */
export async function confirmed(shell: Shell, question: string): Promise<boolean> {
  if (shell.options.yes) return true;
  if (process.stdin.isTTY !== true) {
    const message = `Expected a person to ask "${question}", found no terminal. Say --yes if that is meant; nothing was changed.`;
    throw new AtoError('usage', message);
  }
  const asking = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(?:es)?$/i.test((await asking.question(`${question} [y/N] `)).trim());
  } finally {
    asking.close();
  }
}
