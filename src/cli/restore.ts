/** `backup restore`: brings a backup back as a new commit, or into another folder. */

import type { Command } from 'commander';
import { AtoError } from '../errors.ts';
import type { RestoredJson, RestorePlanJson } from '../http/backup-json.ts';
import type { RestoredElsewhere, RestoreRequest } from '../restore-flow.ts';
import { storeFolder } from '../store-place.ts';
import { placeOf, VERIFICATION_FAILED } from './backup-place.ts';
import type { Client } from './client.ts';
import { confirmed } from './confirm.ts';
import { findDaemon } from './daemon-file.ts';
import { columns, counted, plain } from './lines.ts';
import { actorOf, personHere } from './person.ts';
import { type Shell, shellOf, withClient } from './shell.ts';
import { findStore } from './store-folder.ts';

interface Options {
  readonly dir?: string;
  readonly into?: string;
  readonly otherStore?: boolean;
  readonly throughDaemon?: boolean;
  readonly dryRun?: boolean;
  readonly safetyBackup: boolean;
}

export function addRestore(backup: Command): void {
  backup
    .command('restore')
    .argument('<stamp>', 'as the list shows it')
    .option('--dir <folder>', "else ATOCORE_BACKUP_DIR, or the user's state folder")
    .option('--into <folder>', 'into a folder that is empty or not there; the store stays as it is')
    .option('--other-store', "take another store's backup: its files replace this store's")
    .option('--through-daemon', 'while a daemon serves the store: it stops settling meanwhile')
    .option('--dry-run', 'show what it would do, and change nothing')
    .option('--no-safety-backup', 'make no backup of the present state first')
    .description('bring a backup back, as a new commit; exit code 13 unless it is proven')
    .action((stamp: string, options: Options, command: Command) => {
      const shell = shellOf(command);
      return options.into === undefined
        ? inPlace(stamp, options, command)
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

/** A restore of the store where it is: what it would do, then doing it. */
interface Road {
  readonly folder: string;
  readonly plan: () => Promise<RestorePlanJson>;
  readonly restore: () => Promise<RestoredJson>;
}

async function inPlace(stamp: string, options: Options, command: Command): Promise<void> {
  if (options.throughDaemon === true) {
    return withClient(command, (client, shell) =>
      carryOut(shell, options, throughDaemon(stamp, options, client)),
    );
  }
  const shell = shellOf(command);
  if (options.dryRun !== true) await assertNotServed(shell);
  await carryOut(shell, options, await alone(stamp, options, shell));
}

async function carryOut(
  shell: Shell,
  { dryRun: isDryRun }: Options,
  { folder, plan, restore }: Road,
): Promise<void> {
  const planned = await plan();
  if (isDryRun === true) return shell.show(planned, planLines);
  for (const line of planLines(planned)) shell.say(line);
  if (!(await confirmed(shell, `Restore ${planned.stamp} into ${folder}?`))) {
    throw new AtoError('interrupted', 'Expected a yes, found another answer. Nothing was changed.');
  }
  const report = await restore();
  if (!report.proven) shell.leave(VERIFICATION_FAILED);
  shell.show(report, reportLines);
}

async function alone(stamp: string, options: Options, shell: Shell): Promise<Road> {
  const { place } = await placeOf(shell, options.dir);
  const folder = storeFolder(shell.options.store);
  const [{ planRestoreOf, restoreStore }, { restoredJson, restorePlanJson }, { BUILD }] =
    await Promise.all([
      import('../restore-flow.ts'),
      import('../http/backup-json.ts'),
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
  return {
    folder,
    plan: async () => restorePlanJson(await planRestoreOf(folder, request)),
    restore: async () => {
      await assertNotServed(shell);
      return restoredJson(await restoreStore(folder, request));
    },
  };
}

function throughDaemon(stamp: string, options: Options, client: Client): Road {
  const { folder, via } = client;
  if (via !== 'daemon') {
    const message = `Expected a daemon that serves ${folder}, found none. Leave --through-daemon out.`;
    throw new AtoError('no-daemon', message);
  }
  if (options.dir !== undefined) {
    const message =
      'Expected --through-daemon without --dir, found both. The daemon restores from its own backup folder (ATOCORE_BACKUP_DIR).';
    throw new AtoError('usage', message);
  }
  const ask = { stamp, other_store: options.otherStore === true };
  const scope = 'admin';
  return {
    folder,
    plan: () => client.send('POST', '/admin/restore/plan', { body: ask, scope }),
    restore: async () => {
      const actor = actorOf(await personHere(folder));
      const body = { ...ask, safety_backup: options.safetyBackup, ...actor };
      return client.send('POST', '/admin/restore', { body, scope });
    },
  };
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
  const message = `Expected a store that no daemon serves, found one at ${url}. Stop it, or restore through it with --through-daemon; nothing was changed.`;
  throw new AtoError('locked', message);
}

function planLines(plan: RestorePlanJson): readonly string[] {
  const { stamp, folder, from, backed_up: backedUp, writes, removals, pending, mounts } = plan;
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

function reportLines(report: RestoredJson): readonly string[] {
  const safety = report.safety_backup === undefined ? '' : ` and backup ${report.safety_backup}`;
  return [
    `Restored ${report.stamp}: ${report.written} files written, ${report.removed} removed, commit ${report.to}.`,
    `The state before is ${report.safety_ref}${safety}.`,
    ...(report.message === undefined
      ? ['The folder is the backed up tree, and there was nothing to settle.']
      : [plain(report.message)]),
  ];
}
