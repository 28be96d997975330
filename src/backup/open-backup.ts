/** Opens a backup with all it builds upon, believing nothing: what comes out has been checked to level 2. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { AtoError } from '../errors.ts';
import { CONFIG_PATH } from '../model/layout.ts';
import { FORMAT } from '../model/store-config.ts';
import type { Oid, StorePath } from '../plugin.ts';
import { parseCommit } from '../store/commit-object.ts';
import { diskError } from '../store/disk-error.ts';
import { type Disk, errorCode, nodeDisk } from '../store/durable-fs.ts';
import { TREE_MODE } from '../store/objects.ts';
import { storePath } from '../store/store-path.ts';
import { type BundleHeader, parseBundleHeader } from './bundle.ts';
import { needsOf, soundTree } from './check-objects.ts';
import { BUNDLE_NAME, type Manifest, type Stamp } from './manifest.ts';
import { type ObjectType, type OpenedPack, openPack, type PackObject } from './open-pack.ts';
import { backupFolder, readManifest } from './place.ts';
import { isRecordFile, recordCounts } from './record-counts.ts';

/** One file of a backup's tree. */
export interface TreeFile {
  /** The bytes of its path, one character each. */
  readonly key: string;
  /** `100644`, `100755`, or `120000` for a link. */
  readonly mode: string;
  readonly oid: Oid;
}

/** What a bundle turned out to hold. */
export interface OpenedBundle {
  readonly header: BundleHeader;
  readonly pack: OpenedPack;
  readonly head: Oid;
  readonly tree: Oid;
  readonly branch: string;
  readonly store: string;
  /** Every file of the head's tree, in order. */
  readonly files: readonly TreeFile[];
  readonly content: Manifest['content'];
  readonly counts: Manifest['counts'];
  /** An object of this bundle, or of one that it builds upon. */
  readonly read: (oid: Oid) => PackObject | undefined;
  readonly typeOf: (oid: Oid) => ObjectType | undefined;
}

export interface OpenedBackup extends OpenedBundle {
  readonly manifest: Manifest;
  /** The packs from the first whole backup to this one. */
  readonly packs: readonly OpenedPack[];
}

/** Deeper than any chain that `createBackup` makes. */
const CHAIN_MAX = 100;

/**
 * AtoError `not-found` (no manifest, no bundle, no parent), `verification-failed`, `newer-format`,
 * `too-large`.
 */
export async function openBackup(
  place: string,
  stamp: Stamp,
  disk: Disk = nodeDisk,
): Promise<OpenedBackup> {
  const manifests = await chainOf(place, stamp, disk);
  const packs: OpenedPack[] = [];
  let opened: (OpenedBundle & { readonly manifest: Manifest }) | undefined;
  for (const manifest of manifests) {
    const bytes = await readBundle(place, manifest, disk);
    opened = { ...(await openBundle(bytes, opened)), manifest };
    assertAsStated(opened, manifest);
    packs.push(opened.pack);
  }
  if (opened === undefined) throw new TypeError('a chain has at least one backup');
  return { ...opened, packs };
}

/** Manifests from the whole backup to the asked one. */
async function chainOf(place: string, stamp: Stamp, disk: Disk): Promise<readonly Manifest[]> {
  const chain: Manifest[] = [];
  for (let next: Stamp | undefined = stamp; next !== undefined; next = chain[0]?.parent) {
    const child = chain[0];
    if (chain.length === CHAIN_MAX || chain.some((each) => each.stamp === next)) {
      throw new AtoError(
        'verification-failed',
        `Expected at most ${CHAIN_MAX} backups that build upon each other, found more below ${stamp}. Use another backup; nothing was changed.`,
      );
    }
    const at: Stamp = next;
    const manifest = await readManifest(place, at, disk).catch((error: unknown) => {
      if (child === undefined || !(error instanceof AtoError)) throw error;
      throw new AtoError(
        error.code,
        `Backup ${child.stamp} adds to ${at}, which cannot be used. ${error.message}`,
        { cause: error },
      );
    });
    chain.unshift(manifest);
  }
  return chain;
}

/** The bytes of a bundle, checked against its manifest: level 1. */
export async function readBundle(
  place: string,
  manifest: Manifest,
  disk: Disk = nodeDisk,
): Promise<Buffer> {
  const path = join(backupFolder(place, manifest.stamp), BUNDLE_NAME);
  let bytes: Buffer;
  try {
    bytes = await disk.readFile(path);
  } catch (error) {
    if (errorCode(error) === 'ERR_FS_FILE_TOO_LARGE') {
      throw new AtoError(
        'too-large',
        `Expected a bundle of at most 2 GiB, found more in ${path}. Restore it with git clone.`,
      );
    }
    if (errorCode(error) !== 'ENOENT') throw diskError(error, `read ${path}`);
    throw new AtoError(
      'not-found',
      `Expected the bundle of a backup at ${path}, found none. Use another backup; nothing was changed.`,
    );
  }
  const { bundle } = manifest;
  if (bytes.length !== bundle.bytes) {
    throw differs(path, `${bundle.bytes} bytes`, `${bytes.length}`);
  }
  const found = sha256(bytes);
  if (found !== bundle.sha256) throw differs(path, `sha256 ${bundle.sha256}`, found);
  return bytes;
}

/** What a bundle holds, once every object has been read and everything that is named was found. */
export async function openBundle(bytes: Buffer, below?: OpenedBundle): Promise<OpenedBundle> {
  const { header, packAt } = parseBundleHeader(bytes);
  const needed = new Map<Oid, ObjectType>();
  for (const oid of header.prerequisites) needed.set(oid, 'commit');
  const pack = await openPack(bytes.subarray(packAt), {
    outside: (oid) => below?.read(oid),
    onObject: (oid, object) => {
      for (const need of needsOf(oid, object)) {
        const known = needed.get(need.oid);
        if (known !== undefined && known !== need.type) throw mixed(need.oid, known, need.type);
        needed.set(need.oid, need.type);
      }
    },
  });
  const typeOf = (oid: Oid): ObjectType | undefined =>
    pack.entries.get(oid)?.type ?? below?.typeOf(oid);
  for (const [oid, type] of needed) {
    const found = typeOf(oid);
    if (found === undefined) throw lacks(oid, type, header.prerequisites.includes(oid));
    if (found !== type) throw mixed(oid, type, found);
  }
  for (const [, oid] of header.refs) {
    if (typeOf(oid) === undefined) throw lacks(oid, 'object of a reference', false);
  }
  const read = (oid: Oid): PackObject | undefined => pack.read(oid) ?? below?.read(oid);
  return { header, pack, read, typeOf, ...contentOf(header, read) };
}

function contentOf(header: BundleHeader, read: OpenedBundle['read']) {
  const { head, branch } = headOf(header);
  const commit = read(head);
  if (commit?.type !== 'commit') throw mixed(head, 'commit', commit?.type ?? 'nothing');
  const { tree } = parseCommit(head, commit.bytes);
  const files: TreeFile[] = [];
  const walk = (oid: Oid, folder: string): void => {
    for (const { mode, name, oid: child } of soundTree(oid, bytesOf(read, oid))) {
      if (mode === TREE_MODE) walk(child, `${folder}${name}/`);
      else if (mode !== '160000') files.push({ key: folder + name, mode, oid: child });
    }
  };
  walk(tree, '');
  let bytes = 0;
  const records: (readonly [StorePath, string])[] = [];
  for (const { key, oid } of files) {
    const content = bytesOf(read, oid);
    bytes += content.length;
    const path = storePath(Buffer.from(key, 'latin1').toString('utf8'));
    if (path !== undefined && isRecordFile(path)) records.push([path, content.toString('utf8')]);
  }
  const config = files.find(({ key }) => key === CONFIG_PATH);
  const store = storeIdOf(config === undefined ? undefined : bytesOf(read, config.oid));
  const content = { files: files.length, bytes };
  return { head, branch, tree, files, content, counts: recordCounts(records), store };
}

/** `HEAD` and the branch that it stands for. */
function headOf({ refs }: BundleHeader): { readonly head: Oid; readonly branch: string } {
  const branches = [...refs].filter(([name]) => name.startsWith('refs/heads/'));
  const head = refs.get('HEAD') ?? (branches.length === 1 ? branches[0]?.[1] : undefined);
  const named = branches.filter(([, oid]) => oid === head).map(([name]) => name.slice(11));
  const branch = named.includes('main') ? 'main' : named[0];
  if (head !== undefined && branch !== undefined) return { head, branch };
  throw new AtoError(
    'verification-failed',
    'Expected HEAD and its branch in the bundle, found none. Bundle with: git bundle create <file> HEAD --all.',
  );
}

function storeIdOf(config: Buffer | undefined): string {
  let value: unknown;
  try {
    value = JSON.parse(config?.toString('utf8') ?? '');
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  const { store, format } = (value ?? {}) as { store?: unknown; format?: unknown };
  if (typeof format === 'number' && format > FORMAT) {
    throw new AtoError(
      'newer-format',
      `Expected the backup of a store of format ${FORMAT} or older, found format ${format}. Update atocore; nothing was changed.`,
    );
  }
  if (typeof store === 'string') return store;
  throw new AtoError(
    'verification-failed',
    'Expected the backup of a store, found no atocore.json with a store id in it. Nothing was changed.',
  );
}

function assertAsStated(found: OpenedBundle, manifest: Manifest): void {
  const stated = {
    store: manifest.store,
    head: manifest.head,
    tree: manifest.tree,
    objects: manifest.bundle.objects,
    refs: manifest.refs,
    content: manifest.content,
    counts: manifest.counts,
  };
  const actual: typeof stated = {
    store: found.store,
    head: found.head,
    tree: found.tree,
    objects: found.pack.entries.size,
    refs: Object.fromEntries(found.header.refs),
    content: found.content,
    counts: found.counts,
  };
  for (const name of Object.keys(stated) as (keyof typeof stated)[]) {
    const [expected, is] = [JSON.stringify(stated[name]), JSON.stringify(actual[name])];
    if (expected !== is) throw differs(`${manifest.stamp}, ${name}`, expected, is);
  }
}

function bytesOf(read: OpenedBundle['read'], oid: Oid): Buffer {
  const object = read(oid);
  if (object === undefined) throw lacks(oid, 'object', false);
  return object.bytes;
}

/** Of a whole file in memory. */
export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function differs(where: string, expected: string, found: string): AtoError {
  const cut = (text: string): string => (text.length > 200 ? `${text.slice(0, 200)}…` : text);
  return new AtoError(
    'verification-failed',
    `Expected ${cut(expected)} in backup ${where}, found ${cut(found)}. It was changed or damaged; use another backup. Nothing was changed.`,
  );
}

function lacks(oid: Oid, what: string, isPrerequisite: boolean): AtoError {
  const why = isPrerequisite
    ? 'it adds to a backup that is not here'
    : 'it names it and does not hold it';
  return new AtoError(
    'verification-failed',
    `Expected ${what} ${oid} in the backup, found none: ${why}. Use another backup; nothing was changed.`,
  );
}

function mixed(oid: Oid, expected: string, found: string): AtoError {
  return new AtoError(
    'verification-failed',
    `Expected a ${expected} at ${oid} in the backup, found a ${found}. Use another backup; nothing was changed.`,
  );
}
