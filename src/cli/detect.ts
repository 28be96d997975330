/** `detect-project`: which project a text, or the current folder, speaks of. */
import type { Command } from 'commander';
import type { DetectedJson } from '../http/detect.ts';
import { FAIL_OPEN_FLAG, FAIL_OPEN_TEXT } from './fail-open.ts';
import { withClient } from './shell.ts';

const NOTHING_FOUND = 3;

export function addDetect(program: Command): void {
  program
    .command('detect-project')
    .argument('<text>', 'a prompt, or any text')
    .option('--cwd <folder>', 'folder to look up among the roots', process.cwd())
    .option(FAIL_OPEN_FLAG, FAIL_OPEN_TEXT)
    .description('the one project that a text or the current folder speaks of')
    .action((text: string, { cwd }: { cwd: string }, command: Command) =>
      withClient(command, async (client, shell) => {
        const detected = await client.get<DetectedJson>('/detect-project', { text, cwd });
        if (detected.project === null) shell.leave(NOTHING_FOUND);
        shell.show(detected, linesOf);
      }),
    );
}

function linesOf({ project, matched }: DetectedJson): readonly string[] {
  if (project !== null) return [project];
  if (matched.length === 0) return ['No project.'];
  const names = matched.map((match) => `${match.project} (by ${match.by})`).join(', ');
  return [`More than one: ${names}. Say which with --project.`];
}
