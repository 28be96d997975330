/** `install`, `uninstall`: AtoCore's hooks, MCP entry and skill in an agent's settings, and out again. */
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { Argument, type Command } from 'commander';
import { createTwoFilesPatch } from 'diff';
import { agentFiles, INSTALL_AGENTS, type InstallAgent } from '../agents/agent-files.ts';
import {
  changeFiles,
  firstPlace,
  readAgentFile,
  removeEmptyFolders,
} from '../agents/change-files.ts';
import type { Programs } from '../agents/command-words.ts';
import {
  changeToInstall,
  changeToUninstall,
  type FileBytes,
  type FileChange,
  type FileTarget,
  isSameFile,
} from '../agents/file-change.ts';
import {
  forgetInstalled,
  type Installed,
  installedFolder,
  readInstalled,
  writeInstalled,
} from '../agents/installed.ts';
import { AtoError } from '../errors.ts';
import { defaultConfigFolder } from '../http/tokens.ts';
import { storeFolder } from '../store-place.ts';
import { confirmed } from './confirm.ts';
import { writeBundle } from './install-bundle.ts';
import { type Shell, shellOf } from './shell.ts';
import { findStore } from './store-folder.ts';

interface Options {
  readonly dryRun?: boolean;
  readonly bundle?: string;
}

export interface InstallReport {
  readonly agent: string;
  readonly dry_run: boolean;
  readonly is_changed: boolean;
  readonly files: readonly {
    readonly path: string;
    readonly change: 'made' | 'changed' | 'removed' | 'same';
    readonly diff: string;
  }[];
  readonly notes: readonly string[];
}

export function addInstall(program: Command): void {
  program
    .command('install')
    .addArgument(agentArgument([...INSTALL_AGENTS, 'generic']))
    .option('--dry-run', 'show the change, write nothing')
    .option('--bundle <folder>', 'write a plugin folder for the agent instead of its settings')
    .description("put hooks, MCP entry and skill into an agent's settings: shown first, then asked")
    .action(async (agent: InstallAgent | 'generic', options: Options, command: Command) => {
      const shell = shellOf(command);
      const { folder: store } = await findStore(shell.options.store);
      const programs = programsHere(store);
      if (options.bundle !== undefined) {
        return writeBundle(shell, { agent, programs, folder: resolve(options.bundle), ...options });
      }
      if (agent === 'generic') {
        const message =
          'Expected an agent with settings of its own, found generic. Name a folder with --bundle, or let the agent run `atocore hook generic <event>`.';
        throw new AtoError('usage', message);
      }
      const { targets, installed, folder } = await targetsOf(agent, shell, programs);
      const changes = await planned(targets, changeToInstall);
      const report = reportOf(agent, changes, options);
      if (!report.is_changed || options.dryRun === true) return conclude(shell, report);
      await ask(shell, report, `Write this into the settings of ${agent}?`);
      await carryOut(changes, { folder, ...(installed === undefined ? {} : { installed }) });
      conclude(shell, { ...report, notes: [...report.notes, ...(NOTES[agent] ?? [])] });
    });
  program
    .command('uninstall')
    .addArgument(agentArgument(INSTALL_AGENTS))
    .option('--dry-run', 'show the change, write nothing')
    .description("take out of an agent's settings what install put there, and nothing else")
    .action(async (agent: InstallAgent, options: Options, command: Command) => {
      const shell = shellOf(command);
      const programs = programsHere(storeFolder(shell.options.store));
      const { targets, installed, folder } = await targetsOf(agent, shell, programs);
      const changes = await planned(targets, changeToUninstall);
      const report = reportOf(agent, changes, options);
      if (options.dryRun === true) return conclude(shell, report);
      if (report.is_changed) {
        await ask(shell, report, `Take this out of the settings of ${agent}?`);
        await changeFiles(changes);
        await removeEmptyFolders(installed?.folders ?? []);
      }
      await forgetInstalled(folder);
      conclude(shell, report);
    });
}

/** What a person still does themselves. */
const NOTES: Readonly<Partial<Record<InstallAgent, readonly string[]>>> = {
  'claude-code': ['New sessions of Claude Code have it.'],
  codex: ['Codex asks once whether these hooks are to be trusted: start it, and look at /hooks.'],
  openclaw: ['Restart the gateway of OpenClaw, or start a new session.'],
};

function agentArgument(names: readonly string[]): Argument {
  return new Argument('<agent>', 'which agent').choices(names);
}

/** This Node and the files of this build. AtoError `failed` where it isn't built whole. */
function programsHere(store: string): Programs {
  const main = resolve(process.argv[1] ?? '');
  const hook = join(dirname(dirname(main)), 'hook.js');
  if (!existsSync(hook)) {
    const message = `Expected the hook at ${hook}, found none. Build AtoCore, or install it anew.`;
    throw new AtoError('failed', message);
  }
  return { node: process.execPath, hook, main, store };
}

async function targetsOf(
  agent: InstallAgent,
  shell: Shell,
  programs: Programs,
): Promise<{ targets: readonly FileTarget[]; installed: Installed | undefined; folder: string }> {
  const folder = installedFolder(shell.options.config ?? defaultConfigFolder(), agent);
  const installed = await readInstalled(folder);
  const { env: environment, platform } = process;
  const files = agentFiles(agent, { home: homedir(), environment, platform, programs });
  const targets: FileTarget[] = [];
  for (const { places, content } of files) {
    const note = installed?.files.find(({ path }) => places.includes(path));
    const path = note?.path ?? (await firstPlace(places));
    targets.push({ path, content, ...(note === undefined ? {} : { note }) });
  }
  return { targets, installed, folder };
}

async function planned(
  targets: readonly FileTarget[],
  change: (target: FileTarget, now: FileBytes) => FileChange,
): Promise<readonly FileChange[]> {
  const changes: FileChange[] = [];
  for (const target of targets) changes.push(change(target, await readAgentFile(target.path)));
  return changes;
}

/** The note first: whatever is written after it can be taken back, also after a crash. */
async function carryOut(
  changes: readonly FileChange[],
  { folder, installed }: { readonly folder: string; readonly installed?: Installed },
): Promise<void> {
  const files = changes.flatMap(({ note }) => (note === undefined ? [] : [note]));
  const before = installed?.folders ?? [];
  await writeInstalled(folder, { files, folders: before });
  try {
    const made = await changeFiles(changes);
    const folders = [...before, ...made.filter((each) => !before.includes(each))];
    await writeInstalled(folder, { files, folders });
  } catch (error) {
    if (installed === undefined) await forgetInstalled(folder);
    else await writeInstalled(folder, installed);
    throw error;
  }
}

function reportOf(
  agent: InstallAgent,
  changes: readonly FileChange[],
  { dryRun }: Options,
): InstallReport {
  return {
    agent,
    dry_run: dryRun === true,
    is_changed: changes.some(({ now, next }) => !isSameFile(now, next)),
    files: changes.map(({ path, now, next }) => ({
      path,
      change: changeName(now, next),
      diff: isSameFile(now, next) ? '' : diffOf(path, now, next),
    })),
    notes: changes.flatMap(({ path, kept }) =>
      kept.map((key) => `${key.join('.')} in ${path} is not ours: left as it is.`),
    ),
  };
}

function changeName(now: FileBytes, next: FileBytes): InstallReport['files'][number]['change'] {
  if (isSameFile(now, next)) return 'same';
  if (now === undefined) return 'made';
  return next === undefined ? 'removed' : 'changed';
}

function diffOf(path: string, now: FileBytes, next: FileBytes): string {
  const text = (bytes: FileBytes): string => Buffer.from(bytes ?? []).toString('utf8');
  const [from, to] = [now, next].map((bytes) => (bytes === undefined ? '/dev/null' : path));
  return createTwoFilesPatch(from ?? '', to ?? '', text(now), text(next), '', '', { context: 3 })
    .split('\n')
    .filter((line) => !/^=+$/.test(line))
    .join('\n');
}

async function ask(shell: Shell, report: InstallReport, question: string): Promise<void> {
  if (!shell.options.quiet || !shell.options.yes) showDiffs(report);
  if (await confirmed(shell, question)) return;
  throw new AtoError('interrupted', 'Expected a yes, found none. Nothing was changed.');
}

function showDiffs({ files }: InstallReport): void {
  for (const { diff } of files) if (diff !== '') process.stderr.write(`${visible(diff)}\n`);
}

/** What would steer a terminal or hide text is shown by a sign. */
function visible(text: string): string {
  return text.replace(/[^\P{C}\t\n\r]/gu, '\ufffd').replaceAll('\r', '');
}

function conclude(shell: Shell, report: InstallReport): void {
  if (report.dry_run && !shell.options.quiet) showDiffs(report);
  shell.show(report, ({ files, is_changed, dry_run, notes }) => [
    ...(is_changed
      ? files
          .filter(({ change }) => change !== 'same')
          .map(({ path, change }) => `${dry_run ? 'would be ' : ''}${change}: ${path}`)
      : ['Nothing to do.']),
    ...notes,
    ...(dry_run ? ['Nothing was written.'] : []),
  ]);
}
