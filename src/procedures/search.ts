/** Word search: which texts share the rarer words with a question. Explainable, and needs no training for a new record. */
export interface SearchIndex {
  /** Best score of any text per code, 0…1 (cosine), highest first. */
  search(words: string[], limit?: number): { code: string; score: number }[];
}

/** Where each term stands: plain arrays side by side, for tens of thousands of small ones would take ten times the memory. */
interface Postings {
  /** Position of a term in the arrays. */
  positions: Map<string, number>;
  /** Texts with the term are entries starts[position] … starts[position + 1]. */
  starts: Uint32Array;
  ids: Uint32Array;
  weights: Float32Array;
  /** How rare each term is. */
  rarities: Float64Array;
}

function gramsOf(words: string[]): string[] {
  const found = new Set<string>();
  words.forEach((word, at) => {
    found.add(word);
    if (at + 1 < words.length) found.add(`${word} ${words[at + 1]}`);
  });
  return [...found];
}

const rarityOf = (term: string, frequency: number, texts: number) =>
  Math.log(1 + texts / frequency) * (term.includes(' ') ? 1.2 : 1);

/** Apart from the search, so that nothing it needed for building stays. */
function collect(texts: { words: string[] }[]): Postings & { frequency: (term: string) => number } {
  const documents = texts.map(({ words }) => gramsOf(words));
  const frequency = new Map<string, number>();
  for (const terms of documents) for (const term of terms) frequency.set(term, (frequency.get(term) ?? 0) + 1);
  // words in every fourteenth text tell nothing and cost most
  const isKept = (term: string) => frequency.get(term)! <= Math.max(8, texts.length / 14);
  const positions = new Map<string, number>();
  const common = new Map<string, number>();
  const rarities = new Float64Array(frequency.size);
  const starts = new Uint32Array(frequency.size + 1);
  for (const [term, count] of frequency) {
    if (!isKept(term)) {
      common.set(term, count);
      continue;
    }
    const position = positions.size;
    positions.set(term, position);
    rarities[position] = rarityOf(term, count, texts.length);
    starts[position + 1] = starts[position]! + count;
  }
  const ends = starts.slice(0, positions.size);
  const ids = new Uint32Array(starts[positions.size]!);
  const weights = new Float32Array(ids.length);
  documents.forEach((terms, id) => {
    const own = terms.map((term) => rarityOf(term, frequency.get(term)!, texts.length));
    const length = Math.sqrt(own.reduce((sum, weight) => sum + weight * weight, 0)) || 1;
    terms.forEach((term, at) => {
      const position = positions.get(term);
      if (position === undefined) return;
      const end = ends[position]!++;
      ids[end] = id;
      weights[end] = own[at]! / length;
    });
  });
  return { positions, starts, ids, weights, rarities, frequency: (term) => common.get(term) ?? 1 };
}

/** @param texts words of each text without marks, and the code they speak of */
export function createSearchIndex(texts: { code: string; words: string[] }[]): SearchIndex {
  return searchIn(
    collect(texts),
    texts.map(({ code }) => code),
  );
}

function searchIn(postings: ReturnType<typeof collect>, owners: string[]): SearchIndex {
  const { positions, starts, ids, weights, rarities, frequency } = postings;
  const codes = [...new Set(owners)];
  const codeIds = new Map(codes.map((code, id) => [code, id]));
  const codeOf = Uint16Array.from(owners, (code) => codeIds.get(code)!);
  const scores = new Float32Array(owners.length);
  const touched = new Uint32Array(owners.length);
  const best = new Float32Array(codes.length);
  return {
    search(words, limit = 8) {
      const terms = gramsOf(words.slice(0, 120));
      let touchedCount = 0;
      let square = 0;
      for (const term of terms) {
        const position = positions.get(term);
        const weight = position === undefined ? rarityOf(term, frequency(term), owners.length) : rarities[position]!;
        square += weight * weight;
        if (position === undefined) continue;
        const end = starts[position + 1]!;
        for (let at = starts[position]!; at < end; at++) {
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
