/** What every import asks of the store: which captures it has, and to take one more. */
import { setTimeout as sleep } from 'node:timers/promises';
import { AtoError } from '../errors.ts';
import type { ProjectListJson } from '../http/projects.ts';
import { foldName } from '../model/names.ts';
import type { ProjectId } from '../plugin.ts';
import { type Client, Refused } from './client.ts';

const TRIES = 50;
const RETRY_MS = 200;

interface CapturePage {
  readonly items: readonly { readonly id: string }[];
  readonly next_cursor?: string;
}

/** The ids of all captures that came from a client. */
export async function knownCaptures(client: Client, from: string): Promise<Set<string>> {
  const ids = new Set<string>();
  let cursor: string | undefined;
  do {
    const page: CapturePage = await client.get('/interactions', {
      client: from,
      limit: '500',
      cursor,
    });
    for (const { id } of page.items) ids.add(id);
    cursor = page.next_cursor;
  } while (cursor !== undefined);
  return ids;
}

/** Posts as an agent; a store that is busy is asked again. */
export async function send<Body>(client: Client, path: string, body: unknown): Promise<Body> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await client.send<Body>('POST', path, { body });
    } catch (error) {
      const isBusy = error instanceof Refused && error.problem.code === 'busy';
      if (!isBusy || attempt === TRIES) throw error;
      await sleep(RETRY_MS);
    }
  }
}

/** The project that a name stands for. AtoError `not-found` lists the names there are. */
export async function projectNamed(client: Client, name: string): Promise<ProjectId> {
  const { items } = await client.get<ProjectListJson>('/projects', { limit: '500' });
  const found = items.find(({ id, title, aliases }) =>
    [id, title, ...aliases].some((each) => foldName(each) === foldName(name)),
  );
  if (found !== undefined) return found.id as ProjectId;
  const names = items.map(({ id }) => id).join(', ') || 'none yet';
  throw new AtoError(
    'not-found',
    `Expected a project, one of ${names}; found ${JSON.stringify(name)}. Register it first.`,
  );
}
