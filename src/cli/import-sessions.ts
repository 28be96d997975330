/** Session files of an agent, brought in as captures: each turn once, however often it is asked for. */
import { keptTurn } from '../agents/kept-turn.ts';
import { readTranscript } from '../agents/read-transcript.ts';
import { findSessions, type SessionFile, sessionFolders } from '../agents/session-files.ts';
import type { TranscriptFormat, TranscriptTurn } from '../agents/transcript.ts';
import { AtoError } from '../errors.ts';
import type { DetectedJson } from '../http/detect.ts';
import type { CapturedJson } from '../http/interactions.ts';
import { captureId, type TurnInput, toTurn, turnDigest } from '../model/captures.ts';
import type { ProjectId } from '../plugin.ts';
import type { Client } from './client.ts';
import { knownCaptures, send } from './import-captures.ts';
import { type ImportReport, progressOf, Tally } from './import-report.ts';
import type { Shell } from './shell.ts';

export interface SessionImport {
  readonly format: TranscriptFormat;
  /** A folder or file of sessions; left out: where the agent keeps them. */
  readonly place?: string;
  /** Where every turn goes; left out: the project whose root the agent worked in. */
  readonly project?: ProjectId;
  readonly isDry: boolean;
}

/** The last turn of a file that was written to so lately may not be over. */
const UNDER_WAY_MS = 10 * 60_000;
/** Turns on their way at once: the store writes those that come together in one go. */
const AT_ONCE = 16;

export async function importSessions(
  client: Client,
  shell: Shell,
  ask: SessionImport,
): Promise<ImportReport> {
  const places = ask.place === undefined ? sessionFolders(ask.format, process.env) : [ask.place];
  const { files, faults } = await findSessions(places);
  if (files.length === 0 && faults.length === 0) {
    throw new AtoError(
      'not-found',
      `Expected session files (*.jsonl) in ${places.join(' or ')}, found none. Name their folder after the agent.`,
    );
  }
  const tally = new Tally();
  tally.faults.push(...faults);
  const known = await knownCaptures(client, ask.format);
  const projectOf = projectFinder(client, ask.project);
  const progress = progressOf(shell);
  for (const [at, file] of files.entries()) {
    progress.say(`${at + 1} of ${files.length} files  ${file.path}`);
    try {
      await importFile(file, { client, ask, tally, known, projectOf });
    } catch (error) {
      // A session that can't be read is told, and the next one is tried; a store that fails is not.
      const { code } = error as NodeJS.ErrnoException;
      if (error instanceof AtoError || code === undefined || !/^E[A-Z]+$/.test(code)) throw error;
      tally.faults.push({ path: file.path, message: `Expected a readable file, found ${code}.` });
    }
  }
  progress.end();
  return tally.report(ask.format, ask.isDry);
}

interface Work {
  readonly client: Client;
  readonly ask: SessionImport;
  readonly tally: Tally;
  readonly known: Set<string>;
  readonly projectOf: (cwd: string | undefined) => Promise<ProjectId | undefined>;
}

async function importFile(file: SessionFile, work: Work): Promise<void> {
  const { tally, ask } = work;
  tally.add('files');
  const isFresh = Date.now() - file.modifiedMs < UNDER_WAY_MS;
  const { turns, skipped } = readTranscript(file.path, ask.format);
  let batch: TurnInput[] = [];
  for await (const { turn, isLast } of turns) {
    tally.add('turns');
    if (turn.sessionId !== undefined) tally.session(turn.sessionId);
    if (isLast && isFresh) tally.leaveOut('still under way');
    else {
      const input = await inputOf(turn, work);
      if (input !== undefined) batch.push(input);
    }
    if (batch.length < AT_ONCE) continue;
    await takeAll(batch, work);
    batch = [];
  }
  await takeAll(batch, work);
  for (const [why, count] of skipped) tally.passOver(why, count);
}

/** The turn as a request has it; none for one that isn't worth keeping. */
async function inputOf(turn: TranscriptTurn, work: Work): Promise<TurnInput | undefined> {
  const found = keptTurn(turn);
  if ('left' in found) {
    work.tally.leaveOut(found.left);
    return undefined;
  }
  const { kept } = found;
  const project = await work.projectOf(turn.cwd);
  const at = turn.at === undefined ? Number.NaN : Date.parse(turn.at);
  return {
    ...kept,
    ...(turn.failure === undefined || kept.response !== undefined
      ? {}
      : { response_summary: `failed: ${turn.failure.slice(0, 500).toWellFormed()}` }),
    ...(project === undefined ? {} : { project }),
    client: work.ask.format,
    ...nameOf('session_id', turn.sessionId),
    ...nameOf('turn_id', turn.turnId),
    ...(Number.isNaN(at) ? {} : { at: new Date(at).toISOString() }),
  };
}

function nameOf(key: 'session_id' | 'turn_id', name: string | undefined) {
  return name === undefined ? {} : { [key]: name.slice(0, 200).toWellFormed() };
}

async function takeAll(inputs: readonly TurnInput[], work: Work): Promise<void> {
  await Promise.all(inputs.map((input) => take(input, work)));
}

async function take(input: TurnInput, { client, ask, tally, known }: Work): Promise<void> {
  const id = captureId(turnDigest(toTurn(input, input.project as ProjectId | undefined)));
  if (known.has(id)) return tally.add('already');
  known.add(id);
  if (ask.isDry) {
    tally.add('captured');
    tally.inProject(input.project ?? '_inbox');
    return;
  }
  const taken = await send<CapturedJson>(client, '/interactions', input);
  // What the store takes out, such as a secret, makes the id another.
  if (taken.id !== id && known.has(taken.id)) return tally.add('already');
  known.add(taken.id);
  tally.add('captured');
  tally.inProject(taken.project);
}

/** The project of a folder by the registered roots, asked once for each folder. */
function projectFinder(client: Client, said: ProjectId | undefined): Work['projectOf'] {
  const found = new Map<string, Promise<ProjectId | undefined>>();
  return async (cwd) => {
    if (said !== undefined || cwd === undefined) return said;
    const asked =
      found.get(cwd) ??
      client
        .get<DetectedJson>('/detect-project', { text: '', cwd: cwd.slice(0, 1_000) })
        .then(({ project }) => (project ?? undefined) as ProjectId | undefined);
    found.set(cwd, asked);
    return asked;
  };
}
