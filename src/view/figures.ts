/** Figures of retrieval, between 0 and 1, as the evaluation page defines them. Pure. */

/** One question's gold and what was answered, best first; at least 100 answers where there are so many. */
export interface Asked {
  readonly gold: ReadonlySet<string>;
  readonly ids: readonly string[];
}

export interface Figures {
  readonly recall_at_5: number;
  readonly recall_at_10: number;
  readonly any_at_5: number;
  readonly ndcg_at_10: number;
  readonly mrr: number;
  readonly map: number;
}

/** Averages over questions. nDCG is binary, its ideal list cut at 10; questions without gold are not counted. */
export function figuresOf(asked: readonly Asked[]): Figures {
  const counted = asked.filter(({ gold }) => gold.size > 0);
  const mean = (of: (asked: Asked) => number): number =>
    counted.length === 0 ? 0 : counted.reduce((sum, each) => sum + of(each), 0) / counted.length;
  return {
    recall_at_5: mean((each) => foundAt(each, 5) / each.gold.size),
    recall_at_10: mean((each) => foundAt(each, 10) / each.gold.size),
    any_at_5: mean((each) => Math.min(1, foundAt(each, 5))),
    ndcg_at_10: mean(ndcgAt10),
    mrr: mean(({ gold, ids }) => {
      const first = ids.findIndex((id) => gold.has(id));
      return first < 0 ? 0 : 1 / (first + 1);
    }),
    map: mean(averagePrecision),
  };
}

function foundAt({ gold, ids }: Asked, cut: number): number {
  return ids.slice(0, cut).filter((id) => gold.has(id)).length;
}

function ndcgAt10({ gold, ids }: Asked): number {
  const discount = (index: number): number => 1 / Math.log2(index + 2);
  let gain = 0;
  let ideal = 0;
  for (const [index, id] of ids.slice(0, 10).entries()) if (gold.has(id)) gain += discount(index);
  for (let index = 0; index < Math.min(10, gold.size); index += 1) ideal += discount(index);
  return gain / ideal;
}

function averagePrecision({ gold, ids }: Asked): number {
  let found = 0;
  let sum = 0;
  for (const [index, id] of ids.entries()) {
    if (!gold.has(id)) continue;
    found += 1;
    sum += found / (index + 1);
  }
  return sum / gold.size;
}
