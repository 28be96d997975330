/** `install`, `uninstall`: AtoCore's hooks, MCP entry and skill in an agent's settings, and out again. */
import { existsSync, realpathSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { Argument, type Command } from 'commander';
import { createTwoFilesPatch } from 'diff';
import { INSTALL_AGENTS, type InstallAgent } from '../agents/agent-files.ts';
import type { Programs } from '../agents/command-words.ts';
import { type FileBytes, type FileChange, isSameFile } from '../agents/file-change.ts';
import {
  carryOutInstallation,
  type InstallationPlan,
  planInstallation,
} from '../agents/installation.ts';
import { installedFolder } from '../agents/installed.ts';
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
      assertBuilt(programs);
      if (options.bundle !== undefined) {
        return writeBundle(shell, { agent, programs, folder: resolve(options.bundle), ...options });
      }
      if (agent === 'generic') {
        const message =
          'Expected an agent with settings of its own, found generic. Name a folder with --bundle, or let the agent run `atocore hook generic <event>`.';
        throw new AtoError('usage', message);
      }
      const plan = await planOf('install', agent, { shell, programs });
      const report = reportOf(agent, plan.changes, options);
      if (!report.is_changed || options.dryRun === true) return conclude(shell, report);
      await ask(shell, report, `Write this into the settings of ${agent}?`);
      await carryOutInstallation(plan);
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
      const plan = await planOf('uninstall', agent, { shell, programs });
      const report = reportOf(agent, plan.changes, options);
      if (options.dryRun === true) return conclude(shell, report);
      if (report.is_changed) {
        await ask(shell, report, `Take this out of the settings of ${agent}?`);
      }
      await carryOutInstallation(plan);
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

/** This Node, and the files of this build wherever a link on the path leads to. */
function programsHere(store: string): Programs {
  const main = realpathSync(process.argv[1] ?? '');
  return { node: process.execPath, hook: join(dirname(dirname(main)), 'hook.cjs'), main, store };
}

/** AtoError `failed` where the build isn't whole: an agent would call what isn't there. */
function assertBuilt({ hook }: Programs): void {
  if (existsSync(hook)) return;
  const message = `Expected the hook at ${hook}, found none. Build AtoCore, or install it anew.`;
  throw new AtoError('failed', message);
}

function planOf(
  kind: InstallationPlan['kind'],
  agent: InstallAgent,
  { shell, programs }: { readonly shell: Shell; readonly programs: Programs },
): Promise<InstallationPlan> {
  const folder = installedFolder(shell.options.config ?? defaultConfigFolder(), agent);
  const { env: environment, platform } = process;
  const place = { home: homedir(), environment, platform, programs };
  return planInstallation(kind, { agent, place, folder });
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
