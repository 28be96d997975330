/** Passages of real Markdown for benchmarks, repeated with salt to any number, and queries to ask of them. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { cranfield, EVAL_FOLDER, locomo } from '../../src/eval-sets.ts';
import { passages } from '../../src/view/passages.ts';
import type { SearchDocument } from '../../src/view/search-index.ts';
import { markdownSections } from './markdown-sections.ts';
import { randomOf } from './record-store.ts';
import { searchDocument } from './search-documents.ts';

export const PROJECTS = 50;

/** The Markdown of the evaluation sets and of installed packages, and the dialogues by session. */
export function realPassages(): readonly SearchDocument[] {
  const folders = ['docs-qa', 'adr'].map((name) => path.join(EVAL_FOLDER, name));
  const files = [...folders, path.resolve('node_modules')].flatMap(markdownFiles).sort();
  const fromFiles = files.flatMap((file) => {
    const text = readFileSync(file, 'utf8');
    const title = /^#\s+(.*)$/m.exec(text)?.[1] ?? path.basename(file);
    return documentsOfText(file, title, text);
  });
  const dialogues = locomo('session').flatMap(({ name, documents }) =>
    documents.flatMap(({ id, text }) => documentsOfText(`${name}/${id}.md`, `${name} ${id}`, text)),
  );
  return [...fromFiles, ...dialogues];
}

function documentsOfText(file: string, title: string, text: string): readonly SearchDocument[] {
  const found = passages(markdownSections(text));
  return found.map(({ headingPath, startLine, endLine, ordinal, text }) =>
    searchDocument({
      id: `${file}#${ordinal}`,
      path: file,
      title,
      heading: headingPath.join(' > '),
      text,
      startLine,
      endLine,
      ordinal,
      ordinals: found.length,
    }),
  );
}

function markdownFiles(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.md'))
    .map((entry) => path.join(entry.parentPath, entry.name));
}

/**
 * The passages again and again until there are enough; from the second time on, one word in eight
 * is replaced by one of another passage and one in forty by a word that occurs once.
 */
export function salted(real: readonly SearchDocument[], count: number): readonly SearchDocument[] {
  console.log(`${real.length} real passages, repeated with salt to ${count}`);
  const random = randomOf(7);
  const words = real.map(({ text }) => text.split(' '));
  return Array.from({ length: count }, (_, index) => {
    const round = Math.floor(index / real.length);
    const document = real[index % real.length] as SearchDocument;
    const salt = (word: string) => {
      const die = random();
      const other = words[Math.floor(random() * words.length)] ?? [];
      if (die < 1 / 8) return other[Math.floor(random() * other.length)] ?? word;
      return die < 1 / 8 + 1 / 40 ? `w${index.toString(36)}${Math.floor(random() * 1e6)}` : word;
    };
    const own = words[index % real.length] ?? [];
    return {
      ...document,
      id: `${round}/${document.id}`,
      path: `${round}/${document.path}`,
      project: `project-${hash(`${round}/${document.path}`) % PROJECTS}`,
      text: round === 0 ? document.text : own.map(salt).join(' '),
    };
  });
}

function hash(text: string): number {
  let sum = 7;
  for (const letter of text) sum = (Math.imul(sum, 31) + (letter.codePointAt(0) ?? 0)) >>> 0;
  return sum;
}

/** Questions of the dialogues and of Cranfield, every tenth, and as many first lines of passages. */
export function queriesOf(corpus: readonly SearchDocument[]): readonly string[] {
  const asked = [...locomo('turn'), cranfield()]
    .flatMap(({ queries }) => queries)
    .filter((_, index) => index % 10 === 0)
    .map(({ text }) => text);
  const lines = asked.map((_, index) => {
    const { title, text } = corpus[(index * 613) % corpus.length] as SearchDocument;
    return `${title} ${text.split('\n')[0]?.slice(0, 100)}`;
  });
  return [...asked, ...lines];
}
