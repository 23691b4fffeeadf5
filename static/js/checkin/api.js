// Talks to the server. Every failure becomes an ApiError with a kind; nobody above sees a raw error.

export class ApiError extends Error {
  /**
   * @param {"network"|"busy"|"unknown_device"|"revoked"|"refused"} kind what to do about it
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

async function call(path, { token, body, timeout = 10000 }) {
  const headers = { Accept: "application/json", "Accept-Language": document.documentElement.lang };
  if (token) headers.Authorization = `Bearer ${token}`;
  if (body) headers["Content-Type"] = "application/json";
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), timeout);
  try {
    const answer = await fetch(path, {
      method: body ? "POST" : "GET", headers, body: body && JSON.stringify(body),
      signal: stop.signal, cache: "no-store", credentials: "omit", redirect: "error",
    });
    const content = await answer.json();
    if (answer.ok) return content;
    throw refusal(answer.status, content?.error);
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
  if (status === 403) return new ApiError(error?.code === "revoked_device" ? "revoked" : "unknown_device", words, status);
  if (status === 429 || status >= 500) return new ApiError("busy", words, status);
  return new ApiError("refused", words, status);
}
