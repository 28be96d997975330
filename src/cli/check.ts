/** `check`: the doctor, through the daemon or beside it; it writes nothing either way. */
import type { Command } from 'commander';
import { backupPlace } from '../backup/backup-folder.ts';
import { AtoError, ERROR_CODES } from '../errors.ts';
import type { CheckJson } from '../http/check.ts';
import { storeFolder } from '../store-place.ts';
import { spoolFolder } from '../user-folders.ts';
import { askDaemon } from './client.ts';
import { counted, plain, styled, wrapped } from './lines.ts';
import { type Shell, shellOf } from './shell.ts';
import { type FoundStore, findStore } from './store-folder.ts';

const FINDINGS_SHOWN = 10;

export function addCheck(program: Command): void {
  program
    .command('check')
    .description('read everything, trust nothing, write nothing; say what is wrong and what to do')
    .action(async (_options: unknown, command: Command) => {
      const shell = shellOf(command);
      const report = await checked(shell);
      shell.show(report, linesOf);
      if (!report.is_sound) shell.leave(ERROR_CODES['verification-failed'].exitCode);
    });
}

async function checked(shell: Shell): Promise<CheckJson> {
  const found = await knownStore(shell);
  const daemon = found === undefined ? undefined : await askDaemon(found, shell);
  if (daemon !== undefined) {
    shell.say('Checking, in a thread of the daemon…');
    return daemon.send<CheckJson>('POST', '/admin/check', { body: {}, scope: 'admin' });
  }
  // No engine: that would write, and everything is to be found as it lies there.
  const [{ checkStore }, { Ground }, { openStore }, { checkJson }] = await Promise.all([
    import('../check.ts'),
    import('../check-ground.ts'),
    import('../store/open.ts'),
    import('../http/check.ts'),
  ]);
  const folder = storeFolder(shell.options.store);
  const report = await checkStore(new Ground(await openStore(folder)), {
    backups: backupPlace(found?.config.store ?? 'unknown'),
    spool: spoolFolder(process.env),
    now: new Date(),
    onStart: (title) => progress(title, shell),
  });
  progress('', shell);
  return checkJson(report);
}

/** None where the settings can't be read, which the doctor then says. */
async function knownStore(shell: Shell): Promise<FoundStore | undefined> {
  try {
    return await findStore(shell.options.store);
  } catch (error) {
    if (error instanceof AtoError) return undefined;
    throw error;
  }
}

/** One line that is written over, on a terminal only. */
function progress(title: string, { options }: Shell): void {
  if (options.quiet || process.stderr.isTTY !== true) return;
  process.stderr.write(`\r\u001b[2K${title === '' ? '' : `Checking: ${title}…`}`);
}

function linesOf({
  checks,
  is_sound: isSound,
  duration_ms: durationMs,
}: CheckJson): readonly string[] {
  const warnings = checks.filter(({ state }) => state === 'warning').length;
  const left = checks.filter(({ state }) => state === 'skipped').length;
  const notes = [
    ...(warnings === 0 ? [] : [`${counted(warnings, 'check')} with warnings`]),
    ...(left === 0 ? [] : [`${left} left out`]),
  ];
  const verdict = isSound ? 'Sound' : 'Not sound';
  const rest = notes.length === 0 ? '' : `, ${notes.join(', ')}`;
  return [
    ...checks.flatMap(checkLines),
    `${styled('bold', verdict)}${rest} (${counted(checks.length, 'check')}, ${(durationMs / 1000).toFixed(1)} s).`,
  ];
}

const MARKS = { ok: 'ok     ', warning: 'warning', error: 'ERROR  ', skipped: '-      ' } as const;

function checkLines(check: CheckJson['checks'][number]): readonly string[] {
  const { name, title, state, reason, findings, count } = check;
  const shown = findings.slice(0, FINDINGS_SHOWN);
  const more = count - shown.length;
  return [
    `${MARKS[state]}  ${name}: ${title}`,
    ...(reason === undefined ? [] : wrapped(reason, '           ')),
    ...shown.flatMap(({ path, message }) => [
      ...(path === undefined ? [] : [`         ${plain(path)}`]),
      ...wrapped(message, '           '),
    ]),
    ...(more === 0 ? [] : [`         and ${more} more`]),
  ];
}
