#!/usr/bin/env node
/** The command line: which commands there are, and how an error becomes a message and an exit code. */
import { Command, CommanderError } from 'commander';
import { ERROR_CODES } from '../errors.ts';
import { BUILD } from '../http/build.ts';
import { HttpProblem, type ProblemBody, problemOf } from '../http/problem.ts';
import { addAsk } from './ask.ts';
import { addBackup } from './backup.ts';
import { addCapture } from './capture.ts';
import { addCaptureAsks } from './capture-asks.ts';
import { addCheck } from './check.ts';
import { Refused } from './client.ts';
import { addConflicts } from './conflicts.ts';
import { addContext } from './context.ts';
import { addDecide, addRelate } from './decide.ts';
import { addDetect } from './detect.ts';
import { addEval } from './eval.ts';
import { addHistory } from './history.ts';
import { addImport } from './import.ts';
import { addInit } from './init.ts';
import { addInstall } from './install.ts';
import { addMcp } from './mcp.ts';
import { addProject } from './project.ts';
import { addQueue } from './queue.ts';
import { addReview } from './review.ts';
import { addSearch } from './search.ts';
import { addService } from './service.ts';
import { addSettle } from './settle.ts';
import { addState } from './state.ts';
import { addStatus } from './status.ts';
import { addUp } from './up.ts';

const TRY_AGAIN = 75;

/** Every command. Its errors are thrown; nothing ends the process. */
function commandLine(): Command {
  const built = BUILD.sha === '' ? '' : ` (${BUILD.sha})`;
  const program = new Command('atocore')
    .description('Durable, reviewed context for agents, kept in a git repository of Markdown.')
    .version(`${BUILD.version}${built}`)
    .option('--store <folder>', 'the store; else ATOCORE_STORE, here or above, or your own')
    .option('--config <folder>', 'where tokens are kept; else $XDG_CONFIG_HOME/atocore')
    .option('--json', 'one JSON object on stdout, as HTTP gives it')
    .option('--quiet', 'no remarks on stderr')
    .option('--yes', 'answer every question with yes')
    .exitOverride()
    .showHelpAfterError('(atocore --help lists the commands)');
  const additions = [
    addInit,
    addUp,
    addStatus,
    addSettle,
    addCheck,
    addContext,
    addSearch,
    addDetect,
    addQueue,
    addReview,
    addDecide,
    addRelate,
    addConflicts,
    addHistory,
    addAsk,
    addState,
    addProject,
    addCapture,
    addCaptureAsks,
    addImport,
    addInstall,
    addBackup,
    addEval,
    addService,
    addMcp,
  ];
  for (const add of additions) add(program);
  return program;
}

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
