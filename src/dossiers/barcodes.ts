import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';

/** Reading took too long, or too many wait for it. */
export class BarcodeTimeout extends Error {}

export interface BarcodeReader {
  /**
   * What the QR, Data Matrix, Code 128 … codes of an image say; empty when there are none.
   * @param image JPEG, PNG or GIF, at a size that may be unpacked
   * @throws {BarcodeTimeout}
   * @throws {Error} for an image that cannot be unpacked
   */
  read(image: Buffer): Promise<string[]>;
  close(): Promise<void>;
}

interface Job {
  image: Buffer;
  done: (texts: string[]) => void;
  fail: (error: Error) => void;
}

const TIMEOUT_MS = 4_000;
const MOST_WAITING = 16;
/** Unpacked images leave the memory of the thread grown: it ends when nobody needs it. */
const IDLE_MS = 30_000;

// As a string: the same in a checkout, where the sources are TypeScript, and installed. The library would fetch its
// WebAssembly from a public server; it is given the file of the package instead.
const THREAD = `
const { parentPort, workerData } = require('node:worker_threads');
const { readFileSync } = require('node:fs');
const { prepareZXingModule, readBarcodes } = require(workerData.reader);
prepareZXingModule({ overrides: { wasmBinary: readFileSync(workerData.wasm) } });
const options = {
  formats: ['QRCode', 'MicroQRCode', 'DataMatrix', 'Aztec', 'PDF417', 'Code128', 'Code39', 'Code93', 'ITF'],
  tryHarder: true, tryRotate: true, tryInvert: true, tryDownscale: true, tryDenoise: true, maxNumberOfSymbols: 8,
};
parentPort.on('message', (image) => {
  readBarcodes(image, options).then(
    (found) => {
      const broken = found.find(({ error }) => error && /image/i.test(error));
      if (broken && found.length === 1) parentPort.postMessage({ error: broken.error });
      else parentPort.postMessage({ texts: found.filter(({ isValid }) => isValid).map(({ text }) => text) });
    },
    (error) => parentPort.postMessage({ error: String(error && error.message || error) }),
  );
});
`;

/** One thread, started at the first image: unpacking and looking takes too long for the thread that answers. */
export function createBarcodeReader({ timeoutMs = TIMEOUT_MS, idleMs = IDLE_MS } = {}): BarcodeReader {
  const waiting: Job[] = [];
  let thread: Worker | null = null;
  let job: Job | null = null;
  let timer: NodeJS.Timeout | undefined;

  const end = async () => {
    clearTimeout(timer);
    const ended = thread;
    thread = null;
    await ended?.terminate();
  };
  const settle = (settled: { texts: string[] } | { error: Error }) => {
    clearTimeout(timer);
    const ended = job;
    job = null;
    if (ended && 'texts' in settled) ended.done(settled.texts);
    else if (ended && 'error' in settled) ended.fail(settled.error);
    next();
  };
  const start = () => {
    const { resolve } = createRequire(import.meta.url);
    const started = new Worker(THREAD, {
      eval: true,
      workerData: { reader: resolve('zxing-wasm/reader'), wasm: resolve('zxing-wasm/reader/zxing_reader.wasm') },
      // what starts this process (tsx) is not for the thread
      execArgv: [],
    });
    started.on('message', (answer: { texts?: string[]; error?: string }) => {
      if (thread === started) settle(answer.texts ? { texts: answer.texts } : { error: new Error(answer.error) });
    });
    started.on('error', (error) => {
      if (thread !== started) return;
      thread = null;
      settle({ error });
    });
    started.unref();
    return started;
  };
  const next = () => {
    if (job) return;
    job = waiting.shift() ?? null;
    if (!job) {
      timer = setTimeout(() => void end(), idleMs).unref();
      return;
    }
    clearTimeout(timer);
    thread ??= start();
    timer = setTimeout(() => {
      void end();
      settle({ error: new BarcodeTimeout(`no answer within ${timeoutMs} ms`) });
    }, timeoutMs);
    thread.postMessage(job.image);
  };

  return {
    read: (image) =>
      new Promise((done, fail) => {
        if (waiting.length >= MOST_WAITING) return fail(new BarcodeTimeout('too many images wait'));
        waiting.push({ image, done, fail });
        next();
      }),
    async close() {
      for (const { fail } of waiting.splice(0)) fail(new BarcodeTimeout('closing'));
      await end();
      settle({ error: new BarcodeTimeout('closing') });
      clearTimeout(timer);
    },
  };
}
