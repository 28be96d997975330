/** Settles a store that is a map of paths to texts: the whole pipeline, without a disk. */
import adr from '../../plugins/adr/index.ts';
import cues from '../../plugins/cues/index.ts';
import markdown from '../../plugins/markdown/index.ts';
import mirror from '../../plugins/mirror/index.ts';
import { blobOid } from '../../src/model/names.ts';
import type { Settlement, Snapshot, StoreFile } from '../../src/model/snapshot.ts';
import { newConfig, readConfig } from '../../src/model/store-config.ts';
import { settle } from '../../src/pipeline/settle.ts';
import type { Plugin, StorePath } from '../../src/plugin.ts';

export type Texts = Readonly<Record<string, string>>;

export const BUILT_IN: readonly Plugin[] = [adr, cues, markdown, mirror].map((module) =>
  module.create(undefined),
);

/** These files as the scan of a store would give them. */
export function snapshotOf(files: Texts, plugins: readonly Plugin[] = BUILT_IN): Snapshot {
  const encoder = new TextEncoder();
  const entries = Object.entries(files).map(([name, text]): [StorePath, StoreFile] => {
    const path = name as StorePath;
    const bytes = encoder.encode(text);
    return [path, { path, bytes, oid: blobOid(bytes) }];
  });
  return {
    files: new Map(entries),
    unread: [],
    config: readConfig(newConfig('0123456789abcdef')),
    plugins,
    standing: new Map(),
    lastGood: new Map(),
  };
}

/** What settling these files gives, and the files once its changes are written. */
export function settleTree(
  files: Texts,
  plugins: readonly Plugin[] = BUILT_IN,
): { settlement: Settlement; after: Texts } {
  const settlement = settle(snapshotOf(files, plugins));
  const after = new Map(Object.entries(files));
  for (const { path, text } of settlement.changes) {
    if (text === null) after.delete(path);
    else after.set(path, text);
  }
  return { settlement, after: Object.fromEntries(after) };
}

export interface WrittenRecord {
  readonly id: string;
  readonly kind: string;
  readonly subject: string;
  readonly text?: string;
  readonly type?: 'memory' | 'entity';
  readonly project?: string;
  readonly status?: string;
  /** Further lines of frontmatter. */
  readonly more?: readonly string[];
}

/** The file of a record as a person writes it. */
export function recordFile(record: WrittenRecord): Texts {
  const { id, kind, subject, type = 'entity', project = 'p05', status = 'active' } = record;
  const name = subject.toLowerCase().replace(/[^a-z0-9]+/g, '-');
  const lines = [
    '---',
    `id: "${id}"`,
    `type: ${type}`,
    `kind: ${kind}`,
    `project: ${project}`,
    `status: ${status}`,
    `subject: ${JSON.stringify(subject)}`,
    'hand_authored: true',
    ...(record.more ?? []),
    '---',
    record.text ?? `${subject} is described here.`,
    '',
  ];
  return { [`projects/${project}/records/${kind}/${name}--${id}.md`]: lines.join('\n') };
}
