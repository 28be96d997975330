/** Reads Markdown files: headings, sections, links and the syntax tree. */
import type { Root } from 'mdast';
import remarkFrontmatter from 'remark-frontmatter';
import remarkGfm from 'remark-gfm';
import remarkParse from 'remark-parse';
import { unified } from 'unified';
import type { Document, FrontMatter, Heading, PluginModule, SourceFile } from '../../src/plugin.ts';
import { definitionsOf } from '../text/definitions.ts';
import { headingsOf } from './headings.ts';
import { linksOf } from './links.ts';
import { sectionsOf } from './sections.ts';

const markdown: PluginModule<undefined> = {
  checkOptions(options) {
    if (options === undefined || options === null) return undefined;
    if (typeof options === 'object' && Object.keys(options).length === 0) return undefined;
    throw new Error('Expected no options for the plugin markdown; remove them.');
  },
  create: () => ({ name: 'markdown', version: 1, parse }),
};

export default markdown;

const reader = unified().use(remarkParse).use(remarkGfm).use(remarkFrontmatter, ['yaml']).freeze();

function parse(file: SourceFile): Document | undefined {
  if (file.text === undefined || !/\.(?:md|markdown)$/i.test(file.path)) return undefined;
  const { path, text, frontMatter } = file;
  const tree: Root = reader.parse(text);
  const marked = headingsOf(tree, definitionsOf(tree));
  const headings = marked.map(({ heading }) => heading);
  return {
    path,
    title: titleOf(frontMatter, headings, path),
    text,
    frontMatter,
    tree,
    headings,
    sections: sectionsOf(text, tree, marked),
    links: linksOf(text, tree),
  };
}

function titleOf(frontMatter: FrontMatter, headings: readonly Heading[], path: string): string {
  const stated = frontMatter.title;
  if (typeof stated === 'string' && stated.trim() !== '') return stated.trim();
  if (typeof stated === 'number') return String(stated);
  const first = headings.find((heading) => heading.depth === 1 && heading.text !== '');
  if (first !== undefined) return first.text;
  return path.slice(path.lastIndexOf('/') + 1).replace(/\.[^.]*$/, '');
}
