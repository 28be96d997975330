/** Every command there is: one command is one file and one line here. */
import { Command } from 'commander';
import { BUILD } from '../http/build.ts';
import { addAsk } from './ask.ts';
import { addBackup } from './backup.ts';
import { addCapture } from './capture.ts';
import { addCaptureAsks } from './capture-asks.ts';
import { addCheck } from './check.ts';
import { addConflicts } from './conflicts.ts';
import { addContext } from './context.ts';
import { addDecide, addRelate } from './decide.ts';
import { addDetect } from './detect.ts';
import { addEval } from './eval.ts';
import { addHistory } from './history.ts';
import { addHook } from './hook.ts';
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
import { addSync } from './sync.ts';
import { addUp } from './up.ts';

/** Every command. Its errors are thrown; nothing ends the process. */
export function commandLine(): Command {
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
    addHook,
    addInstall,
    addBackup,
    addSync,
    addEval,
    addService,
    addMcp,
  ];
  for (const add of additions) add(program);
  return program;
}
