/**
 * What the detector takes for conflicts in real documents: among their claims, as if all were
 * promoted, and among all of their sentences, which nobody would promote.
 * Run: node --import tsx test/bench/slot-prose.ts [--show]
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import adr from '../../plugins/adr/index.ts';
import cues from '../../plugins/cues/index.ts';
import slots from '../../plugins/slots/index.ts';
import { proseOf } from '../../plugins/text/prose.ts';
import { sentencesOf } from '../../plugins/text/sentences.ts';
import { fitsStatement, foldSubject } from '../../plugins/text/statement.ts';
import type { KnowledgeRecord, RecordId } from '../../src/plugin.ts';
import { readMarkdown } from '../plugins/read-markdown.ts';
import { record } from '../plugins/slot-records.ts';

const EVAL_FOLDER = resolve(process.env.ATOCORE_EVAL ?? '../shared/eval');
const SETS = ['adr/govuk-aws', 'adr/jabref', 'adr/aries-rfcs', 'docs-qa'];
const plugin = slots.create({ templates: [] });
const extractors = [cues.create(undefined), adr.create(undefined)];

for (const set of SETS) {
  const folder = join(EVAL_FOLDER, set);
  if (!existsSync(folder)) {
    console.log(`skipped ${set}: nothing at ${folder}; set ATOCORE_EVAL`);
    continue;
  }
  const claims: KnowledgeRecord[] = [];
  const sentences: KnowledgeRecord[] = [];
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()) {
    if (!name.endsWith('.md')) continue;
    read(readFileSync(join(folder, name), 'utf8'), name, { claims, sentences });
  }
  const among = [claims, sentences].map((records) => conflicts(records));
  console.log(
    `${set}: ${among[0]?.length} conflicts among ${claims.length} claims, ${among[1]?.length} among ${sentences.length} sentences`,
  );
  if (!process.argv.includes('--show')) continue;
  for (const { slot, members } of among.flat()) {
    console.log(
      `  ${slot}: ${members
        .slice(0, 4)
        .map(({ value }) => value)
        .join(' | ')}`,
    );
  }
}

function read(
  text: string,
  name: string,
  into: { readonly claims: KnowledgeRecord[]; readonly sentences: KnowledgeRecord[] },
): void {
  const document = readMarkdown(text, `projects/p05/sources/notes/${name}`);
  for (const { extract } of extractors) {
    for (const claim of extract?.(document, () => undefined) ?? []) {
      const { type, kind, subject, value, statement } = claim;
      const valued = value === undefined ? {} : { value };
      const id = `claim-${into.claims.length}`;
      into.claims.push(record({ id, type, kind, subject, ...valued, text: statement }));
    }
  }
  for (const { inline } of proseOf(document)) {
    for (const { start, end } of sentencesOf(inline.text)) {
      const said = inline.text.slice(start, end);
      if (!fitsStatement(said)) continue;
      const id = `sentence-${into.sentences.length}`;
      into.sentences.push(record({ id, subject: foldSubject(said), text: said }));
    }
  }
}

function conflicts(records: readonly KnowledgeRecord[]) {
  const byId = new Map<RecordId, KnowledgeRecord>(records.map((each) => [each.id, each]));
  return plugin.detect?.(byId) ?? [];
}
