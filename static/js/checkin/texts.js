// Words and times as the page shows them. The words themselves stand in templates/checkin/scanner_texts.html.

export const get = (id) => document.getElementById(id);

export const texts = JSON.parse(get("texts").textContent);

/** "{count} belum terkirim" with its values; what is not given stays empty. */
export const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_all, key) => values[key] ?? "");

export const number = (count) => count.toLocaleString(texts.locale);

/** 09.02, on the festival's wall clock. `moment` as RFC 3339, Date or ms. */
export const clock = (moment, zone) =>
  new Date(moment).toLocaleTimeString(texts.locale, { hour: "2-digit", minute: "2-digit", hour12: false, timeZone: zone });

/** Kamis, 20 Juli, 09.02. */
export const dayAndTime = (moment, zone) => {
  const day = new Date(moment).toLocaleDateString(texts.locale, { weekday: "long", day: "numeric", month: "long", timeZone: zone });
  return `${day}, ${clock(moment, zone)}`;
};

/** How old data are told: a time today, days after that. */
export const since = (moment, zone, now = Date.now()) => {
  const days = Math.floor((now - new Date(moment).getTime()) / 86_400_000);
  return days >= 1 ? fill(texts.days_ago, { count: days }) : clock(moment, zone);
};

/** A typed code in its two groups. */
export const groups = (code) => code.replace(/^(.{5})(.{5})$/, "$1 $2");

/** An element with a class and a text. */
export function make(tag, className = "", text = "") {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text) made.textContent = text;
  return made;
}
