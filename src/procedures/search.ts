/** Word search: which texts share the rarer words with a question. Explainable, and needs no training for a new record. */
export interface SearchIndex {
  /** Best score of any text per code, 0…1 (cosine), highest first. */
  search(words: string[], limit?: number): { code: string; score: number }[];
}

/** @param texts words of each text without marks, and the code they speak of */
export function createSearchIndex(texts: { code: string; words: string[] }[]): SearchIndex {
  const grams = (words: string[]): string[] => {
    const found = new Set<string>();
    words.forEach((word, at) => {
      found.add(word);
      if (at + 1 < words.length) found.add(`${word} ${words[at + 1]}`);
    });
    return [...found];
  };
  const frequency = new Map<string, number>();
  const documents = texts.map(({ words }) => grams(words));
  for (const terms of documents) for (const term of terms) frequency.set(term, (frequency.get(term) ?? 0) + 1);
  const rarity = (term: string) =>
    Math.log(1 + texts.length / (frequency.get(term) ?? 1)) * (term.includes(' ') ? 1.2 : 1);
  const postings = new Map<string, { ids: number[]; weights: number[] }>();
  documents.forEach((terms, id) => {
    const weights = terms.map((term) => rarity(term));
    const length = Math.sqrt(weights.reduce((sum, weight) => sum + weight * weight, 0)) || 1;
    terms.forEach((term, at) => {
      // words in every tenth text tell nothing and cost most
      if (frequency.get(term)! > Math.max(8, texts.length / 8)) return;
      const list = postings.get(term) ?? { ids: [], weights: [] };
      list.ids.push(id);
      list.weights.push(weights[at]! / length);
      postings.set(term, list);
    });
  });
  const scores = new Float32Array(texts.length);
  return {
    search(words, limit = 8) {
      const terms = grams(words.slice(0, 120));
      const touched: number[] = [];
      let square = 0;
      for (const term of terms) {
        const weight = rarity(term);
        square += weight * weight;
        const list = postings.get(term);
        if (!list) continue;
        for (let at = 0; at < list.ids.length; at++) {
          const id = list.ids[at]!;
          if (scores[id] === 0) touched.push(id);
          scores[id]! += weight * list.weights[at]!;
        }
      }
      const length = Math.sqrt(square) || 1;
      const best = new Map<string, number>();
      for (const id of touched) {
        const score = scores[id]! / length;
        scores[id] = 0;
        const { code } = texts[id]!;
        if (score > (best.get(code) ?? 0)) best.set(code, score);
      }
      return [...best]
        .map(([code, score]) => ({ code, score }))
        .sort((a, b) => b.score - a.score)
        .slice(0, limit);
    },
  };
}
