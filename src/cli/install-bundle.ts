/** `install <agent> --bundle <folder>`: a plugin folder that the agent, or a marketplace, takes as it is. */
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { InstallAgent } from '../agents/agent-files.ts';
import { type BundleFile, bundleFiles, MANIFESTS } from '../agents/bundles/bundle.ts';
import type { Programs } from '../agents/command-words.ts';
import { AtoError } from '../errors.ts';
import { BUILD } from '../http/build.ts';
import type { Shell } from './shell.ts';

interface Ask {
  readonly agent: InstallAgent | 'generic';
  readonly programs: Programs;
  readonly folder: string;
  readonly dryRun?: boolean;
}

/** AtoError `wrong-state` where the folder holds something else, `usage` where the agent takes none. */
export async function writeBundle(shell: Shell, ask: Ask): Promise<void> {
  const { agent, programs, folder } = ask;
  const hook = await readFile(programs.hook);
  const { platform } = process;
  const files = bundleFiles(agent, { programs, hook, version: BUILD.version, platform });
  if (files === undefined) {
    const message = `Expected an agent that takes plugin folders, found ${agent}. Use \`atocore install ${agent}\`.`;
    throw new AtoError('usage', message);
  }
  await assertOurs(folder);
  const written = ask.dryRun === true ? [] : await write(folder, files);
  const report = {
    agent,
    dry_run: ask.dryRun === true,
    folder,
    files: files.map(({ path }) => path),
    is_changed: written.length > 0,
  };
  const said = (path: string): string => {
    if (report.dry_run) return 'would write';
    return written.includes(path) ? 'wrote' : 'is as it should be:';
  };
  shell.show(report, () => [
    ...report.files.map((path) => `${said(path)} ${join(folder, path)}`),
    ...(report.dry_run ? ['Nothing was written.'] : []),
  ]);
}

async function write(folder: string, files: readonly BundleFile[]): Promise<readonly string[]> {
  const written: string[] = [];
  for (const { path, bytes } of files) {
    const place = join(folder, path);
    const present = await readFile(place).catch(() => undefined);
    if (present !== undefined && Buffer.compare(present, bytes) === 0) continue;
    await mkdir(dirname(place), { recursive: true });
    await writeFile(place, bytes);
    written.push(path);
  }
  return written;
}

/** A folder that isn't there, is empty, or holds a bundle of ours. */
async function assertOurs(folder: string): Promise<void> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  if (names.length === 0) return;
  for (const manifest of MANIFESTS) {
    const text = await readFile(join(folder, manifest), 'utf8').catch(() => '');
    if (/"name": "atocore"/.test(text)) return;
  }
  const message = `Expected an empty folder, or a bundle of ours, at ${folder}, found other files. Name another folder; nothing was written.`;
  throw new AtoError('wrong-state', message);
}
