/** How slots and values are spelled for comparing (domain.md §6). */
import { foldStatement } from '../text/statement.ts';

/** Case, `_`, `-`, white space, a leading article and the plural of words don't count. */
export function foldName(text: string): string {
  return foldStatement(text.replace(/\|/g, ' '))
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[\s_-]+/gu, ' ')
    .trim()
    .replace(/^(?:the|an?) (?=.)/, '')
    .split(' ')
    .map(singular)
    .join(' ');
}

/** The words of a value: case, articles, punctuation, asides in brackets and two Englishes folded. */
export function foldWords(text: string): readonly string[] {
  return text
    .normalize('NFKC')
    .replace(/\[\[(?:[^[\]|]{1,200}\|)?([^[\]|]{1,200})\]\]/g, '$1')
    .replace(/\s\([^()]{0,120}\)/g, ' ')
    .toLowerCase()
    .replace(/×/g, ' x ')
    .replace(/&/g, ' and ')
    .split(/[^\p{L}\p{M}\p{N}.+#%°]+/u)
    .map((word) => word.replace(/^\.+|\.+$/g, ''))
    .filter((word) => /[\p{L}\p{N}]/u.test(word) && !ARTICLES.has(word))
    .map((word) => SPELLINGS.get(singular(word)) ?? singular(word));
}

const ARTICLES = new Set(['the', 'a', 'an']);
const SPELLINGS: ReadonlyMap<string, string> = new Map(
  `aluminum=aluminium color=colour gray=grey center=centre meter=metre fiber=fibre sulfur=sulphur
  license=licence anodized=anodised stabilized=stabilised optimized=optimised catalog=catalogue
  postgre=postgresql postgres=postgresql k8=kubernetes js=javascript ts=typescript`
    .split(/\s+/)
    .map((pair) => pair.split('=') as [string, string]),
);

const NOT_PLURAL = new Set('lens series species means news always plus minus postgres'.split(' '));

/** A plural by its regular ending; words that merely end like one are left. */
export function singular(word: string): string {
  if (word.length < 4 || NOT_PLURAL.has(word)) return word;
  return /[^suioa']s$/.test(word) ? word.slice(0, -1) : word;
}
