/** What the page shows now: one small store, mirrored in the address so that a view can be sent. */

import type { Extent } from "./types";

export interface State {
  run: number | undefined;
  list: string;
  severities: Set<number>;
  district: string;
  inView: boolean;
  slivers: boolean;
  box: Extent | null;
  selected: number | undefined;
  layers: Map<string, boolean>;
  center: [number, number] | null;
  zoom: number | null;
}

type Listener = (changed: Set<keyof State>) => void;

function fromAddress(): State {
  const query = new URLSearchParams(location.search);
  const at = query.get("at")?.split(",").map(Number) ?? [];
  const severities = (query.get("severity") ?? "1,2,3").split(",").filter(Boolean).map(Number);
  const layers = new Map<string, boolean>();
  for (const code of (query.get("on") ?? "").split(",").filter(Boolean)) layers.set(code, true);
  for (const code of (query.get("off") ?? "").split(",").filter(Boolean)) layers.set(code, false);
  return {
    run: Number(query.get("run")) || undefined,
    list: query.get("list") ?? "conflict",
    severities: new Set(severities),
    district: query.get("district") ?? "",
    inView: query.get("view") !== "0",
    slivers: query.get("sliver") === "1",
    box: null,
    selected: Number(query.get("finding")) || undefined,
    layers,
    center: at.length === 3 ? [at[0], at[1]] : null,
    zoom: at.length === 3 ? at[2] : null,
  };
}

export class Store {
  readonly state: State = fromAddress();
  private readonly listeners: Listener[] = [];

  onChange(listener: Listener): void {
    this.listeners.push(listener);
  }

  set(changes: Partial<State>): void {
    const changed = new Set<keyof State>();
    for (const [key, value] of Object.entries(changes) as [keyof State, never][]) {
      if (this.state[key] !== value) changed.add(key);
      this.state[key] = value;
    }
    if (!changed.size) return;
    this.writeAddress();
    for (const listener of this.listeners) listener(changed);
  }

  /** The address of this very view. */
  address(): string {
    const s = this.state;
    const query = new URLSearchParams();
    if (s.run) query.set("run", String(s.run));
    query.set("list", s.list);
    query.set("severity", [...s.severities].sort().join(","));
    if (s.district) query.set("district", s.district);
    if (!s.inView) query.set("view", "0");
    if (s.slivers) query.set("sliver", "1");
    if (s.selected) query.set("finding", String(s.selected));
    const on = [...s.layers].filter(([, shown]) => shown).map(([code]) => code);
    const off = [...s.layers].filter(([, shown]) => !shown).map(([code]) => code);
    if (on.length) query.set("on", on.join(","));
    if (off.length) query.set("off", off.join(","));
    if (s.center && s.zoom !== null) query.set("at", `${s.center[0].toFixed(6)},${s.center[1].toFixed(6)},${s.zoom.toFixed(2)}`);
    return `${location.pathname}?${query.toString()}`;
  }

  private writeAddress(): void {
    history.replaceState(null, "", this.address());
  }
}
