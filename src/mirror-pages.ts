/** The generated pages of a project, read as they stand in its folder (domain.md §9). */
import { isAtoError } from './errors.ts';
import { roleOf } from './model/layout.ts';
import { byText } from './model/names.ts';
import type { ProjectId, StorePath } from './plugin.ts';
import { readFile } from './store/read-file.ts';
import type { Store } from './store/store.ts';

export interface MirrorPage {
  readonly path: StorePath;
  /** Blob of the file. */
  readonly oid: string;
  /** Markdown, its banner and checksum included. */
  readonly text: string;
}

/** In order of path. @param paths what the last scan saw */
export async function mirrorPages(
  store: Store,
  paths: Iterable<StorePath>,
  project: ProjectId,
): Promise<readonly MirrorPage[]> {
  const own = [...paths].filter((path) => {
    const role = roleOf(path);
    return role.role === 'mirror' && role.project === project;
  });
  const pages: MirrorPage[] = [];
  for (const path of own.sort(byText)) {
    try {
      const { bytes, oid } = await readFile(store, path);
      pages.push({ path, oid, text: bytes.toString('utf8') });
    } catch (error) {
      // Taken away by a settling that is under way.
      if (!isAtoError(error, 'not-found')) throw error;
    }
  }
  return pages;
}
