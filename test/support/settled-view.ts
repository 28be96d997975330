/** A view of files that are only values: settled without a disk. */

import cues from '../../plugins/cues/index.ts';
import markdown from '../../plugins/markdown/index.ts';
import { blobOid } from '../../src/model/names.ts';
import type { StoreFile } from '../../src/model/snapshot.ts';
import { newConfig, readConfig } from '../../src/model/store-config.ts';
import { settle } from '../../src/pipeline/settle.ts';
import type { Oid, Plugin, StorePath } from '../../src/plugin.ts';
import { SearchIndex } from '../../src/view/search-index.ts';
import type { View } from '../../src/view/view.ts';
import values from './values-plugin.ts';

const PLUGINS: readonly Plugin[] = [
  cues.create({} as never),
  markdown.create({} as never),
  values.create({}),
];
const COMMIT = '1'.repeat(40) as Oid;

/** @param dates when a file was last committed, where it matters */
export function settledView(
  files: Readonly<Record<string, string>>,
  dates: Readonly<Record<string, string>> = {},
  openCandidates = 50,
): View {
  const config = readConfig(newConfig('0123-abcd'));
  const all = new Map<StorePath, StoreFile>();
  for (const [path, text] of Object.entries(files)) {
    const bytes = new TextEncoder().encode(text);
    all.set(path as StorePath, { path: path as StorePath, oid: blobOid(bytes), bytes });
  }
  const settlement = settle({
    files: all,
    unread: [],
    config: { ...config, limits: { ...config.limits, openCandidates } },
    plugins: PLUGINS,
    standing: new Map(),
    lastGood: new Map(),
  });
  const touches = new Map(
    [...settlement.records.values()].map(({ record }) => [
      record.path,
      { commit: COMMIT, date: dates[record.subject] ?? '2026-11-01T00:00:00Z' },
    ]),
  );
  return { revision: COMMIT, settlement, index: new SearchIndex(), touches, config };
}

/** The text of a record that a person wrote. */
export function recordText(fields: Readonly<Record<string, string>>, text: string): string {
  const all = { type: 'memory', status: 'active', hand_authored: 'true', ...fields };
  const lines = Object.entries(all).map(([key, value]) => `${key}: ${value}`);
  return `---\n${lines.join('\n')}\n---\n\n${text}\n`;
}
