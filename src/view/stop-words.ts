/**
 * English words too common to tell one passage from another; as written after folding, before
 * stemming. Words of place and order (`above`, `below`, `between`, `after`) are not among them:
 * in notes about machines they carry meaning.
 */
export const STOP_WORDS: ReadonlySet<string> = new Set(
  `a about all am an and any are as at be because been being both but by can could d did do does
  doing don for from had has have having he her here hers herself him himself his how i if in into
  is it its itself just ll m may me more most my myself no nor not now of on only or other our ours
  ourselves re s she should so some such t than that the their theirs them themselves then there
  these they this those to too until ve very was we were what when where which while who whom why
  will with would you your yours yourself yourselves`.split(/\s+/),
);
