import { readFileSync } from 'node:fs';
import { AppError } from '../errors.ts';
import { features } from './features.ts';
import type { Normalised } from './normalise.ts';

/**
 * Linear model over hashed features with several heads. Weights are kept sparse, one signed byte each, with a scale per
 * class: file size and load time stay small, and prediction touches only weights that matter.
 */
export interface Head {
  name: string;
  classes: string[];
  bias: Float32Array;
  scale: Float32Array;
  /** Weights of feature f are entries starts[f] … starts[f + 1]. */
  starts: Uint32Array;
  /** Class and weight (a signed byte) side by side: one read of memory finds both. */
  entries: Uint8Array;
  /** Divides the sums before the softmax, so that probabilities mean shares. */
  temperature: number;
}

export interface Model {
  version: string;
  index: FeatureIndex;
  hashes: Uint32Array;
  heads: Map<string, Head>;
}

/** Where a feature stands: open addressing, a third of the time of a Map over 57,000 numbers. */
export interface FeatureIndex {
  keys: Uint32Array;
  /** Position plus one; 0 is an empty slot. */
  ids: Uint32Array;
}

export function indexFeatures(hashes: Uint32Array): FeatureIndex {
  let size = 1024;
  while (size < hashes.length * 3) size *= 2;
  const index: FeatureIndex = { keys: new Uint32Array(size), ids: new Uint32Array(size) };
  for (let id = 0; id < hashes.length; id++) {
    let slot = hashes[id]! & (size - 1);
    while (index.ids[slot] !== 0) slot = (slot + 1) & (size - 1);
    index.keys[slot] = hashes[id]!;
    index.ids[slot] = id + 1;
  }
  return index;
}

/** Unit-length sparse vector in the order of the model's features. */
export function vector(
  question: Normalised,
  { keys, ids: known }: FeatureIndex,
): { ids: Int32Array; values: Float32Array } {
  const found = features(question);
  const mask = keys.length - 1;
  const ids = new Int32Array(found.count);
  const values = new Float32Array(found.count);
  let count = 0;
  let square = 0;
  for (let at = 0; at < found.count; at++) {
    const key = found.keys[at]!;
    let slot = key & mask;
    while (known[slot] !== 0 && keys[slot] !== key) slot = (slot + 1) & mask;
    if (known[slot] === 0) continue;
    const value = found.weights[at]!;
    ids[count] = known[slot]! - 1;
    values[count] = value;
    count += 1;
    square += value * value;
  }
  const length = Math.sqrt(square) || 1;
  for (let at = 0; at < count; at++) values[at]! /= length;
  return { ids: ids.subarray(0, count), values: values.subarray(0, count) };
}

/** Probabilities of one head's classes. */
export function predict(head: Head, { ids, values }: ReturnType<typeof vector>): Float32Array {
  const sums = new Float32Array(head.classes.length);
  const { starts, entries } = head;
  for (let at = 0; at < ids.length; at++) {
    const value = values[at]!;
    const end = starts[ids[at]! + 1]! * 2;
    for (let entry = starts[ids[at]!]! * 2; entry < end; entry += 2)
      sums[entries[entry]!]! += value * ((entries[entry + 1]! << 24) >> 24);
  }
  for (let at = 0; at < sums.length; at++) {
    sums[at] = (sums[at]! * head.scale[at]! + head.bias[at]!) / head.temperature;
  }
  return softmax(sums);
}

/** Classes of a head with a share worth a thought, the largest first. */
export function rank(model: Model, head: string, sparse: ReturnType<typeof vector>): { name: string; share: number }[] {
  const { classes } = model.heads.get(head)!;
  const shares = predict(model.heads.get(head)!, sparse);
  const ranked: { name: string; share: number }[] = [];
  for (let at = 0; at < classes.length; at++)
    if (shares[at]! >= 0.001) ranked.push({ name: classes[at]!, share: shares[at]! });
  return ranked.sort((a, b) => b.share - a.share);
}

export const round = (share: number) => Math.round(share * 1000) / 1000;

export function softmax(sums: Float32Array): Float32Array {
  let top = Number.NEGATIVE_INFINITY;
  for (const sum of sums) if (sum > top) top = sum;
  let total = 0;
  const shares = new Float32Array(sums.length);
  for (let at = 0; at < sums.length; at++) {
    shares[at] = Math.exp(sums[at]! - top);
    total += shares[at]!;
  }
  for (let at = 0; at < shares.length; at++) shares[at]! /= total;
  return shares;
}

const MAGIC = 'HXM2';
interface Header {
  version: string;
  features: number;
  heads: { name: string; classes: string[]; entries: number; temperature: number }[];
}

/** Layout: magic, header length, JSON header, then 4-byte arrays (hashes; per head bias, scale, starts), then bytes. */
export function encodeModel(model: Model): Buffer {
  const heads = [...model.heads.values()];
  const header: Header = {
    version: model.version,
    features: model.hashes.length,
    heads: heads.map(({ name, classes, entries, temperature }) => ({
      name,
      classes,
      entries: entries.length / 2,
      temperature,
    })),
  };
  let json = Buffer.from(JSON.stringify(header));
  json = Buffer.concat([json, Buffer.alloc((4 - (json.length % 4)) % 4, ' ')]);
  const size = Buffer.alloc(4);
  size.writeUInt32LE(json.length);
  const bytes = (array: Uint32Array | Float32Array | Uint8Array) =>
    Buffer.from(array.buffer, array.byteOffset, array.byteLength);
  return Buffer.concat([
    Buffer.from(MAGIC),
    size,
    json,
    bytes(model.hashes),
    ...heads.flatMap((head) => [bytes(head.bias), bytes(head.scale), bytes(head.starts)]),
    ...heads.map((head) => bytes(head.entries)),
  ]);
}

/** @throws {AppError} code `model_unreadable` */
export function decodeModel(file: Buffer): Model {
  if (file.subarray(0, 4).toString() !== MAGIC) {
    throw new AppError('model_unreadable', 'the language model file is damaged or of another version (hoixa train)');
  }
  const data = file.buffer.slice(file.byteOffset, file.byteOffset + file.byteLength);
  const jsonLength = file.readUInt32LE(4);
  const header = JSON.parse(file.subarray(8, 8 + jsonLength).toString('utf8')) as Header;
  let at = 8 + jsonLength;
  const words = <T>(
    make: new (buffer: ArrayBuffer, offset: number, length: number) => T,
    length: number,
    width: number,
  ) => {
    const array = new make(data as ArrayBuffer, at, length);
    at += length * width;
    return array;
  };
  const hashes = words(Uint32Array, header.features, 4);
  const wide = header.heads.map(({ classes }) => ({
    bias: words(Float32Array, classes.length, 4),
    scale: words(Float32Array, classes.length, 4),
    starts: words(Uint32Array, header.features + 1, 4),
  }));
  const heads = new Map<string, Head>();
  header.heads.forEach(({ name, classes, entries: count, temperature }, position) => {
    heads.set(name, { name, classes, temperature, entries: words(Uint8Array, count * 2, 1), ...wide[position]! });
  });
  return { version: header.version, index: indexFeatures(hashes), hashes, heads };
}

export const MODEL_FILE = new URL('./data/model.bin', import.meta.url);

/** @throws {AppError} when the file is missing or damaged */
export function loadModel(file: URL | string = MODEL_FILE): Model {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (cause) {
    throw new AppError('model_unreadable', 'no language model: run "hoixa train" once', { cause });
  }
  return decodeModel(bytes);
}
