/** `backup restore`: brings a backup back as a new commit, or into another folder. */
import type { Command } from 'commander';
import type { RestorePlan } from '../backup/plan-restore.ts';
import { AtoError } from '../errors.ts';
import type { RestoredElsewhere, RestoreReport, RestoreRequest } from '../restore-flow.ts';
import { placeOf, VERIFICATION_FAILED } from './backup-place.ts';
import { confirmed } from './confirm.ts';
import { findDaemon } from './daemon-file.ts';
import { columns, counted, plain } from './lines.ts';
import { personHere } from './person.ts';
import { type Shell, shellOf } from './shell.ts';
import { findStore, storeFolder } from './store-folder.ts';

interface Options {
  readonly dir?: string;
  readonly into?: string;
  readonly otherStore?: boolean;
  readonly safetyBackup: boolean;
}

export function addRestore(backup: Command): void {
  backup
    .command('restore')
    .argument('<stamp>', 'as the list shows it')
    .option('--dir <folder>', "else ATOCORE_BACKUP_DIR, or the user's state folder")
    .option('--into <folder>', 'into a folder that is empty or not there; the store stays as it is')
    .option('--other-store', "take another store's backup: its files replace this store's")
    .option('--no-safety-backup', 'make no backup of the present state first')
    .description('bring a backup back, as a new commit; exit code 13 unless it is proven')
    .action((stamp: string, options: Options, command: Command) => {
      const shell = shellOf(command);
      return options.into === undefined
        ? inPlace(stamp, options, shell)
        : elsewhere(stamp, options.into, { dir: options.dir, shell });
    });
}

async function elsewhere(
  stamp: string,
  into: string,
  { dir, shell }: { readonly dir: string | undefined; readonly shell: Shell },
): Promise<void> {
  const { place } = await placeOf(shell, dir);
  const { restoreElsewhere } = await import('../restore-flow.ts');
  shell.show(
    elsewhereJson(await restoreElsewhere(into, { place: place.folder, stamp })),
    (done) => [
      `Restored ${done.stamp} to ${done.folder}: ${counted(done.files, 'file')}, settled to no changes.`,
    ],
  );
}

async function inPlace(stamp: string, options: Options, shell: Shell): Promise<void> {
  await assertNotServed(shell);
  const { place } = await placeOf(shell, options.dir);
  const folder = storeFolder(shell.options.store);
  const [{ planRestoreOf, restoreStore }, { BUILD }] = await Promise.all([
    import('../restore-flow.ts'),
    import('../http/build.ts'),
  ]);
  const request: RestoreRequest = {
    place: place.folder,
    stamp,
    person: await personHere(folder),
    acceptOtherStore: options.otherStore === true,
    noSafetyBackup: !options.safetyBackup,
    ...(BUILD.sha === '' ? {} : { build: BUILD.sha }),
  };
  for (const line of planLines(await planRestoreOf(folder, request))) shell.say(line);
  if (!(await confirmed(shell, `Restore ${stamp} into ${folder}?`))) {
    throw new AtoError('interrupted', 'Expected a yes, found another answer. Nothing was changed.');
  }
  await assertNotServed(shell);
  const report = await restoreStore(folder, request);
  if (!report.isProven) shell.leave(VERIFICATION_FAILED);
  shell.show(restoredJson(report), reportLines);
}

/** AtoError `locked`. Where no settings can be read, the lock itself tells. */
async function assertNotServed(shell: Shell): Promise<void> {
  let url: string | undefined;
  try {
    url = await findDaemon(await findStore(shell.options.store));
  } catch (error) {
    if (!(error instanceof AtoError)) throw error;
  }
  if (url === undefined) return;
  const message = `Expected a store that no daemon serves, found one at ${url}. Stop it, then restore; nothing was changed.`;
  throw new AtoError('locked', message);
}

function planLines(plan: RestorePlan): readonly string[] {
  const { stamp, folder, from, backedUp, writes, removals, pending, mounts } = plan;
  const rows = [
    ['store', folder],
    ['backup', `${stamp}, commit ${backedUp}`],
    ['present', `commit ${from}`],
    ['files', `${writes} to write, ${removals} to remove`],
    ['not committed yet', `${pending.length}, committed before`],
    ...(mounts.length === 0 ? [] : [['mount points', mounts.join(', ')]]),
  ];
  return columns(rows, '  ');
}

function elsewhereJson({ stamp, folder, head, tree, files, durationMs }: RestoredElsewhere) {
  return { stamp, folder, head, tree, files, duration_ms: durationMs };
}

/** As JSON, in the words that HTTP uses. */
function restoredJson(report: RestoreReport) {
  const { stamp, from, to, backedUp, tree, safetyRef, safetyBackup } = report;
  const { written, removed, edited, settled, isProven, message, durationMs } = report;
  return {
    stamp,
    from,
    to,
    backed_up: backedUp,
    tree,
    safety_ref: safetyRef,
    ...(safetyBackup === undefined ? {} : { safety_backup: safetyBackup }),
    written,
    removed,
    edited,
    settled,
    proven: isProven,
    ...(message === undefined ? {} : { message }),
    duration_ms: durationMs,
  };
}

function reportLines(report: ReturnType<typeof restoredJson>): readonly string[] {
  const safety = report.safety_backup === undefined ? '' : ` and backup ${report.safety_backup}`;
  return [
    `Restored ${report.stamp}: ${report.written} files written, ${report.removed} removed, commit ${report.to}.`,
    `The state before is ${report.safety_ref}${safety}.`,
    ...(report.message === undefined
      ? ['The folder is the backed up tree, and there was nothing to settle.']
      : [plain(report.message)]),
  ];
}
