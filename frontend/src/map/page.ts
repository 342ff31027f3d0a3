/** What the template gives the island: addresses, texts in the page's language, and small DOM helpers. */

export interface Settings {
  api: string;
  run: string;
  finding: string;
  texts: Record<string, string>;
}

function readSettings(): Settings {
  const element = document.getElementById("map-settings");
  if (!element?.textContent) throw new Error("map-settings is missing");
  return JSON.parse(element.textContent) as Settings;
}

export const settings = readSettings();

/** The text `key` with its `%(name)s` places filled in; all texts come translated from the template. */
export function text(key: string, values: Record<string, string | number> = {}): string {
  const pattern = settings.texts[key];
  if (pattern === undefined) throw new Error(`no text ${key}`);
  return pattern.replace(/%\((\w+)\)s/g, (_, name: string) => String(values[name]));
}

export function byId<T extends HTMLElement = HTMLElement>(id: string): T {
  const element = document.getElementById(id);
  if (!element) throw new Error(`no #${id}`);
  return element as T;
}

/** Room to leave around what the view shows (top, right, bottom, left in pixels), so that no panel covers it. */
export function freeRoom(edge: number): [number, number, number, number] {
  const panel = byId("layer-panel");
  const besideMap = panel.offsetParent !== null && panel.offsetWidth * 2 < byId("map").offsetWidth;
  return [edge, edge, edge, besideMap ? panel.offsetLeft + panel.offsetWidth + edge : edge];
}

/** A new element with class, text and attributes. */
export function make<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  className = "",
  content: string | Node[] = "",
  attributes: Record<string, string> = {},
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (typeof content === "string") element.textContent = content;
  else element.append(...content);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}

/** Tell screen readers through the page's one polite live region. */
export function announce(message: string): void {
  byId("map-live").textContent = message;
}

const hectares = new Intl.NumberFormat("zh-CN", { minimumFractionDigits: 4, maximumFractionDigits: 4 });
const whole = new Intl.NumberFormat("zh-CN", { maximumFractionDigits: 0 });
const two = new Intl.NumberFormat("zh-CN", { minimumFractionDigits: 2, maximumFractionDigits: 2 });

export const format = {
  /** Square metres as hectares, four decimals. */
  hectares: (squareMetres: number): string => hectares.format(squareMetres / 10000),
  count: (value: number): string => whole.format(value),
  metres: (value: number): string => (value < 1000 ? text("metres", { n: two.format(value) }) : text("kilometres", { n: two.format(value / 1000) })),
};

/** A value of the design tokens, read where the page's theme has set it. */
export function token(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}
