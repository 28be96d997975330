/** Project fixtures: what a pack must hold and must not hold for a prompt (retrieval.md §5). Pure. */
import type { ProjectId } from '../plugin.ts';
import { buildContext } from './context.ts';
import type { View } from './view.ts';

/** As it stands in a fixture file; `project` is a name in any spelling the registry knows. */
export interface Fixture {
  readonly name: string;
  readonly project?: string;
  readonly prompt: string;
  readonly budget?: number;
  /** Compared without regard to case and white space. */
  readonly expect_present?: readonly string[];
  readonly expect_absent?: readonly string[];
}

export interface FixtureResult {
  readonly name: string;
  readonly isMet: boolean;
  readonly missing: readonly string[];
  readonly unwanted: readonly string[];
}

export interface FixtureAsk {
  readonly today: string;
  readonly budget: number;
  /** Makes a project's name canonical. */
  readonly projectOf: (name: string) => ProjectId | undefined;
}

export function runFixture(view: View, fixture: Fixture, ask: FixtureAsk): FixtureResult {
  const project = fixture.project === undefined ? undefined : ask.projectOf(fixture.project);
  const { formattedContext } = buildContext(view, {
    prompt: fixture.prompt,
    budget: fixture.budget ?? ask.budget,
    today: ask.today,
    ...(project === undefined ? {} : { project }),
  });
  const checked = checkFixture(fixture, formattedContext);
  // A project that nobody knows would otherwise pass whatever must be absent.
  if (fixture.project === undefined || project !== undefined) return checked;
  const missing = [`the project ${fixture.project}`, ...checked.missing];
  return { ...checked, isMet: false, missing };
}

/** Whether a pack's text holds what a fixture expects. */
export function checkFixture(fixture: Fixture, pack: string): FixtureResult {
  const text = folded(pack);
  const missing = (fixture.expect_present ?? []).filter((each) => !text.includes(folded(each)));
  const unwanted = (fixture.expect_absent ?? []).filter((each) => text.includes(folded(each)));
  const isMet = missing.length + unwanted.length === 0;
  return { name: fixture.name, isMet, missing, unwanted };
}

function folded(text: string): string {
  return text.toLowerCase().replace(/\s+/gu, ' ').trim();
}
