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
  const codes = [...new Set(texts.map(({ code }) => code))];
  const codeIds = new Map(codes.map((code, id) => [code, id]));
  const codeOf = Uint16Array.from(texts, ({ code }) => codeIds.get(code)!);
  const collected = new Map<string, { ids: number[]; weights: number[] }>();
  documents.forEach((terms, id) => {
    const weights = terms.map((term) => rarity(term));
    const length = Math.sqrt(weights.reduce((sum, weight) => sum + weight * weight, 0)) || 1;
    terms.forEach((term, at) => {
      // words in every tenth text tell nothing and cost most
      if (frequency.get(term)! > Math.max(8, texts.length / 8)) return;
      const list = collected.get(term) ?? { ids: [], weights: [] };
      list.ids.push(id);
      list.weights.push(weights[at]! / length);
      collected.set(term, list);
    });
  });
  const postings = new Map(
    [...collected].map(([term, { ids, weights }]) => [
      term,
      { ids: Uint32Array.from(ids), weights: Float32Array.from(weights), rarity: rarity(term) },
    ]),
  );
  const scores = new Float32Array(texts.length);
  const touched = new Uint32Array(texts.length);
  const best = new Float32Array(codes.length);
  return {
    search(words, limit = 8) {
      const terms = grams(words.slice(0, 120));
      let touchedCount = 0;
      let square = 0;
      for (const term of terms) {
        const list = postings.get(term);
        const weight = list?.rarity ?? rarity(term);
        square += weight * weight;
        if (!list) continue;
        const { ids, weights } = list;
        for (let at = 0; at < ids.length; at++) {
          const id = ids[at]!;
          if (scores[id] === 0) touched[touchedCount++] = id;
          scores[id]! += weight * weights[at]!;
        }
      }
      const length = Math.sqrt(square) || 1;
      for (let at = 0; at < touchedCount; at++) {
        const id = touched[at]!;
        const score = scores[id]! / length;
        scores[id] = 0;
        const code = codeOf[id]!;
        if (score > best[code]!) best[code] = score;
      }
      // the best few, kept in order: sorting all of them costs more than finding them
      const found: { code: string; score: number }[] = [];
      for (let code = 0; code < codes.length; code++) {
        const score = best[code]!;
        best[code] = 0;
        if (score === 0 || (found.length === limit && score <= found[limit - 1]!.score)) continue;
        let at = found.length === limit ? limit - 1 : found.length;
        for (; at > 0 && found[at - 1]!.score < score; at--) found[at] = found[at - 1]!;
        found[at] = { code: codes[code]!, score };
      }
      return found;
    },
  };
}
