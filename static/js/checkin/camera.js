// The camera and the reading of its frames: at most ten a second, one in flight.

const PAUSE = 100; // ms between frames
const LONGEST_SIDE = 1280; // pixels; more costs time and reads no better

export class Camera {
  /**
   * @param {HTMLVideoElement} video
   * @param {(text: string|null) => void} seen called for every frame read, with null when there is no code in it
   * @param {() => void} failed the reader could not be loaded
   */
  constructor(video, seen, failed) {
    this.video = video;
    this.seen = seen;
    this.failed = failed;
    this.stream = null;
    this.worker = null;
    this.takesFrames = false; // until the reader says so
    this.facing = "environment";
    this.run = 0; // grows with every start and stop, so that late answers of an old run are dropped
  }

  get on() {
    return this.stream !== null;
  }

  /** Start; rejects with the browser's error (NotAllowedError, NotFoundError, NotReadableError, TypeError). */
  async start() {
    if (!navigator.mediaDevices?.getUserMedia) throw new DOMException("no camera here", "SecurityError");
    this.stop();
    const run = ++this.run;
    const wanted = { facingMode: { ideal: this.facing }, width: { ideal: 1280 }, height: { ideal: 720 } };
    const stream = await navigator.mediaDevices.getUserMedia({ video: wanted, audio: false });
    if (run !== this.run) return stream.getTracks().forEach((track) => track.stop());
    this.stream = stream;
    this.video.srcObject = stream;
    await this.video.play();
    this.load();
    this.next(run);
    return undefined;
  }

  stop() {
    this.run += 1;
    this.stream?.getTracks().forEach((track) => track.stop());
    this.stream = null;
    this.video.srcObject = null;
  }

  /** Use the camera on the other side. */
  async turn() {
    this.facing = this.facing === "environment" ? "user" : "environment";
    await this.start();
  }

  async several() {
    const devices = await navigator.mediaDevices.enumerateDevices().catch(() => []);
    return devices.filter((device) => device.kind === "videoinput").length > 1;
  }

  get canLight() {
    return Boolean(this.stream?.getVideoTracks()[0]?.getCapabilities?.().torch);
  }

  async light(on) {
    await this.stream?.getVideoTracks()[0]?.applyConstraints({ advanced: [{ torch: on }] });
  }

  /** Load the reader; it stays for the life of the page. */
  load() {
    if (this.worker) return;
    this.worker = new Worker(new URL("./decoder.js", import.meta.url), { type: "module" });
    this.worker.onmessage = ({ data }) => {
      if (data.failed) this.broken();
      else if (data.ready) this.takesFrames = data.takesFrames;
      else this.told(data);
    };
    this.worker.onerror = () => this.broken();
  }

  told({ text, unread }) {
    if (unread) this.takesFrames = false; // pictures then, which every reader can take
    this.answered?.(text);
  }

  broken() {
    this.worker?.terminate();
    this.worker = null;
    this.answered?.(null);
    this.failed();
  }

  async next(run) {
    while (run === this.run) {
      const started = performance.now();
      await this.newFrame();
      if (run !== this.run || !this.worker) return;
      const text = await this.read();
      if (run !== this.run) return;
      this.seen(text);
      await new Promise((done) => setTimeout(done, Math.max(0, PAUSE - (performance.now() - started))));
    }
  }

  newFrame() {
    return new Promise((done) => {
      if (this.video.requestVideoFrameCallback) {
        this.video.requestVideoFrameCallback(() => done());
        setTimeout(done, 1000); // a camera that stands still must not end the loop
      } else {
        requestAnimationFrame(() => done());
      }
    });
  }

  async read() {
    const frame = await this.frame().catch(() => null);
    if (!frame || !this.worker) {
      frame?.close?.(); // the camera has few to give away
      return null;
    }
    return new Promise((done) => {
      this.answered = done;
      try {
        this.worker.postMessage({ frame }, [frame.data ? frame.data.buffer : frame]);
      } catch {
        frame.close?.();
        this.told({ text: null, unread: true });
      }
    });
  }

  /** What the reader can take apart on its own thread; the frame itself, where the browser gives it away. */
  async frame() {
    const { videoWidth: width, videoHeight: height } = this.video;
    if (!width) return null;
    if (this.takesFrames && globalThis.OffscreenCanvas && globalThis.VideoFrame) {
      try {
        return new VideoFrame(this.video);
      } catch {
        // a stream that may not be taken so
      }
    }
    if (globalThis.OffscreenCanvas && globalThis.createImageBitmap) return createImageBitmap(this.video);
    const scale = Math.min(1, LONGEST_SIDE / Math.max(width, height));
    const [w, h] = [Math.round(width * scale), Math.round(height * scale)];
    this.canvas ??= document.createElement("canvas");
    Object.assign(this.canvas, { width: w, height: h });
    const context = this.canvas.getContext("2d", { willReadFrequently: true });
    context.drawImage(this.video, 0, 0, w, h);
    return context.getImageData(0, 0, w, h);
  }
}
