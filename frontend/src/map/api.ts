/** The endpoints of the map page. A request that is overtaken by a newer one of the same kind is aborted. */

import { settings } from "./page";
import type { Context, FindingList, Here, LayerGroup, Place } from "./types";

const running = new Map<string, AbortController>();

async function get<T>(path: string, params: Record<string, string | number | undefined> = {}): Promise<T> {
  running.get(path)?.abort();
  const controller = new AbortController();
  running.set(path, controller);
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(params)) if (value !== undefined && value !== "") query.set(name, String(value));
  const response = await fetch(`${settings.api}${path}?${query.toString()}`, {
    signal: controller.signal,
    headers: { Accept: "application/json" },
    credentials: "same-origin",
  });
  if (!response.ok) {
    const problem = (await response.json().catch(() => ({}))) as { what?: string; how?: string };
    throw new Error([problem.what ?? `HTTP ${response.status}`, problem.how].filter(Boolean).join("　"));
  }
  return (await response.json()) as T;
}

/** True for the error of a request that a newer one has overtaken. */
export function isOvertaken(error: unknown): boolean {
  return error instanceof DOMException && error.name === "AbortError";
}

/** A request that changes or computes something, with the page's token against forged requests. */
export async function send(method: "GET" | "POST" | "DELETE", address: string, body?: unknown): Promise<unknown> {
  const token = /(?:^|; )csrftoken=([^;]+)/.exec(document.cookie)?.[1] ?? "";
  const response = await fetch(address, {
    method,
    headers: { Accept: "application/json", "Content-Type": "application/json", "X-CSRFToken": token },
    body: body === undefined ? undefined : JSON.stringify(body),
    credentials: "same-origin",
  });
  if (!response.ok) {
    const problem = (await response.json().catch(() => ({}))) as { what?: string; how?: string };
    throw new Error([problem.what ?? `HTTP ${response.status}`, problem.how].filter(Boolean).join("　"));
  }
  return response.status === 204 ? null : ((await response.json()) as unknown);
}

export interface FindingQuery {
  run: number;
  list: string;
  bbox?: string;
  severity?: string;
  district?: string;
  sliver?: string;
  limit?: number;
}

export const api = {
  context: () => get<Context>("context", { run: settings.run }),
  layers: (run: number | undefined) => get<{ groups: LayerGroup[] }>("layers", { run }),
  findings: (query: FindingQuery) => get<FindingList>("findings", { ...query }),
  finding: (id: number) => get<GeoJSON>(`findings/${id}`),
  here: (lon: number, lat: number, run: number | undefined) => get<Here>("here", { lon, lat, run }),
  places: (q: string) => get<Place[]>("places", { q }),
};

export type GeoJSON = { type: "Feature"; geometry: unknown; properties: Record<string, unknown> };
