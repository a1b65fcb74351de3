import { readFileSync } from 'node:fs';
import { AppError } from '../errors.ts';
import { features } from './features.ts';
import { softmax } from './model.ts';
import type { Normalised } from './normalise.ts';

/**
 * Whether somebody cries for help, and over what. Learnt from data/cries.json and the example questions
 * (train-cries.ts) by a model of its own: a missed cry costs more than a misread procedure, and it must not hang on
 * what else the reader thinks of the words.
 */
export const DANGERS = [
  'violence',
  'child_abuse',
  'fire',
  'water',
  'wire',
  'flood_storm',
  'accident',
  'illness',
  'birth',
  'poisoning',
  'snake_bite',
  'bite',
  'suicide',
  'missing',
  'theft',
  'scam',
  'threat',
  'captive',
  'drugs',
  'drug_use',
  'collapse',
  'animal',
  'unclear',
] as const;
export type DangerKind = (typeof DANGERS)[number];

/** The last class: nobody is in danger. */
export const CLASSES = DANGERS.length + 1;
export const NO_DANGER = DANGERS.length;
export const CRY_SLOTS = 1 << 16;

export interface CryModel {
  /** Slot after slot, one signed byte per class. */
  weights: Int8Array;
  scale: number;
  bias: Float32Array;
  /** Divides the sums before the softmax, so that shares mean how often it is so. */
  temperature: number;
}

/** Slots and values of unit length. */
export function cryVector(question: Normalised): { slots: Uint32Array; values: Float32Array } {
  const { keys, weights, count } = features(question);
  const slots = new Uint32Array(count);
  const values = new Float32Array(count);
  let square = 0;
  for (let at = 0; at < count; at++) {
    slots[at] = keys[at]! & (CRY_SLOTS - 1);
    values[at] = weights[at]!;
    square += weights[at]! ** 2;
  }
  const length = Math.sqrt(square) || 1;
  for (let at = 0; at < count; at++) values[at]! /= length;
  return { slots, values };
}

/** What is in danger most likely, and how likely it is that anybody is. */
export interface Cry {
  kind: DangerKind;
  /** 0 … 1. */
  share: number;
  /** Of that share, the kind's own part. */
  part: number;
}

export function hearCry(model: CryModel, question: Normalised): Cry {
  const { slots, values } = cryVector(question);
  const sums = new Float32Array(CLASSES);
  for (let at = 0; at < slots.length; at++) {
    const from = slots[at]! * CLASSES;
    for (let c = 0; c < CLASSES; c++) sums[c]! += values[at]! * model.weights[from + c]!;
  }
  for (let c = 0; c < CLASSES; c++) sums[c] = (sums[c]! * model.scale + model.bias[c]!) / model.temperature;
  const shares = softmax(sums);
  let best = 0;
  for (let c = 1; c < NO_DANGER; c++) if (shares[c]! > shares[best]!) best = c;
  const share = 1 - shares[NO_DANGER]!;
  return { kind: DANGERS[best]!, share, part: share > 0 ? shares[best]! / share : 0 };
}

export const CRIES_FILE = new URL('./data/cries.bin', import.meta.url);
const HEAD = 8 + 4 * CLASSES;

/** @throws {AppError} when the file is missing or damaged */
export function loadCries(file: URL | string = CRIES_FILE): CryModel {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (cause) {
    throw new AppError('model_unreadable', 'no data/cries.bin: run "hoixa train" once', { cause });
  }
  if (bytes.length !== HEAD + CRY_SLOTS * CLASSES)
    throw new AppError('model_unreadable', 'data/cries.bin is damaged (hoixa train)');
  return {
    scale: bytes.readFloatLE(0),
    temperature: bytes.readFloatLE(4),
    bias: Float32Array.from({ length: CLASSES }, (_, at) => bytes.readFloatLE(8 + 4 * at)),
    weights: new Int8Array(bytes.buffer.slice(bytes.byteOffset + HEAD, bytes.byteOffset + bytes.length)),
  };
}

export function encodeCries({ weights, scale, bias, temperature }: CryModel): Buffer {
  const head = Buffer.alloc(HEAD);
  head.writeFloatLE(scale, 0);
  head.writeFloatLE(temperature, 4);
  bias.forEach((value, at) => {
    head.writeFloatLE(value, 8 + 4 * at);
  });
  return Buffer.concat([head, Buffer.from(weights.buffer, weights.byteOffset, weights.byteLength)]);
}
