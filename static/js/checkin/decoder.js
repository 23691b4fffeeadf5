// Worker: reads QR codes from frames with zxing-wasm. One frame in, one answer out: {text (null: no code),
// unread (the frame cannot be read at all), ms (what it took here)}.
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

const LONGEST_SIDE = 1280; // pixels; more costs time and reads no better
const BRIGHTNESS_FIRST = new Set(["I420", "I420A", "I422", "I444", "NV12"]); // formats of video frames
const [OPAQUE, GREY] = [0xff000000, 0x010101];

let bytes = new Uint8Array(0); // a copy of a camera's frame
const canvases = new Map(); // "width×height" → context; a frame's size changes with the camera only
let empty = 0; // frames without a code, one after the other

prepareZXingModule({ overrides: { locateFile: () => wasm }, fireImmediately: true }).then(
  async () => {
    await look(new ImageData(640, 360), quick).catch(() => null); // the first look is the slowest
    postMessage({ ready: true, takesFrames: Boolean(globalThis.VideoFrame) });
  },
  () => postMessage({ failed: true }),
);

onmessageerror = () => postMessage({ text: null, unread: true });
onmessage = async ({ data: { frame } }) => {
  const begun = performance.now();
  let [text, unread] = [null, false];
  try {
    text = await read(frame);
  } catch {
    unread = true;
  }
  empty = text === null ? empty + 1 : 0;
  frame.close?.();
  postMessage({ text, unread, ms: performance.now() - begun });
};

async function read(frame) {
  if (frame.data) return look(frame, empty % 2 ? patient : quick); // an old browser without bitmaps: pixels as they are
  const [width, height] = [frame.displayWidth ?? frame.width, frame.displayHeight ?? frame.height];
  const most = Math.min(1, LONGEST_SIDE / Math.max(width, height));
  const found = await look(await halfSize(frame, width, height, most / 2), quick);
  const turn = empty % 4;
  if (found !== null || turn === 0) return found;
  if (turn === 1) return look(pixels(frame, 0, 0, width, height, most * (2 / 3)), quick);
  if (turn === 2) return look(pixels(frame, 0, 0, width, height, most), patient);
  const side = Math.round(Math.min(width, height) * (2 / 3));
  return look(pixels(frame, (width - side) / 2, (height - side) / 2, side, side, most * 2), plain);
}

async function look(image, options) {
  const [found] = await readBarcodes(image, options);
  return found?.isValid ? found.text : null;
}

/** The first look's picture. A camera's own frame has its brightness apart, which is all a code needs. */
async function halfSize(frame, width, height, scale) {
  const step = Math.round(1 / scale);
  if (step % 2 || !BRIGHTNESS_FIRST.has(frame.format)) return pixels(frame, 0, 0, width, height, scale);
  const size = frame.allocationSize();
  if (bytes.length < size) bytes = new Uint8Array(size);
  const [{ offset, stride }] = await frame.copyTo(bytes);
  const { width: across, height: down } = frame.visibleRect;
  return thinned(bytes, { offset, stride, across, down, step });
}

/** Every pixel is the mean of four in the middle of a square of `step` by `step`. */
function thinned(from, { offset, stride, across, down, step }) {
  const image = new ImageData(Math.floor(across / step), Math.floor(down / step));
  const to = new Uint32Array(image.data.buffer);
  for (let y = 0, at = 0; y < image.height; y += 1) {
    let upper = offset + (y * step + step / 2 - 1) * stride + step / 2 - 1;
    for (let x = 0; x < image.width; x += 1, at += 1, upper += step) {
      const lower = upper + stride;
      to[at] = OPAQUE | (((from[upper] + from[upper + 1] + from[lower] + from[lower + 1]) >> 2) * GREY);
    }
  }
  return image;
}

/** Part of a frame, scaled: drawn here, off the main thread. */
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
