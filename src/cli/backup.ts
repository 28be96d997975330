/** `backup create|list|validate|cleanup|drill`: copies of the store, and the proof that they are good. */
import { type Command, InvalidArgumentError } from 'commander';
import { AtoError, ERROR_CODES } from '../errors.ts';
import type {
  BackupListJson,
  CleanupJson,
  DrillJson,
  TakenJson,
  ValidationJson,
} from '../http/backup-json.ts';
import { type Placed, placeOf, placeOfClient, VERIFICATION_FAILED } from './backup-place.ts';
import { Refused } from './client.ts';
import { columns, counted, plain, styled } from './lines.ts';
import { wholeNumber } from './numbers.ts';
import { actorOf, personHere } from './person.ts';
import { addRestore } from './restore.ts';
import { shellOf, withClient } from './shell.ts';

interface DirOption {
  readonly dir?: string;
}

export function addBackup(program: Command): void {
  const backup = program.command('backup').description('backups, and the proof that they are good');
  addCreate(backup);
  addList(backup);
  addValidate(backup);
  addRestore(backup);
  addCleanup(backup);
  addDrill(backup);
}

/** `--dir`, which every command of this family takes. */
const DIR = ['--dir <folder>', "else ATOCORE_BACKUP_DIR, or the user's state folder"] as const;

interface CreateOptions extends DirOption {
  readonly incremental?: boolean;
  readonly includeIndex?: boolean;
  readonly copyTo?: string;
}

function addCreate(backup: Command): void {
  backup
    .command('create')
    .option(...DIR)
    .option('--incremental', 'only what came since the newest backup')
    .option('--include-index', 'beside a copy of the index: a restore is searchable sooner')
    .option('--copy-to <place>', 'a second folder or git remote; else ATOCORE_BACKUP_SECOND')
    .description('settle, then back up all that is committed')
    .action((options: CreateOptions, command: Command) =>
      withClient(command, async (client, shell) => {
        const place = await placeOfClient(client, options.dir);
        let unsettled: string | undefined;
        try {
          const body = { remember: options.includeIndex === true };
          await client.send('POST', '/admin/settle', { body, scope: 'admin' });
        } catch (error) {
          // What is committed is worth a copy all the same; the backup says what it lacks.
          if (!(error instanceof Refused) || error.problem.code === 'not-allowed') throw error;
          unsettled = error.problem.detail;
        }
        const [{ secondPlace, takeBackup }, { takenJson }, { BUILD }] = await Promise.all([
          import('../backup-flow.ts'),
          import('../http/backup-json.ts'),
          import('../http/build.ts'),
        ]);
        const backup = await takeBackup(client.folder, {
          place,
          second: secondPlace(options.copyTo),
          incremental: options.incremental === true,
          includeIndex: options.includeIndex === true,
          build: BUILD.sha,
          ...(unsettled === undefined ? {} : { unsettled }),
        });
        for (const { message } of backup.warnings) shell.say(message);
        if (backup.copy?.fault !== undefined) shell.leave(ERROR_CODES.failed.exitCode);
        shell.show(takenJson(backup), takenLines);
      }),
    );
}

function takenLines(taken: TakenJson): readonly string[] {
  const { stamp, files, bytes, index_bytes: index, parent, folder, copy } = taken;
  const beside = index === undefined ? '' : `, index beside it ${size(index)}`;
  const added = (parent === undefined ? '' : `, added to ${parent}`) + beside;
  const told =
    copy === undefined ? [] : [copy.copied ? `Copied to ${copy.to}.` : plain(copy.fault ?? '')];
  return [
    `Backup ${styled('bold', stamp)}: ${counted(files, 'file')}, ${size(bytes)}${added}.`,
    folder,
    ...told,
  ];
}

function addList(backup: Command): void {
  backup
    .command('list')
    .option(...DIR)
    .description('backups, newest first')
    .action(async ({ dir }: DirOption, command: Command) => {
      const shell = shellOf(command);
      const { place } = await placeOf(shell, dir);
      const [{ listPlace }, { listedJson }] = await Promise.all([
        import('../backup/backup-folder.ts'),
        import('../http/backup-json.ts'),
      ]);
      const items = (await listPlace(place)).map(listedJson);
      const list: BackupListJson = {
        items,
        count: items.length,
        folder: place.folder,
        is_default: place.isDefault,
      };
      shell.show(list, listLines);
    });
}

function listLines({ items, folder, count }: BackupListJson): readonly string[] {
  if (count === 0) return [`No backup in ${folder} yet. Make one: atocore backup create`];
  const rows = items.map((item) =>
    'fault' in item
      ? [item.stamp, '', '', plain(item.fault)]
      : [
          item.stamp,
          size(item.bytes),
          item.reason,
          item.parent ? `adds to ${item.parent}` : 'whole',
        ],
  );
  return [...columns(rows), `${counted(count, 'backup')} in ${folder}`];
}

function addValidate(backup: Command): void {
  backup
    .command('validate')
    .argument('<stamp>', 'as the list shows it')
    .option(...DIR)
    .option('--level <level>', '1 the file, 2 every object, 3 restored and settled', level, 2)
    .description('how far a backup can be believed; exit code 13 when it cannot')
    .action(
      async (
        stamp: string,
        options: DirOption & { readonly level: 1 | 2 | 3 },
        command: Command,
      ) => {
        const shell = shellOf(command);
        const { place, store } = await placeOf(shell, options.dir);
        const [{ validateOnRecord }, { validationJson }] = await Promise.all([
          import('../backup-flow.ts'),
          import('../http/backup-json.ts'),
        ]);
        const report = validationJson(
          await validateOnRecord(place, stamp, {
            level: options.level,
            now: new Date(),
            ...(store === undefined ? {} : { store }),
          }),
        );
        if (!report.valid) shell.leave(VERIFICATION_FAILED);
        if (!report.recorded) shell.say(`This result could not be written to ${place.folder}.`);
        shell.show(report, validationLines);
      },
    );
}

function validationLines(report: ValidationJson): readonly string[] {
  const { stamp, valid, reached, asked, index, fault } = report;
  const beside =
    index === 'damaged' ? ['The copy of its index is damaged; a restore builds it anew.'] : [];
  if (valid) return [`${stamp} is valid to level ${reached}.`, ...beside];
  return [
    `${stamp} is not valid: it passed level ${reached} of ${asked}.`,
    plain(fault?.message ?? ''),
  ];
}

interface CleanupOptions extends DirOption {
  readonly days?: number;
  readonly weeks?: number;
  readonly months?: number;
}

function addCleanup(backup: Command): void {
  backup
    .command('cleanup')
    .option(...DIR)
    .option('--days <count>', 'how many last days keep their newest (7)', wholeNumber)
    .option('--weeks <count>', 'how many last weeks (4)', wholeNumber)
    .option('--months <count>', 'how many last months (6)', wholeNumber)
    .description('what would be removed; with --yes it is')
    .action(async ({ dir, days, weeks, months }: CleanupOptions, command: Command) => {
      const shell = shellOf(command);
      const { place, store } = await placeOf(shell, dir);
      const [{ cleanUp }, { cleanupJson }, { RETENTION }] = await Promise.all([
        import('../backup-flow.ts'),
        import('../http/backup-json.ts'),
        import('../backup/retention.ts'),
      ]);
      const cleanup = await cleanUp(place, {
        policy: {
          days: days ?? RETENTION.days,
          weeks: weeks ?? RETENTION.weeks,
          months: months ?? RETENTION.months,
        },
        isConfirmed: shell.options.yes,
        now: new Date(),
        ...(store === undefined ? {} : { store }),
      });
      shell.show(cleanupJson(place.folder, cleanup), cleanupLines);
    });
}

function cleanupLines(cleanup: CleanupJson): readonly string[] {
  const { keep, remove, removed, bytes, leftovers, dry_run: isDryRun } = cleanup;
  const kept = keep.map(({ stamp, reasons }) => ['keep', stamp, plain(reasons.join(', '))]);
  const gone = remove.map(({ stamp, bytes: each }) => ['remove', stamp, size(each)]);
  const left = leftovers.map((name) => ['remove', name, 'left behind by a stop']);
  const end = isDryRun
    ? `Nothing was removed. With --yes: ${counted(remove.length, 'backup')}, ${size(bytes)}.`
    : `Removed ${counted(removed.length, 'backup')}, ${size(bytes)}.`;
  return [...columns([...kept, ...gone, ...left]), end];
}

function addDrill(backup: Command): void {
  backup
    .command('drill')
    .option(...DIR)
    .option('--level <level>', '1 the newest backup, 2 a new one, 3 in the store too', level, 2)
    .description('restore a backup to a scratch folder and compare; exit code 13 when it fails')
    .action((options: DirOption & { readonly level: 1 | 2 | 3 }, command: Command) => {
      // Without a daemon the engine of this process takes its folder from here.
      if (options.dir !== undefined) process.env.ATOCORE_BACKUP_DIR = options.dir;
      return withClient(command, async (client, shell) => {
        const asked = await placeOfClient(client, options.dir);
        await assertPlaceOf(await placeOfClient(client, undefined, {}), asked);
        const actor = actorOf(await personHere(client.folder));
        const body = { level: options.level, ...actor };
        const report = await client.send<DrillJson>('POST', '/admin/drill', {
          body,
          scope: 'admin',
        });
        if (!report.passed) shell.leave(VERIFICATION_FAILED);
        shell.show(report, drillLines);
      });
    });
}

/** A drill runs where the engine is, so its folder is the engine's. */
async function assertPlaceOf(engines: Placed['place'], asked: Placed['place']): Promise<void> {
  if (engines.folder === asked.folder) return;
  throw new AtoError(
    'wrong-state',
    `Expected the backup folder of the daemon, ${engines.folder}, found ${asked.folder}. Start the daemon with ATOCORE_BACKUP_DIR set to that, or stop it for the drill.`,
  );
}

function drillLines({ steps, passed, level: depth, stamp }: DrillJson): readonly string[] {
  const rows = steps.map((step) => [
    step.passed ? 'ok' : 'FAILED',
    step.name,
    `${step.duration_ms} ms`,
    plain(step.found),
  ]);
  const end = passed ? 'passed' : 'FAILED';
  return [...columns(rows), `Drill ${stamp} to level ${depth}: ${styled('bold', end)}.`];
}

function level(text: string): 1 | 2 | 3 {
  const found = ([1, 2, 3] as const).find((each) => String(each) === text);
  if (found !== undefined) return found;
  throw new InvalidArgumentError('Expected 1, 2 or 3.');
}

function size(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  if (bytes < 1024 ** 2) return `${(bytes / 1024).toFixed(1)} KiB`;
  return `${(bytes / 1024 ** 2).toFixed(1)} MiB`;
}
