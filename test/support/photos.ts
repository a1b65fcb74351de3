import jpeg from 'jpeg-js';
import QRCode from 'qrcode';
import { createChance } from './mistypings.ts';

/** A grey picture, 0 black … 255 white. */
export interface Picture {
  width: number;
  height: number;
  grey: Float32Array;
}

const sheet = (width: number, height: number): Picture => ({
  width,
  height,
  grey: new Float32Array(width * height).fill(232),
});

/** A receipt: lines of "print" and the QR code of `text`, `side` pixels wide, somewhere on the page. */
export function receipt(text: string, { width = 900, height = 1_200, side = 260 } = {}): Picture {
  const page = sheet(width, height);
  const { below } = createChance(text.length);
  for (let line = 80; line < height - 60; line += 34)
    for (let at = 60; at < width - 60; at += 1)
      if (at % 23 < 15 && below(3) > 0)
        for (let thick = 0; thick < 12; thick++) page.grey[(line + thick) * width + at] = 60;
  const { modules } = QRCode.create(text, { errorCorrectionLevel: 'M' });
  const [left, top] = [width - side - 110, 120];
  const quiet = side * 0.12;
  for (let y = 0; y < side; y++)
    for (let x = 0; x < side; x++) {
      const at = (value: number) => Math.floor(((value - quiet) / (side - 2 * quiet)) * modules.size);
      const [row, column] = [at(y), at(x)];
      const isInside = row >= 0 && column >= 0 && row < modules.size && column < modules.size;
      page.grey[(top + y) * width + left + x] = isInside && modules.get(row, column) ? 25 : 245;
    }
  return page;
}

const sample = ({ width, height, grey }: Picture, x: number, y: number): number => {
  const [left, top] = [Math.floor(x), Math.floor(y)];
  if (left < 0 || top < 0 || left >= width - 1 || top >= height - 1) return 120;
  const [dx, dy] = [x - left, y - top];
  const at = top * width + left;
  const upper = grey[at]! * (1 - dx) + grey[at + 1]! * dx;
  const lower = grey[at + width]! * (1 - dx) + grey[at + width + 1]! * dx;
  return upper * (1 - dy) + lower * dy;
};

/** Held at an angle: turned, and further away at the top (`tilt` 0…0.5). */
export function atAnAngle(picture: Picture, degrees: number, tilt = 0): Picture {
  const { width, height } = picture;
  const turned = sheet(width, height);
  const [sin, cos] = [Math.sin((degrees * Math.PI) / 180), Math.cos((degrees * Math.PI) / 180)];
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const depth = 1 + tilt * (1 - y / height);
      const [dx, dy] = [(x - width / 2) * depth * 1.15, (y - height / 2) * depth * 1.15];
      turned.grey[y * width + x] = sample(picture, width / 2 + dx * cos - dy * sin, height / 2 + dx * sin + dy * cos);
    }
  return turned;
}

/** Out of focus: three passes of a mean over `radius` pixels each way. */
export function blurred(picture: Picture, radius: number): Picture {
  let { grey } = picture;
  const { width, height } = picture;
  const pass = (from: Float32Array, step: number, count: number, lines: number, next: number) => {
    const to = new Float32Array(from.length);
    for (let line = 0; line < lines; line++)
      for (let at = 0; at < count; at++) {
        let sum = 0;
        let many = 0;
        for (let off = Math.max(0, at - radius); off <= Math.min(count - 1, at + radius); off++) {
          sum += from[line * next + off * step]!;
          many += 1;
        }
        to[line * next + at * step] = sum / many;
      }
    return to;
  };
  for (let round = 0; round < 2; round++) grey = pass(pass(grey, 1, width, height, width), width, height, width, 1);
  return { width, height, grey };
}

/** A dark corner, and grain. */
export function badlyLit(picture: Picture, seed = 7): Picture {
  const { below } = createChance(seed);
  const { width, height } = picture;
  const grey = picture.grey.map((value, at) => {
    const light = 0.45 + 0.55 * (((at % width) / width + Math.floor(at / width) / height) / 2);
    return Math.min(255, Math.max(0, value * light + below(25) - 12));
  });
  return { width, height, grey };
}

/** As a phone stores it, at a quality of 1…100. */
export function asJpeg({ width, height, grey }: Picture, quality = 60): Buffer {
  const data = Buffer.alloc(width * height * 4, 255);
  grey.forEach((value, at) => {
    data[at * 4] = data[at * 4 + 1] = data[at * 4 + 2] = Math.round(value);
  });
  return Buffer.from(jpeg.encode({ width, height, data }, quality).data);
}
