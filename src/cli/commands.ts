/** The command line: it runs a command, and turns an error into a message and an exit code. */
import { CommanderError } from 'commander';
import { ERROR_CODES } from '../errors.ts';
import { HttpProblem, type ProblemBody, problemOf } from '../http/problem.ts';
import { Refused } from './client.ts';
import { commandLine } from './program.ts';

const TRY_AGAIN = 75;

function exitCodeOf({ code }: ProblemBody): number {
  if (code === 'too-many-requests') return TRY_AGAIN;
  return code === 'method-not-allowed' ? 1 : ERROR_CODES[code].exitCode;
}

/** What went wrong, where people or programs look for it. */
function report(error: unknown, isJson: boolean): number {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return 0;
    const usage = new HttpProblem('usage', error.message);
    if (isJson) process.stdout.write(`${JSON.stringify(problemOf(usage, () => undefined))}\n`);
    return ERROR_CODES.usage.exitCode;
  }
  const log = (line: string) => process.stderr.write(`${line}\n`);
  const problem = error instanceof Refused ? error.problem : problemOf(error, log);
  if (isJson) process.stdout.write(`${JSON.stringify(problem)}\n`);
  else process.stderr.write(`atocore: ${problem.detail}\n`);
  return exitCodeOf(problem);
}

// A reader that has seen enough, such as `head`, ends the pipe; that is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

try {
  await commandLine().parseAsync();
} catch (error) {
  process.exitCode = report(error, process.argv.includes('--json'));
}
