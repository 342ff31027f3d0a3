/** The endpoints of a sheet (`/api/v1/plans/sheets/{id}`), with the page's protection against forged requests. */

import { byId, text } from "../map/page";

export interface DigitiseSettings {
  api: string;
  mode: "place" | "trace";
  statutory: number;
  jobs: string;
  here: string;
  texts: Record<string, string>;
}

export interface Sheet {
  id: number;
  state: string;
  version: number;
  width: number;
  height: number;
  picture: string;
  warped: string | null;
  bounds: [number, number, number, number];
  extent: [number, number, number, number];
  legend: { code: string; color: [number, number, number] }[];
  codes: { code: string; name: string; color: string }[];
  editable: boolean;
}

export interface Fit {
  rms_m: number;
  points: { east_m: number; north_m: number; error_m: number; left_out_m: number | null }[];
}

export const settings = JSON.parse(byId("map-settings").textContent ?? "{}") as DigitiseSettings;

function token(): string {
  const headers = JSON.parse(document.body.getAttribute("hx-headers") ?? "{}") as Record<string, string>;
  return headers["X-CSRFToken"] ?? "";
}

async function ask<T>(method: string, path: string, body?: unknown): Promise<T> {
  const response = await fetch(settings.api + path, {
    method,
    headers: { Accept: "application/json", "Content-Type": "application/json", "X-CSRFToken": token() },
    credentials: "same-origin",
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  if (!response.ok) {
    const problem = (await response.json().catch(() => ({}))) as { what?: string; where?: string; how?: string };
    throw new Error([problem.what ?? `HTTP ${response.status}`, problem.where, problem.how].filter(Boolean).join("　"));
  }
  return (await response.json()) as T;
}

export const api = {
  get: <T>(path = "") => ask<T>("GET", path),
  post: <T>(path: string, body: unknown) => ask<T>("POST", path, body),
  put: <T>(path: string, body: unknown) => ask<T>("PUT", path, body),
};

/** Show what went wrong at the top of the page; an empty message takes it away. */
export function problem(message = ""): void {
  const place = byId("dg-problem");
  place.hidden = !message;
  place.textContent = message;
}

/** Run an act and show its error where people look. */
export async function guarded(act: () => Promise<void>): Promise<void> {
  problem();
  try {
    await act();
  } catch (error) {
    problem(text("failed", { what: (error as Error).message }));
  }
}
