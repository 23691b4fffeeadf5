// Talks to the server. Every failure becomes an ApiError with a kind; nobody above sees a raw error.

export class ApiError extends Error {
  /**
   * @param {"network"|"busy"|"unknown_device"|"revoked"|"refused"|"wrong_pin"|"expired"|"elsewhere"} kind what to do about it
   * @param {string} message words of the server for the person, empty when there are none
   * @param {number} status HTTP status, 0 without an answer
   */
  constructor(kind, message = "", status = 0) {
    super(message || kind);
    this.kind = kind;
    this.words = message;
    this.status = status;
  }
}

const points = "/api/v1/checkin/points/";

/** Turn a one-time code into a device: {token, device, point: {slug, name}}. */
export const pair = (code, name) => call("/api/v1/checkin/pair", { body: { code, name } });

/** What the header shows: {point, device, admitted, expected, server_time, timezone}. */
export const status = (device) => call(`${points}${encodeURIComponent(device.point.slug)}/status`, { token: device.token });

/** Send scans; resolves to their results in the order sent. */
export const send = async (device, scans, timeout) => {
  const path = `${points}${encodeURIComponent(device.point.slug)}/scans`;
  return (await call(path, { token: device.token, body: { scans }, timeout })).results;
};

/** Send a whole body of scans: {scans, undone, phone}; resolves to {results, undone}. */
export const upload = (device, body, timeout) => call(`${at(device)}/scans`, { token: device.token, body, timeout });

/** Become a supervisor: {until, names: [{id, name, code}]}. Rejects with the kind "wrong_pin". */
export const supervise = (device, pin) => call(`${at(device)}/supervisor`, { token: device.token, body: { pin }, timeout: 30000 });

/** The gate's data, whole or since a cursor: {buffer, asked, answered}, moments of the phone's clock in ms. */
export const snapshot = (device, cursor) => bytes(`${at(device)}/snapshot${since(cursor)}`, device, "application/vnd.pekan.snapshot");

/** Sealed names, all or since a cursor: {buffer, cursor}. */
export const names = (device, cursor) => bytes(`${at(device)}/snapshot/names${since(cursor)}`, device);

const at = (device) => points + encodeURIComponent(device.point.slug);
const since = (cursor) => (cursor === null ? "" : `?since=${encodeURIComponent(cursor)}`);

async function call(path, { token, body, timeout }) {
  const headers = body ? { "Content-Type": "application/json" } : {};
  return ask(path, { method: body ? "POST" : "GET", headers, body: body && JSON.stringify(body) }, token, timeout, (answer) => answer.json());
}

async function bytes(path, { token }, type) {
  const asked = Date.now();
  return ask(path, { headers: {} }, token, 60000, async (answer) => {
    const answered = Date.now();
    const cursor = answer.headers.get("X-Pekan-Cursor");
    if (type ? answer.headers.get("Content-Type") !== type : cursor === null) throw new ApiError("network");
    return { buffer: await answer.arrayBuffer(), cursor, asked, answered };
  });
}

async function ask(path, request, token, timeout = 10000, read) {
  Object.assign(request.headers, { "Accept-Language": document.documentElement.lang });
  if (token) request.headers.Authorization = `Bearer ${token}`;
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), timeout);
  try {
    const answer = await fetch(path, { ...request, signal: stop.signal, cache: "no-store", credentials: "omit", redirect: "error" });
    if (answer.ok) return await read(answer);
    throw refusal(answer.status, (await answer.json())?.error);
  } catch (error) {
    // A captive portal answers with a page instead of JSON: as good as no network.
    throw error instanceof ApiError ? error : new ApiError("network");
  } finally {
    clearTimeout(timer);
  }
}

function refusal(status, error) {
  const words = typeof error?.message === "string" ? error.message : "";
  if (status === 401) return new ApiError("unknown_device", words, status);
  if (status === 403 && error?.code === "wrong_pin") return new ApiError("wrong_pin", words, status);
  if (status === 403) return new ApiError(error?.code === "revoked_device" ? "revoked" : "unknown_device", words, status);
  if (status === 429 || status >= 500) return new ApiError("busy", words, status);
  return new ApiError("refused", words, status);
}
