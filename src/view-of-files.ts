/** A view of files that lie in no repository: for measuring, and for a look without a store. */
import { loadPlugins } from './config.ts';
import { CONFIG_PATH } from './model/layout.ts';
import { blobOid } from './model/names.ts';
import { newConfig, readConfig } from './model/store-config.ts';
import { settle } from './pipeline/settle.ts';
import type { Oid, StorePath } from './plugin.ts';
import { Publisher } from './publish.ts';
import type { View } from './view/view.ts';

export interface ViewOfFilesOptions {
  /** 40 hexadecimal digits; absent = one that no commit has. */
  readonly revision?: Oid;
  /** UTC; when every file was last touched. */
  readonly date?: string;
}

const REVISION = '0123456789abcdef0123456789abcdef01234567' as Oid;

/** The view that a store of these files settles to. Without an `atocore.json` the default one holds. */
export async function viewOfFiles(
  files: ReadonlyMap<StorePath, string>,
  options: ViewOfFilesOptions = {},
): Promise<View> {
  const { revision = REVISION, date = '2026-04-09T10:15:00Z' } = options;
  const config = readConfig(files.get(CONFIG_PATH) ?? newConfig('0123-abcd'));
  const plugins = await loadPlugins(config, {});
  const encoder = new TextEncoder();
  const snapshot = new Map(
    [...files].map(([path, text]) => {
      const bytes = encoder.encode(text);
      return [path, { path, oid: blobOid(bytes), bytes }];
    }),
  );
  const settlement = settle({
    files: snapshot,
    unread: [],
    config,
    plugins,
    standing: new Map(),
    lastGood: new Map(),
  });
  const paths = [...files.keys(), ...settlement.changes.map(({ path }) => path)];
  const touches = new Map(paths.map((path) => [path, { commit: revision, date }]));
  return new Publisher(config).publish(settlement, revision, touches);
}
