/** Which names in a store folder are not content: git's, ours, editors' and synchronisers'. */
import { TEMPORARY_PREFIX } from './durable-fs.ts';

const IGNORED_FOLDERS = new Set([
  '.git',
  '.atocore',
  '.obsidian',
  '.trash',
  '.stfolder',
  '.stversions',
]);

const IGNORED_NAMES: readonly RegExp[] = [
  // vim: swap files of every generation, its probe for a writable folder, backups
  /^\..*\.sw[a-z]$/,
  /^4913$/,
  /~$/,
  // emacs
  /^\.?#.*#?$/,
  // JetBrains
  /___jb_(tmp|old|bak)___$/,
  // Syncthing, Dropbox, iCloud, office suites
  /^\.syncthing\..*\.tmp$/,
  /^~syncthing~.*\.tmp$/,
  /^\.dropbox(\.cache|\.attr)?$/,
  /^\..*\.icloud$/,
  /^\.~lock\..*#$/,
  /^~\$/,
  // desktops
  /^\.DS_Store$/,
  /^\._/,
  /^(Thumbs\.db|desktop\.ini)$/i,
  // writers that save under a temporary name
  /\.(tmp|temp|part|crdownload)$/i,
];

/** Whether a path is passed over by scan and watcher alike. `path` is below the store's folder. */
export function isIgnoredPath(path: string): boolean {
  return path.split('/').some(isIgnoredName);
}

/** The same of one name in a folder. */
export function isIgnoredName(name: string): boolean {
  if (/^\w[\w-]*\.md$/.test(name)) return false;
  if (IGNORED_FOLDERS.has(name) || name.toLowerCase() === '.git') return true;
  if (name.startsWith(TEMPORARY_PREFIX)) return true;
  return IGNORED_NAMES.some((pattern) => pattern.test(name));
}

/** A copy that a synchroniser made because two sides changed a file. It is kept, and shown. */
export function isConflictCopy(path: string): boolean {
  const name = path.slice(path.lastIndexOf('/') + 1);
  return /\(.*conflicted copy.*\)/i.test(name) || /\.sync-conflict-\d{8}-\d{6}/.test(name);
}
