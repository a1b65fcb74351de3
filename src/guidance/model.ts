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
  classIds: Uint8Array;
  weights: Int8Array;
  /** Divides the sums before the softmax, so that probabilities mean shares. */
  temperature: number;
}

export interface Model {
  version: string;
  index: Map<number, number>;
  hashes: Uint32Array;
  heads: Map<string, Head>;
}

/** Unit-length sparse vector in the order of the model's features. */
export function vector(question: Normalised, index: Map<number, number>): { ids: Int32Array; values: Float32Array } {
  const found = features(question);
  const ids: number[] = [];
  const values: number[] = [];
  let square = 0;
  for (const [key, value] of found) {
    const id = index.get(key);
    if (id === undefined) continue;
    ids.push(id);
    values.push(value);
    square += value * value;
  }
  const length = Math.sqrt(square) || 1;
  return { ids: Int32Array.from(ids), values: Float32Array.from(values, (value) => value / length) };
}

/** Probabilities of one head's classes. */
export function predict(head: Head, { ids, values }: ReturnType<typeof vector>): Float32Array {
  const sums = new Float32Array(head.classes.length);
  for (let at = 0; at < ids.length; at++) {
    const value = values[at]!;
    const end = head.starts[ids[at]! + 1]!;
    for (let entry = head.starts[ids[at]!]!; entry < end; entry++) {
      sums[head.classIds[entry]!]! += value * head.weights[entry]!;
    }
  }
  for (let at = 0; at < sums.length; at++) {
    sums[at] = (sums[at]! * head.scale[at]! + head.bias[at]!) / head.temperature;
  }
  return softmax(sums);
}

export function rank(model: Model, head: string, sparse: ReturnType<typeof vector>): { name: string; share: number }[] {
  const { classes } = model.heads.get(head)!;
  const shares = predict(model.heads.get(head)!, sparse);
  return classes.map((name, at) => ({ name, share: shares[at]! })).sort((a, b) => b.share - a.share);
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

const MAGIC = 'HXM1';
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
    heads: heads.map(({ name, classes, weights, temperature }) => ({
      name,
      classes,
      entries: weights.length,
      temperature,
    })),
  };
  let json = Buffer.from(JSON.stringify(header));
  json = Buffer.concat([json, Buffer.alloc((4 - (json.length % 4)) % 4, ' ')]);
  const size = Buffer.alloc(4);
  size.writeUInt32LE(json.length);
  const bytes = (array: Uint32Array | Float32Array | Uint8Array | Int8Array) =>
    Buffer.from(array.buffer, array.byteOffset, array.byteLength);
  return Buffer.concat([
    Buffer.from(MAGIC),
    size,
    json,
    bytes(model.hashes),
    ...heads.flatMap((head) => [bytes(head.bias), bytes(head.scale), bytes(head.starts)]),
    ...heads.flatMap((head) => [bytes(head.classIds), bytes(head.weights)]),
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
  header.heads.forEach(({ name, classes, entries, temperature }, position) => {
    const classIds = words(Uint8Array, entries, 1);
    const weights = words(Int8Array, entries, 1);
    heads.set(name, { name, classes, temperature, classIds, weights, ...wide[position]! });
  });
  const index = new Map<number, number>();
  for (let id = 0; id < hashes.length; id++) index.set(hashes[id]!, id);
  return { version: header.version, index, hashes, heads };
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
