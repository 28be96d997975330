/** Runs the real plugins on a text, as the engine would. */

import { parse as parseYaml } from 'yaml';
import adr from '../../plugins/adr/index.ts';
import cues from '../../plugins/cues/index.ts';
import markdown from '../../plugins/markdown/index.ts';
import type {
  Claim,
  Document,
  FrontMatter,
  PluginModule,
  Problem,
  StorePath,
} from '../../src/plugin.ts';

export const NOTE_PATH = 'projects/p05-interferometer/sources/notes/note.md';

export function readMarkdown(text: string, path: string = NOTE_PATH): Document {
  const withoutMark = text.replace(/^\uFEFF/, '');
  const document = markdown.create(undefined).parse?.({
    path: path as StorePath,
    bytes: new TextEncoder().encode(text),
    text: withoutMark,
    frontMatter: frontMatterOf(withoutMark),
  });
  if (document === undefined) throw new Error(`Expected the plugin markdown to read ${path}.`);
  return document;
}

export interface Extraction {
  readonly claims: readonly Claim[];
  readonly problems: readonly Omit<Problem, 'path'>[];
}

export const findCues = (document: Document) => extractWith(cues, document);
export const findAdr = (document: Document) => extractWith(adr, document);

function extractWith(module: PluginModule<undefined>, document: Document): Extraction {
  const problems: Omit<Problem, 'path'>[] = [];
  const plugin = module.create(undefined);
  const claims = plugin.extract?.(document, (problem) => problems.push(problem)) ?? [];
  return { claims, problems };
}

/** As the engine gives it for a faultless file: YAML 1.2 core, or nothing. */
function frontMatterOf(text: string): FrontMatter {
  const block = /^---\r?\n([\s\S]*?)\r?\n---(?:\r?\n|$)/.exec(text);
  if (block === null) return {};
  try {
    const value: unknown = parseYaml(block[1] ?? '', { schema: 'core' });
    const isMapping = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isMapping ? (value as FrontMatter) : {};
  } catch {
    return {};
  }
}
