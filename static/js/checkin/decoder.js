// Worker: reads QR codes from frames with zxing-wasm. One frame in, one answer out.
//
// Every frame gets a cheap look at half its size, which reads a ticket that is held up as people do and, because it
// averages the noise away, pale ones. Only while nothing is found, a frame gets a second look, in turn: two thirds of
// the size, the whole frame with all the reader's patience, and its middle doubled, for codes that are small or far.
// bench/gate_reading.py measures what each look reads and costs.

import { prepareZXingModule, readBarcodes } from "../../vendor/zxing-wasm/reader/index.js";

const wasm = new URL("../../vendor/zxing-wasm/reader/zxing_reader.wasm", import.meta.url).href;
// "Plain" keeps the text as it was printed: spaces are part of a ticket.
const base = { formats: ["QRCode"], maxNumberOfSymbols: 1, textMode: "Plain" };
const quick = { ...base, tryHarder: false, tryInvert: false, tryRotate: false, tryDownscale: false };
const patient = { ...base, tryHarder: true, tryInvert: true, tryRotate: true, tryDownscale: true };
const plain = { ...patient, tryDownscale: false, tryRotate: false };

const canvases = new Map(); // "width×height" → context; a frame's size changes with the camera only
let empty = 0; // frames without a code, one after the other

prepareZXingModule({ overrides: { locateFile: () => wasm }, fireImmediately: true }).then(
  () => postMessage({ ready: true }),
  () => postMessage({ failed: true }),
);

onmessage = async ({ data: { frame } }) => {
  let text = null;
  try {
    text = await read(frame);
  } catch {
    // a frame that cannot be read is a frame without a code
  }
  empty = text === null ? empty + 1 : 0;
  frame.close?.();
  postMessage({ text });
};

async function read(frame) {
  const { width, height } = frame;
  if (frame.data) return look(frame, empty % 2 ? patient : quick); // an old browser without bitmaps: pixels as they are
  const found = await look(pixels(frame, 0, 0, width, height, 1 / 2), quick);
  const turn = empty % 4;
  if (found !== null || turn === 0) return found;
  if (turn === 1) return look(pixels(frame, 0, 0, width, height, 2 / 3), quick);
  if (turn === 2) return look(pixels(frame, 0, 0, width, height, 1), patient);
  const side = Math.round(Math.min(width, height) * (2 / 3));
  return look(pixels(frame, (width - side) / 2, (height - side) / 2, side, side, 2), plain);
}

async function look(image, options) {
  const [found] = await readBarcodes(image, options);
  return found?.isValid ? found.text : null;
}

/** Part of a bitmap, scaled: drawn here, off the main thread. */
function pixels(frame, x, y, width, height, scale) {
  const [w, h] = [Math.round(width * scale), Math.round(height * scale)];
  let context = canvases.get(`${w}×${h}`);
  if (!context) {
    if (canvases.size > 6) canvases.clear(); // cameras were changed
    context = new OffscreenCanvas(w, h).getContext("2d", { willReadFrequently: true });
    canvases.set(`${w}×${h}`, context);
  }
  context.drawImage(frame, x, y, width, height, 0, 0, w, h);
  return context.getImageData(0, 0, w, h);
}
