/** Tags as people write them: a frontmatter list, or a line `Tags: a, b`. */
import type { FrontMatter } from '../../src/plugin.ts';
import type { Prose } from './prose.ts';

const TAG_LINE = /^[ \t]*tags?[ \t]*:[ \t]*(.+)$/im;
const TAGS_LENGTH_MAX = 1000;
const ONLY_TAG_LINE = /^\s*tags?\s*:[^\n]*$/i;

/** `tags` of a frontmatter: a list, or one text with commas. */
export function tagsOfFrontMatter(frontMatter: FrontMatter): readonly string[] {
  const { tags } = frontMatter;
  if (typeof tags === 'string') return splitTags(tags);
  if (!Array.isArray(tags)) return [];
  return tags.flatMap((tag) => (typeof tag === 'string' ? splitTags(tag) : []));
}

/** Tags of the `Tags:` lines among the paragraphs. */
export function tagsOfProse(prose: readonly Prose[]): readonly string[] {
  return prose.flatMap(({ inline }) => splitTags(TAG_LINE.exec(inline.masked)?.[1] ?? ''));
}

/** Whether a paragraph says nothing but its tags. */
export function isTagLine(prose: Prose): boolean {
  return ONLY_TAG_LINE.test(prose.inline.text);
}

/** The tags without repeats, sorted; as the field of a claim, absent when there are none. */
export function tagsField(tags: readonly string[]): { readonly tags?: readonly string[] } {
  return tags.length === 0 ? {} : { tags: [...new Set(tags)].sort() };
}

function splitTags(text: string): readonly string[] {
  return text
    .slice(0, TAGS_LENGTH_MAX)
    .split(/[,;]|\s+(?=#)/)
    .map((tag) =>
      tag
        .trim()
        .replace(/^#/, '')
        .replace(/[.\0]+$/, ''),
    )
    .filter((tag) => tag !== '' && tag.length <= 60);
}
