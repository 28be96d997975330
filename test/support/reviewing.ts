/** A store with notes to review, and short ways to ask for what is in it. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Engine } from '../../src/engine.ts';
import type { ServedRecord } from '../../src/model/snapshot.ts';
import type { RecordId } from '../../src/plugin.ts';
import { queueOf } from '../../src/view/queue.ts';
import type { View } from '../../src/view/view.ts';
import { git } from './native-git.ts';
import { exampleStore, openEngine, put } from './store-tree.ts';

export const P05 = 'projects/p05-interferometer';

export interface Reviewing {
  readonly folder: string;
  readonly engine: Engine;
}

/** The example store with these notes, settled; `values` adds the plugin for conflicts. */
export async function reviewing(
  test: TestContext,
  notes: Readonly<Record<string, string>> = {},
  options: { readonly values?: boolean; readonly watch?: boolean } = {},
): Promise<Reviewing> {
  const folder = await exampleStore(test);
  for (const [path, text] of Object.entries(notes)) await put(folder, path, text);
  if (options.values === true) await withValues(folder);
  const engine = await openEngine(test, folder, options.watch ?? false);
  return { folder, engine };
}

async function withValues(folder: string): Promise<void> {
  const plugin = fileURLToPath(new URL('values-plugin.ts', import.meta.url));
  process.env.ATOCORE_PLUGINS = `values=${plugin}`;
  // A plugin in TypeScript needs a thread from source.
  delete process.env.ATOCORE_BUILT_THREADS;
  const file = join(folder, 'atocore.json');
  const config = JSON.parse(await readFile(file, 'utf8')) as { plugins: object };
  config.plugins = { ...config.plugins, values: {} };
  await writeFile(file, `${JSON.stringify(config, null, 2)}\n`);
}

export function viewOf(engine: Engine): View {
  if (engine.view === undefined) throw new TypeError('no view yet');
  return engine.view;
}

/** The record whose text contains a phrase, whatever its status. */
export function recordSaying(engine: Engine, phrase: string): ServedRecord {
  for (const served of viewOf(engine).settlement.records.values()) {
    if (served.record.text.includes(phrase)) return served;
  }
  throw new Error(`no record says ${phrase}`);
}

export function served(engine: Engine, id: RecordId): ServedRecord {
  const found = viewOf(engine).settlement.records.get(id);
  if (found === undefined) throw new Error(`no record ${id}`);
  return found;
}

export function statusOf(engine: Engine, id: RecordId): string {
  return served(engine, id).record.status;
}

export function queueTexts(engine: Engine): readonly string[] {
  return queueOf(viewOf(engine)).entries.map(({ served }) => served.record.text);
}

/** The trailers of a commit, as git reads them. */
export async function trailersOf(folder: string, commit: string): Promise<readonly string[]> {
  const said = await git(folder, ['log', '-1', '--format=%(trailers:only,unfold)', commit]);
  return said.trim().split('\n');
}

export async function filesOf(folder: string, commit: string): Promise<readonly string[]> {
  const said = await git(folder, ['show', '--format=', '--name-only', '--no-renames', commit]);
  return said.trim().split('\n');
}
