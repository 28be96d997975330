/** Reports on what became of claims: one for each wave, one for each project whose queue is full. */
import { byText } from '../model/names.ts';
import { outcomesBelow, tallyOf } from '../model/outcomes.ts';
import type { Project } from '../model/projects.ts';
import type { ClaimOutcome } from '../model/snapshot.ts';
import type { ProjectId, RenderedFile, StorePath } from '../plugin.ts';

export interface ReportInput {
  readonly outcomes: readonly ClaimOutcome[];
  readonly projects: ReadonlyMap<ProjectId, Project>;
  readonly held: ReadonlyMap<ProjectId, number>;
}

/** Claims that a report names; the rest is counted. */
const NAMED_MAX = 200;

const MEANING = [
  'Admitted claims are candidates in the queue; held ones wait until the queue has room;',
  'merged ones repeat what a record or a document before says; refused ones were rejected before.',
  '',
];

/** `reports/extraction/<wave>.md` and `reports/held/<project>.md`. */
export function extractionReports(input: ReportInput): readonly RenderedFile[] {
  return [...waveReports(input), ...heldReports(input)];
}

function waveReports({ outcomes, projects }: ReportInput): readonly RenderedFile[] {
  const waves = new Map<string, Map<ProjectId, string[]>>();
  for (const { id, waves: named } of projects.values()) {
    for (const [label, wave] of named) {
      const ofWave = waves.get(wave) ?? new Map<ProjectId, string[]>();
      ofWave.set(id, [...(ofWave.get(id) ?? []), label]);
      waves.set(wave, ofWave);
    }
  }
  return [...waves].map(([wave, roots]) => {
    const parts = [...roots].sort(([a], [b]) => byText(a, b));
    const sections = parts.flatMap(([project, labels]) => [
      `## ${project}: ${[...labels].sort(byText).join(', ')}`,
      '',
      ...sectionOf(outcomesBelow(outcomes, project, labels)),
    ]);
    const text = [`# Extraction: wave ${wave}`, '', ...MEANING, ...sections].join('\n');
    return { path: `reports/extraction/${wave}.md` as StorePath, text };
  });
}

function heldReports({ outcomes, held }: ReportInput): readonly RenderedFile[] {
  return [...held.keys()].map((project) => {
    const rows = table(outcomes.filter((each) => each.project === project));
    const text = [`# Extraction: ${project}`, '', ...MEANING, ...rows].join('\n');
    return { path: `reports/held/${project}.md` as StorePath, text };
  });
}

function sectionOf(outcomes: readonly ClaimOutcome[]): readonly string[] {
  if (outcomes.length === 0) return ['No claims.', ''];
  const named = outcomes.slice(0, NAMED_MAX).map(line);
  const rest = outcomes.length - named.length;
  return [...table(outcomes), ...named, ...(rest > 0 ? [`- and ${rest} more`] : []), ''];
}

function table(outcomes: readonly ClaimOutcome[]): readonly string[] {
  const rows = tallyOf(outcomes).map(
    (row) =>
      `| ${row.rule} | ${row.found} | ${row.admitted} | ${row.held} | ${row.merged} | ${row.refused} |`,
  );
  return [
    '| rule | found | admitted | held | merged | refused |',
    '|---|---|---|---|---|---|',
    ...rows,
    '',
  ];
}

// In code, so that no text of a source becomes markup of the report.
function line({ end, id, path, statement }: ClaimOutcome): string {
  return `- ${end} \`${id}\` \`${path.replaceAll('`', "'")}\`: \`${statement.replaceAll('`', "'")}\``;
}
