/** The result drawer: severity counters as toggles, chips, list; what is selected here is selected on the map and the other way round. */

import GeoJSONFormat from "ol/format/GeoJSON";
import type OlMap from "ol/Map";
import VectorLayer from "ol/layer/Vector";
import VectorSource from "ol/source/Vector";
import { api, isOvertaken } from "./api";
import { CODE } from "./geodesy";
import { announce, byId, format, freeRoom, make, text } from "./page";
import type { Store } from "./store";
import { selectionStyle } from "./symbols";
import type { FindingList, FindingRow } from "./types";

const LIMIT = 200;

export class FindingDrawer {
  private readonly hover = new VectorSource();
  private readonly picked = new VectorSource();
  private readonly list = byId("finding-list");

  constructor(
    private readonly map: OlMap,
    private readonly store: Store,
  ) {
    map.addLayer(new VectorLayer({ source: this.hover, style: selectionStyle(2), zIndex: 5000 }));
    map.addLayer(new VectorLayer({ source: this.picked, style: selectionStyle(3.4), zIndex: 5001 }));
    for (const button of document.querySelectorAll<HTMLButtonElement>("[data-severity]")) {
      button.addEventListener("click", () => this.toggleSeverity(Number(button.dataset.severity)));
    }
    for (const tab of document.querySelectorAll<HTMLButtonElement>("[data-list]")) {
      tab.addEventListener("click", () => store.set({ list: tab.dataset.list ?? "conflict", selected: undefined }));
    }
    byId("finding-view").addEventListener("click", () => store.set({ inView: !store.state.inView }));
    byId("finding-slivers").addEventListener("click", () => store.set({ slivers: !store.state.slivers }));
    byId("finding-box").addEventListener("click", () => store.set({ box: null }));
    byId<HTMLSelectElement>("finding-district").addEventListener("change", (event) =>
      store.set({ district: (event.target as HTMLSelectElement).value }),
    );
    this.list.addEventListener("keydown", (event) => this.onKey(event));
    map.on("moveend", () => {
      if (store.state.inView) void this.load();
    });
    store.onChange((changed) => {
      if (["run", "list", "severities", "district", "inView", "slivers", "box"].some((key) => changed.has(key as never))) void this.load();
      if (changed.has("selected")) void this.showSelected(true);
    });
  }

  /** Load the list for the state; shows what went wrong in place of it. */
  async load(): Promise<void> {
    const { run, list, severities, district, slivers } = this.store.state;
    this.showControls();
    if (!run) return this.showEmpty(text("noRun"));
    const box = this.store.state.box ?? (this.store.state.inView ? this.map.getView().calculateExtent(this.map.getSize()) : null);
    try {
      const found = await api.findings({
        run,
        list,
        district,
        bbox: box?.map((value) => value.toFixed(7)).join(","),
        severity: [...severities].sort().join(",") || "0",
        sliver: slivers ? "1" : "0",
        limit: LIMIT,
      });
      this.show(found);
    } catch (error) {
      if (!isOvertaken(error)) this.showEmpty(text("failed", { what: (error as Error).message }));
    }
  }

  /** Outline the selected finding on the map and in the list; zoom there when `zoom`. */
  async showSelected(zoom: boolean): Promise<void> {
    const id = this.store.state.selected;
    this.picked.clear();
    for (const item of this.list.querySelectorAll("li")) item.classList.toggle("is-sel", item.dataset.id === String(id));
    this.list.querySelector(".is-sel")?.scrollIntoView({ block: "nearest" });
    byId<HTMLAnchorElement>("finding-open").hidden = !id;
    if (!id) return;
    try {
      const feature = new GeoJSONFormat().readFeature(await api.finding(id), { dataProjection: CODE, featureProjection: CODE });
      if (Array.isArray(feature)) return;
      this.picked.addFeature(feature);
      byId<HTMLAnchorElement>("finding-open").href = String(feature.get("url"));
      announce(text("selected", { number: String(feature.get("number")), title: String(feature.get("title")) }));
      const geometry = feature.getGeometry();
      if (zoom && geometry) this.map.getView().fit(geometry.getExtent(), { padding: freeRoom(100), maxZoom: 17, duration: 200 });
    } catch (error) {
      if (!isOvertaken(error)) announce(text("failed", { what: (error as Error).message }));
    }
  }

  private toggleSeverity(severity: number): void {
    const severities = new Set(this.store.state.severities);
    if (!severities.delete(severity)) severities.add(severity);
    this.store.set({ severities });
  }

  private showControls(): void {
    const s = this.store.state;
    const press = (id: string, on: boolean): void => byId(id).setAttribute("aria-pressed", String(on));
    press("finding-view", s.inView);
    press("finding-slivers", s.slivers);
    byId("finding-box").hidden = !s.box;
    byId<HTMLSelectElement>("finding-district").value = s.district;
    for (const tab of document.querySelectorAll<HTMLElement>("[data-list]")) tab.setAttribute("aria-pressed", String(tab.dataset.list === s.list));
    for (const button of document.querySelectorAll<HTMLElement>("[data-severity]")) {
      button.setAttribute("aria-pressed", String(s.severities.has(Number(button.dataset.severity))));
    }
  }

  private show(found: FindingList): void {
    for (const button of document.querySelectorAll<HTMLElement>("[data-severity]")) {
      const amount = found.by_severity[button.dataset.severity ?? ""];
      const figure = button.querySelector("b");
      if (figure) figure.textContent = format.count(amount?.count ?? 0);
    }
    const total = { count: format.count(found.total.count), area: format.hectares(found.total.area_m2) };
    byId("finding-total").textContent = text(this.store.state.inView || this.store.state.box ? "totalInView" : "total", total);
    byId("finding-cut").textContent = found.cut ? text("cut", { all: total.count, n: found.rows.length }) : "";
    byId("finding-footer").textContent = text("slivers", {
      count: format.count(found.slivers.count),
      area: format.hectares(found.slivers.area_m2),
    });
    this.list.textContent = "";
    if (!found.rows.length) return this.showEmpty(text("emptyByFilter"));
    this.list.append(...found.rows.map((row) => this.rowElement(row)));
    for (const item of this.list.querySelectorAll("li")) item.classList.toggle("is-sel", item.dataset.id === String(this.store.state.selected));
    announce(byId("finding-total").textContent ?? "");
  }

  private rowElement(row: FindingRow): HTMLLIElement {
    const severity = make("span", `sev sev--${row.severity}`, [make("b", "", String(row.severity)), document.createTextNode(text(`severity${row.severity}`))]);
    const area = make("b", "num", [document.createTextNode(format.hectares(row.area_m2)), make("small", "muted", ` ${text("ha")}`)]);
    const button = make("button", "rs__row", [
      make("span", "row between", [make("span", "row", [severity, make("b", "code", row.number)]), area]),
      make("span", "ell", row.title),
      make("span", "small muted ell", [row.place, ...row.departments].filter(Boolean).join(" · ")),
    ]);
    button.type = "button";
    const item = make("li", "", [button], { "data-id": String(row.id) });
    button.addEventListener("click", () => this.store.set({ selected: row.id }));
    button.addEventListener("mouseenter", () => this.outline(row));
    button.addEventListener("focus", () => this.outline(row));
    button.addEventListener("mouseleave", () => this.hover.clear());
    return item;
  }

  /** A light outline of the box of a hovered row; the exact geometry comes on click. */
  private outline(row: FindingRow): void {
    this.hover.clear();
    const [x0, y0, x1, y1] = row.bbox;
    const ring = [[x0, y0], [x1, y0], [x1, y1], [x0, y1], [x0, y0]];
    const feature = new GeoJSONFormat().readFeature({ type: "Feature", geometry: { type: "Polygon", coordinates: [ring] }, properties: {} });
    if (!Array.isArray(feature)) this.hover.addFeature(feature);
  }

  private onKey(event: KeyboardEvent): void {
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    const buttons = [...this.list.querySelectorAll<HTMLButtonElement>("button")];
    const at = buttons.indexOf(document.activeElement as HTMLButtonElement);
    const next = buttons[at + (event.key === "ArrowDown" ? 1 : -1)];
    if (!next) return;
    event.preventDefault();
    next.focus();
    next.click();
  }

  private showEmpty(message: string): void {
    this.list.textContent = "";
    this.list.append(make("li", "rs__empty", message));
  }
}
