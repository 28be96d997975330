/** Tells a heading that says something ("use GF-PTFE pads") from one that only names ("pads"). */

/** Verbs that rarely are anything else; words such as `supports` or `runs` are nouns too often. */
const VERB =
  /\b(?:is|are|was|were|will|must|shall|should|cannot|can|could|would|has|have|had|does|do|requires?|remains?|stays?|becomes?|replaces|contains?|consists|exceeds?|provides?|applies|uses (?=\S))\b/;
const SPEAKER = /^(?:we|i|they|you|it|there)\s/i;

/** Words that open a request and hardly ever a name. */
const REQUEST = new Set(
  `adopt keep choose pick replace remove delete select prefer avoid migrate standardise standardize
  introduce require allow forbid make write add implement create defer reject accept abandon
  continue stop start stay go rely buy always never don't don’t no-longer`.split(/\s+/),
);
/** Words that open a request when something to act upon follows at once. */
const REQUEST_BEFORE_OBJECT =
  /^(?:build|store|run|ship|split|merge|put|set|limit|support|drop|move|switch|change|test|hold|do|publish|deploy|record|track|return)\s+(?:the|an?|all|to|from|our|each|every|off|on|out|up|into|in|not|only|away|back)\s/i;

/**
 * English only; a wrong guess chooses between two texts of the same section, it invents nothing.
 */
export function isSentence(text: string): boolean {
  const trimmed = text.trim();
  const words = trimmed.split(/\s+/);
  if (words.length < 2) return false;
  const first = (words[0] ?? '').toLowerCase();
  if (first === 'use') return !/^cases?\b/i.test(words[1] ?? '');
  if (REQUEST.has(first) || REQUEST_BEFORE_OBJECT.test(trimmed)) return true;
  if (SPEAKER.test(trimmed) || VERB.test(trimmed)) return true;
  return words.length > 2 && /[.!。]$/.test(trimmed);
}
