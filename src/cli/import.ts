/** `import`: what agents and people have from before, taken in; nothing of it becomes trusted by that. */
import type { Command } from 'commander';
import { AtoError } from '../errors.ts';
import { projectNamed } from './import-captures.ts';
import { folderLines, importFolder } from './import-folder.ts';
import { importOpenClaw } from './import-openclaw.ts';
import { type ImportReport, reportLines } from './import-report.ts';
import { importSessions } from './import-sessions.ts';
import { type Shell, withClient } from './shell.ts';

interface Options {
  readonly project?: string;
  readonly title?: string;
  readonly dryRun?: boolean;
}

const FAILED = 1;

export function addImport(program: Command): void {
  program
    .command('import')
    .argument('<from>', 'claude-code, codex, openclaw, or a folder of notes')
    .argument('[place]', "the agent's folder or one of its files; left out: where it keeps them")
    .option('--project <name>', 'where it goes; of a folder: the project that it is a root of')
    .option('--title <text>', 'of a project that is made for a folder')
    .option('--dry-run', 'count what would come, write nothing')
    .description('take in sessions, memory files or a folder of notes; again adds only what is new')
    .action((from: string, place: string | undefined, options: Options, command: Command) =>
      withClient(command, async (client, shell) => {
        const isDry = options.dryRun === true;
        const named = { ...(place === undefined ? {} : { place }), isDry };
        if (from === 'claude-code' || from === 'codex') {
          const project = await projectOf();
          conclude(
            shell,
            await importSessions(client, shell, { format: from, ...named, ...project }),
          );
        } else if (from === 'openclaw') {
          conclude(shell, await importOpenClaw(client, { ...named, ...(await projectOf()) }));
        } else {
          if (place !== undefined) {
            throw new AtoError('usage', `Expected one folder, found ${from} and ${place}.`);
          }
          const { project, title } = options;
          const more = {
            ...(project === undefined ? {} : { project }),
            ...(title === undefined ? {} : { title }),
          };
          const report = await importFolder(client, { folder: from, isDry, ...more });
          if (report.status !== 'staged') shell.leave(FAILED);
          shell.show(report, folderLines);
        }
        async function projectOf() {
          if (options.project === undefined) return {};
          return { project: await projectNamed(client, options.project) };
        }
      }),
    );
}

function conclude(shell: Shell, report: ImportReport): void {
  if (report.faults.length > 0) shell.leave(FAILED);
  shell.show(report, reportLines);
}
