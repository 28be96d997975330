/** `--fail-open`: for agents, which go on without an answer rather than wait or fail. */
import { AtoError } from '../errors.ts';
import { askDaemon, type Client, Refused } from './client.ts';
import type { Shell } from './shell.ts';
import { findStore } from './store-folder.ts';

/** What an agent gets where there is no answer. */
export interface Unavailable {
  readonly status: 'unavailable';
  readonly fail_open: true;
  readonly detail: string;
}

export const FAIL_OPEN_FLAG = '--fail-open';
export const FAIL_OPEN_TEXT =
  'ask a running daemon only; where none answers, say {"status": "unavailable"} and end with 0';

/** An agent's turn waits no longer than this. */
const WAIT_MS = 3_000;

/** Does the work with the daemon; whatever keeps the daemon from answering is told, and is no failure. */
export async function failingOpen(
  shell: Shell,
  work: (client: Client, shell: Shell) => Promise<void>,
): Promise<void> {
  const late = setTimeout(() => {
    showUnavailable(shell, `Expected an answer within ${WAIT_MS} ms, found none.`);
    // What is still waited for would keep this process; nothing is left half-done by leaving it.
    process.stdout.write('', () => process.exit(0));
  }, WAIT_MS);
  try {
    const client = await askDaemon(await findStore(shell.options.store), shell);
    if (client === undefined)
      return showUnavailable(shell, 'Expected a daemon, found none running.');
    await work(client, shell);
  } catch (error) {
    if (!isUnavailability(error)) throw error;
    showUnavailable(shell, error.message);
  } finally {
    clearTimeout(late);
  }
}

function showUnavailable(shell: Shell, detail: string): void {
  const answer: Unavailable = { status: 'unavailable', fail_open: true, detail };
  shell.show(answer, () => [`AtoCore is unavailable. ${detail}`]);
}

/** A store or daemon that can't be asked; not an answer that says no. */
function isUnavailability(error: unknown): error is Error {
  if (error instanceof Refused) {
    const { status } = error.problem;
    return status >= 500 || status === 401 || status === 403 || status === 429;
  }
  return error instanceof AtoError && error.code !== 'usage' && error.code !== 'interrupted';
}
