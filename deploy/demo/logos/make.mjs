// Draws the demo tenants' logos, 96 × 96 PNG: node deploy/demo/logos/make.mjs
import { writeFileSync } from "node:fs";
import { deflateSync } from "node:zlib";

const SIZE = 96, FINE = 4; // each pixel is the mean of 4 × 4 points

const crcTable = Array.from({ length: 256 }, (_, n) => {
  for (let k = 0; k < 8; k++) n = n & 1 ? 0xedb88320 ^ (n >>> 1) : n >>> 1;
  return n >>> 0;
});
function crc32(bytes) {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = crcTable[(crc ^ byte) & 255] ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}

function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type), data]);
  const length = Buffer.alloc(4), crc = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  crc.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, crc]);
}

function png(pixels) {
  const head = Buffer.alloc(13);
  head.writeUInt32BE(SIZE, 0);
  head.writeUInt32BE(SIZE, 4);
  head.set([8, 6, 0, 0, 0], 8); // 8 bits, RGBA
  const rows = Buffer.alloc(SIZE * (1 + SIZE * 4));
  for (let y = 0; y < SIZE; y++)
    pixels.copy(rows, y * (1 + SIZE * 4) + 1, y * SIZE * 4, (y + 1) * SIZE * 4);
  const signature = Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]);
  return Buffer.concat([signature, chunk("IHDR", head), chunk("IDAT", deflateSync(rows, { level: 9 })),
    chunk("IEND", Buffer.alloc(0))]);
}

// Shapes are tests of a point; coordinates run from 0 to 1.
const box = (x0, y0, x1, y1) => (x, y) => x >= x0 && x <= x1 && y >= y0 && y <= y1;
const any = (...shapes) => (x, y) => shapes.some((shape) => shape(x, y));
const tile = (x, y) => {
  const dx = Math.max(0.2 - x, x - 0.8, 0), dy = Math.max(0.2 - y, y - 0.8, 0);
  return Math.hypot(dx, dy) <= 0.2;
};
const pediment = (x, y) => y >= 0.2 && y <= 0.38 && Math.abs(x - 0.5) <= ((y - 0.2) / 0.18) * 0.32;
const shield = (x, y) => {
  const half = y < 0.5 ? 0.27 : 0.27 * Math.sqrt(Math.max(0, 1 - ((y - 0.5) / 0.34) ** 2));
  return y >= 0.2 && y <= 0.84 && Math.abs(x - 0.5) <= half;
};

const logos = {
  bank: [[0x00, 0x66, 0xcc], any(pediment, box(0.22, 0.42, 0.3, 0.68), box(0.46, 0.42, 0.54, 0.68),
    box(0.7, 0.42, 0.78, 0.68), box(0.18, 0.72, 0.82, 0.8))],
  securities: [[0x0b, 0x7a, 0x4b], any(box(0.2, 0.6, 0.32, 0.8), box(0.36, 0.5, 0.48, 0.8),
    box(0.52, 0.36, 0.64, 0.8), box(0.68, 0.2, 0.8, 0.8))],
  insurance: [[0xb0, 0x2a, 0x5b], (x, y) =>
    shield(x, y) && !box(0.46, 0.34, 0.54, 0.66)(x, y) && !box(0.34, 0.44, 0.66, 0.52)(x, y)],
};

for (const [name, [color, figure]] of Object.entries(logos)) {
  const pixels = Buffer.alloc(SIZE * SIZE * 4);
  for (let y = 0; y < SIZE; y++)
    for (let x = 0; x < SIZE; x++) {
      let covered = 0, white = 0;
      for (let i = 0; i < FINE * FINE; i++) {
        const px = (x + ((i % FINE) + 0.5) / FINE) / SIZE;
        const py = (y + (Math.floor(i / FINE) + 0.5) / FINE) / SIZE;
        covered += tile(px, py);
        white += tile(px, py) && figure(px, py);
      }
      const share = covered ? white / covered : 0;
      const rgb = color.map((c) => Math.round(c + (255 - c) * share));
      pixels.set([...rgb, Math.round((covered * 255) / (FINE * FINE))], (y * SIZE + x) * 4);
    }
  writeFileSync(new URL(`${name}.png`, import.meta.url), png(pixels));
}
