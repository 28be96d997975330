/** The memory of an OpenClaw workspace: facts as candidates, day logs as captures; a person decides on all of it. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { keptTurn } from '../agents/kept-turn.ts';
import { type MemoryFact, readMemoryFile } from '../agents/openclaw-memory.ts';
import { AtoError } from '../errors.ts';
import type { CapturedJson } from '../http/interactions.ts';
import { captureId, type TurnInput, toTurn, turnDigest } from '../model/captures.ts';
import { GLOBAL_PROJECT, recordId } from '../model/names.ts';
import type { ProjectId } from '../plugin.ts';
import { type Client, Refused } from './client.ts';
import { knownCaptures, send } from './import-captures.ts';
import { type ImportReport, Tally } from './import-report.ts';

export interface MemoryImport {
  /** The workspace; left out: the one of OpenClaw's profile. */
  readonly place?: string;
  /** Of captures and facts; left out: facts belong to no project, captures to the inbox. */
  readonly project?: ProjectId;
  readonly isDry: boolean;
}

const CLIENT = 'openclaw';
const FILE_BYTES_MAX = 1_000_000;

export async function importOpenClaw(client: Client, ask: MemoryImport): Promise<ImportReport> {
  const workspace = ask.place ?? ownWorkspace(process.env);
  const tally = new Tally();
  const paths = await memoryPaths(workspace);
  const known = await knownCaptures(client, CLIENT);
  const records = await knownRecords(client);
  for (const path of paths) {
    const text = await textIn(join(workspace, path), tally);
    if (text !== undefined) await importFile(path, text, { client, ask, tally, known, records });
  }
  return tally.report('openclaw', ask.isDry);
}

function ownWorkspace(environment: NodeJS.ProcessEnv): string {
  const profile = environment.OPENCLAW_PROFILE ?? '';
  const name = profile === '' || profile === 'default' ? 'workspace' : `workspace-${profile}`;
  return join(environment.OPENCLAW_STATE_DIR || join(homedir(), '.openclaw'), name);
}

/** The Markdown of the workspace itself and of its memory folder, in order. */
async function memoryPaths(workspace: string): Promise<readonly string[]> {
  try {
    const top = await readdir(workspace, { withFileTypes: true });
    const below = top.some((entry) => entry.name === 'memory' && entry.isDirectory())
      ? await readdir(join(workspace, 'memory'), { withFileTypes: true, recursive: true })
      : [];
    const memory = join(workspace, 'memory');
    return [
      ...top.filter((entry) => entry.isFile()).map(({ name }) => name),
      ...below
        .filter((entry) => entry.isFile())
        .map(({ parentPath, name }) =>
          join('memory', parentPath.slice(memory.length + 1), name).replaceAll('\\', '/'),
        )
        .filter((path) => !path.split('/').some((part) => part.startsWith('.'))),
    ]
      .filter((path) => path.endsWith('.md'))
      .sort();
  } catch (error) {
    const message = `Expected an OpenClaw workspace in ${workspace}, found none that can be read. Name its folder: \`atocore import openclaw <folder>\`.`;
    throw new AtoError('not-found', message, { cause: error });
  }
}

async function textIn(file: string, tally: Tally): Promise<string | undefined> {
  try {
    const { size } = await stat(file);
    if (size <= FILE_BYTES_MAX) return await readFile(file, 'utf8');
    const message = `Expected at most ${FILE_BYTES_MAX} bytes, found ${size}. Import its folder as a project root instead.`;
    tally.faults.push({ path: file, message });
  } catch (error) {
    const { code = 'unknown' } = error as NodeJS.ErrnoException;
    tally.faults.push({ path: file, message: `Expected a readable file, found ${code}.` });
  }
  return undefined;
}

interface Work {
  readonly client: Client;
  readonly ask: MemoryImport;
  readonly tally: Tally;
  readonly known: Set<string>;
  readonly records: Set<string>;
}

async function importFile(path: string, text: string, work: Work): Promise<void> {
  const { tally } = work;
  tally.add('files');
  const file = readMemoryFile(path, text);
  if (file.is === 'left') return tally.passOver(file.why);
  const day = file.is === 'log' ? file.day : undefined;
  const capture = await takeText(path, text, { day, work });
  if (file.is === 'log') return;
  for (let count = 0; count < file.tooLong; count += 1) tally.leaveOut('too long for one fact');
  for (const fact of file.facts) await propose(fact, `${capture ?? path} (OpenClaw ${path})`, work);
}

/** The whole text as a capture, so that nothing of it is lost and every fact has its evidence. */
async function takeText(
  path: string,
  text: string,
  { day, work }: { readonly day: string | undefined; readonly work: Work },
): Promise<string | undefined> {
  const { client, ask, tally, known } = work;
  const found = keptTurn({ prompt: `OpenClaw ${path}\n\n${text}` });
  if ('left' in found) {
    tally.leaveOut(found.left);
    return undefined;
  }
  const input: TurnInput = {
    prompt: found.kept.prompt,
    client: CLIENT,
    session_id: path.slice(0, 200),
    ...(ask.project === undefined ? {} : { project: ask.project }),
    ...(day === undefined || Number.isNaN(Date.parse(day)) ? {} : { at: `${day}T12:00:00Z` }),
  };
  const id = captureId(turnDigest(toTurn(input, ask.project)));
  const isNew = !known.has(id);
  tally.add(isNew ? 'captured' : 'already');
  if (ask.isDry) return undefined;
  const taken = await send<CapturedJson>(client, '/interactions', input);
  return taken.path;
}

async function propose(fact: MemoryFact, origin: string, work: Work): Promise<void> {
  const { client, ask, tally, records } = work;
  const project = ask.project ?? GLOBAL_PROJECT;
  const { kind, subject, text, value } = fact;
  const id = recordId({ project, type: 'memory', kind, subject, statement: text });
  if (records.has(id)) return tally.add('already');
  if (ask.isDry) return tally.add('proposed');
  try {
    await send(client, '/memory', { kind, project, subject, text, value, origins: [origin] });
    records.add(id);
    tally.add('proposed');
  } catch (error) {
    if (!(error instanceof Refused) || error.problem.code !== 'wrong-state') throw error;
    // The queue takes so many proposals and no more; the next import brings the rest.
    if (typeof error.problem.max === 'number')
      tally.leaveOut('the queue is full: decide, import again');
    else tally.add('already');
  }
}

interface RecordPage {
  readonly items: readonly { readonly id: string }[];
  readonly next_cursor?: string;
}

async function knownRecords(client: Client): Promise<Set<string>> {
  const ids = new Set<string>();
  let cursor: string | undefined;
  do {
    const page: RecordPage = await client.get('/memory', { limit: '500', cursor });
    for (const { id } of page.items) ids.add(id);
    cursor = page.next_cursor;
  } while (cursor !== undefined);
  return ids;
}
