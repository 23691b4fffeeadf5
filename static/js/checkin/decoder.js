// Worker: reads QR codes from frames with zxing-wasm. One frame in, one answer out.

import { prepareZXingModule, readBarcodes } from "../../vendor/zxing-wasm/reader/index.js";

const wasm = new URL("../../vendor/zxing-wasm/reader/zxing_reader.wasm", import.meta.url).href;
// "Plain" keeps the text as it was printed: spaces are part of a ticket.
const options = { formats: ["QRCode"], tryHarder: true, tryInvert: true, tryRotate: true, tryDownscale: true, maxNumberOfSymbols: 1, textMode: "Plain" };
let canvas;

prepareZXingModule({ overrides: { locateFile: () => wasm }, fireImmediately: true }).then(
  () => postMessage({ ready: true }),
  () => postMessage({ failed: true }),
);

onmessage = async ({ data }) => {
  let text = null;
  try {
    const [found] = await readBarcodes(pixels(data.frame), options);
    if (found?.isValid) text = found.text;
  } catch {
    // a frame that cannot be read is a frame without a code
  }
  postMessage({ text });
};

/** ImageData comes as it is; an ImageBitmap is drawn here, off the main thread. */
function pixels(frame) {
  if (frame.data) return frame;
  canvas ??= new OffscreenCanvas(1, 1);
  if (canvas.width !== frame.width || canvas.height !== frame.height) {
    canvas.width = frame.width;
    canvas.height = frame.height;
  }
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(frame, 0, 0);
  frame.close();
  return context.getImageData(0, 0, canvas.width, canvas.height);
}
