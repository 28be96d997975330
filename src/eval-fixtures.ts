/** Reads a file of project fixtures: `{name, project?, prompt, budget?, expect_present?, expect_absent?}`. */
import { readFile } from 'node:fs/promises';
import { AtoError } from './errors.ts';
import type { Fixture } from './view/fixtures.ts';

/** A list, or an object with the list in `fixtures`. AtoError `not-found`, `usage`. */
export async function readFixtures(path: string): Promise<readonly Fixture[]> {
  let value: unknown;
  try {
    value = JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    const found = error instanceof Error ? error.message : String(error);
    const message = `Expected a JSON file of fixtures at ${path}, found: ${found}.`;
    throw new AtoError(error instanceof SyntaxError ? 'usage' : 'not-found', message);
  }
  const list = Array.isArray(value) ? value : (value as { fixtures?: unknown } | null)?.fixtures;
  if (!Array.isArray(list) || list.length === 0) {
    const message = `Expected a list with at least one fixture in ${path}, found none.`;
    throw new AtoError('usage', message);
  }
  return list.map((each, at) => checked((each ?? {}) as Partial<Fixture>, `${path}, entry ${at}`));
}

function checked(fixture: Partial<Fixture>, where: string): Fixture {
  const { name, prompt, project, budget, expect_present: some, expect_absent: none } = fixture;
  const isList = (list: unknown): boolean =>
    list === undefined || (Array.isArray(list) && list.every((each) => typeof each === 'string'));
  const isWhole =
    typeof name === 'string' &&
    typeof prompt === 'string' &&
    (project === undefined || typeof project === 'string') &&
    (budget === undefined || Number.isInteger(budget)) &&
    isList(some) &&
    isList(none) &&
    (some?.length ?? 0) + (none?.length ?? 0) > 0;
  if (isWhole) return fixture as Fixture;
  throw new AtoError(
    'usage',
    `Expected {name, project?, prompt, expect_present?, expect_absent?} with something to expect, found another shape (${where}).`,
  );
}
