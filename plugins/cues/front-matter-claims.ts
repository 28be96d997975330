/** The claim of a source whose own frontmatter says `kind:`. */
import type { Claim, Document, EntityKind, MemoryKind } from '../../src/plugin.ts';
import { leadOf } from '../text/lead.ts';
import { sourceOf } from '../text/prose.ts';
import {
  isRelationLine,
  joinRelations,
  numberField,
  relationsOfFrontMatter,
  relationsOfProse,
  statedField,
} from '../text/relations.ts';
import { fitsStatement, foldStatement, foldSubject, lengthProblem } from '../text/statement.ts';
import { isTagLine, tagsField, tagsOfProse } from '../text/tags.ts';
import type { Reading } from './reading.ts';

const PRIOR = 0.75;

const MEMORY_KINDS: readonly MemoryKind[] = [
  'identity',
  'preference',
  'project',
  'episodic',
  'knowledge',
  'adaptation',
];

const ENTITY_KINDS: readonly EntityKind[] = [
  'project',
  'system',
  'subsystem',
  'component',
  'interface',
  'requirement',
  'constraint',
  'decision',
  'assumption',
  'material',
  'parameter',
  'analysis_model',
  'result',
  'validation_claim',
  'vendor',
  'process',
  'artifact',
];

/** Captures state nothing this way: their frontmatter is the engine's. */
export function frontMatterClaims(reading: Reading): readonly Claim[] {
  const { document, report } = reading;
  const stated = document.frontMatter.kind;
  if (stated === undefined || stated === null || document.path.startsWith('captures/')) return [];
  const kind = kindOf(stated, document.frontMatter.type);
  const line = lineOfKind(document);
  if (kind === undefined) {
    const valid = [...new Set([...MEMORY_KINDS, ...ENTITY_KINDS])].sort().join(', ');
    const found = JSON.stringify(stated)?.slice(0, 60);
    const message = `Expected one of these in \`kind\`: ${valid}; found ${found}. Change or remove it.`;
    report({ line, rule: 'unknown-kind', message });
    return [];
  }
  const own = reading.prose.filter(
    (prose) => !prose.isQuoted && !isTagLine(prose) && !isRelationLine(prose),
  );
  const lead = leadOf(own);
  const paragraph = lead?.paragraph ?? '';
  const statement = fitsStatement(paragraph) ? paragraph : (lead?.sentence ?? '');
  if (lead === undefined || !fitsStatement(statement)) {
    report(lengthProblem(statement, line));
    return [];
  }
  const value = textOf(document.frontMatter.value);
  const untitled = reading.prose.filter((prose) => prose.slug === '' || prose.slug === lead.slug);
  return [
    {
      ...kind,
      subject:
        textOf(document.frontMatter.subject) ??
        (foldSubject(document.title) || foldSubject(statement)),
      ...(value === undefined ? {} : { value }),
      statement,
      rule: 'frontmatter',
      prior: PRIOR,
      place: { line: lead.line, slug: lead.slug },
      evidence: lead.source,
      ...tagsField([...reading.tags, ...tagsOfProse(untitled)]),
      ...statedField(
        numberField(document.frontMatter.number ?? document.frontMatter.id),
        joinRelations(
          relationsOfFrontMatter(document.frontMatter),
          relationsOfProse(untitled.filter((prose) => !prose.isQuoted)),
        ),
      ),
    },
  ];
}

/** `project` is the one kind of both; as the memory it is unless `type` says otherwise. */
function kindOf(stated: unknown, type: unknown): Pick<Claim, 'type' | 'kind'> | undefined {
  const memory = MEMORY_KINDS.find((kind) => kind === stated);
  const entity = ENTITY_KINDS.find((kind) => kind === stated);
  if (entity !== undefined && (memory === undefined || type === 'entity')) {
    return { type: 'entity', kind: entity };
  }
  return memory === undefined ? undefined : { type: 'memory', kind: memory };
}

function textOf(value: unknown): string | undefined {
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (typeof value !== 'string') return undefined;
  const folded = foldStatement(value);
  return folded === '' ? undefined : folded;
}

function lineOfKind(document: Document): number {
  const first = document.tree.children[0];
  if (first?.type !== 'yaml') return 1;
  const lines = sourceOf(document, first).split(/\r\n|\n|\r/);
  return Math.max(1, lines.findIndex((line) => /^["']?kind["']?\s*:/.test(line)) + 1);
}
