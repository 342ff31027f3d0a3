/** The tools: point, box, measure length and area, share. One is on at a time; Esc ends it. */

import type OlMap from "ol/Map";
import { unByKey } from "ol/Observable";
import type { EventsKey } from "ol/events";
import { shiftKeyOnly } from "ol/events/condition";
import type { LineString, Polygon } from "ol/geom";
import GeoJSON from "ol/format/GeoJSON";
import { DragBox, Draw } from "ol/interaction";
import VectorLayer from "ol/layer/Vector";
import VectorSource from "ol/source/Vector";
import { send } from "./api";
import { CODE, lineLength, ringArea, scaleDenominator } from "./geodesy";
import { announce, byId, format, text } from "./page";
import type { PointCard } from "./point";
import type { Store } from "./store";
import { selectionStyle } from "./symbols";
import type { Extent } from "./types";

type Tool = "point" | "box" | "length" | "area";

export class Tools {
  private tool: Tool = "point";
  private draw: Draw | null = null;
  private box: DragBox | null = null;
  private watch: EventsKey | null = null;
  private readonly drawn = new VectorSource();

  constructor(
    private readonly map: OlMap,
    private readonly store: Store,
    private readonly card: PointCard,
  ) {
    map.addLayer(new VectorLayer({ source: this.drawn, style: selectionStyle(2.4), zIndex: 6000 }));
    for (const button of document.querySelectorAll<HTMLButtonElement>("[data-tool]")) {
      button.addEventListener("click", () => this.choose(button.dataset.tool as Tool));
    }
    byId("tool-share").addEventListener("click", () => void this.share());
    byId("tool-print").addEventListener("click", () => this.aimAtPrint());
    byId("buffer-go").addEventListener("click", () => void this.buffer());
    byId("profile-go").addEventListener("click", () => this.aimAtProfile());
    byId("measure-close").addEventListener("click", () => this.choose("point"));
    map.on("singleclick", (event) => {
      if (this.tool === "point") void this.card.open(event.coordinate[0], event.coordinate[1]);
    });
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && this.tool !== "point") this.choose("point");
    });
    const always = new DragBox({ condition: shiftKeyOnly });
    always.on("boxend", () => this.store.set({ box: always.getGeometry().getExtent() as Extent }));
    map.addInteraction(always);
  }

  choose(tool: Tool): void {
    this.tool = tool;
    for (const button of document.querySelectorAll<HTMLElement>("[data-tool]")) button.setAttribute("aria-pressed", String(button.dataset.tool === tool));
    if (this.draw) this.map.removeInteraction(this.draw);
    if (this.box) this.map.removeInteraction(this.box);
    this.draw = this.box = null;
    this.drawn.clear();
    byId("buffer-check").hidden = true;
    byId("profile-go").hidden = tool !== "length";
    byId("measure").hidden = tool !== "length" && tool !== "area";
    if (tool === "box") this.startBox();
    if (tool === "length" || tool === "area") this.startMeasure(tool);
  }

  /** What was drawn last, as GeoJSON in degrees. */
  shape(): object | null {
    const drawn = this.drawn.getFeatures()[0]?.getGeometry();
    return drawn ? new GeoJSON({ dataProjection: CODE, featureProjection: CODE }).writeGeometryObject(drawn) : null;
  }

  private startBox(): void {
    this.box = new DragBox({});
    this.box.on("boxend", () => {
      this.store.set({ box: this.box?.getGeometry().getExtent() as Extent });
      this.choose("point");
    });
    this.map.addInteraction(this.box);
    announce(text("boxHint"));
  }

  private startMeasure(tool: "length" | "area"): void {
    byId("measure-value").textContent = text(tool === "length" ? "lengthHint" : "areaHint");
    this.draw = new Draw({ source: this.drawn, type: tool === "length" ? "LineString" : "Polygon", style: selectionStyle(2.4) });
    this.draw.on("drawstart", (event) => {
      this.drawn.clear();
      const geometry = event.feature.getGeometry();
      if (geometry) this.watch = geometry.on("change", () => this.showMeasure(geometry as LineString | Polygon));
    });
    this.draw.on("drawend", (event) => {
      if (this.watch) unByKey(this.watch);
      this.showMeasure(event.feature.getGeometry() as LineString | Polygon);
      announce(byId("measure-value").textContent ?? "");
    });
    this.map.addInteraction(this.draw);
  }

  private showMeasure(geometry: LineString | Polygon): void {
    const value = byId("measure-value");
    if (geometry.getType() === "LineString") {
      value.textContent = text("lengthIs", { length: format.metres(lineLength((geometry as LineString).getCoordinates())) });
      return;
    }
    const ring = (geometry as Polygon).getCoordinates()[0];
    value.textContent = text("areaIs", { ha: format.hectares(ringArea(ring)), perimeter: format.metres(lineLength(ring)) });
  }

  /** The profile page opens with the line that was measured; one too long for an address is drawn there. */
  private aimAtProfile(): void {
    const line = JSON.stringify(this.shape() ?? "");
    byId<HTMLAnchorElement>("profile-go").search = line.length > 2 && line.length < 6000 ? new URLSearchParams({ geojson: line }).toString() : "";
  }

  /** The print page opens with what is seen now. */
  private aimAtPrint(): void {
    const view = this.map.getView();
    const center = view.getCenter() ?? [0, 0];
    const scale = Math.round(scaleDenominator(view.getResolution() ?? 1, center[1]) / 100) * 100;
    const query = new URLSearchParams({ lon: center[0].toFixed(5), lat: center[1].toFixed(5), scale: String(scale) });
    byId<HTMLAnchorElement>("tool-print").search = query.toString();
  }

  /** Everything within so many metres of what was drawn; it can be checked as a site. */
  private async buffer(): Promise<void> {
    const drawn = this.drawn.getFeatures()[0]?.getGeometry();
    const value = byId("measure-value");
    if (!drawn) {
      value.textContent = text("bufferFirst");
      return;
    }
    const format4490 = new GeoJSON({ dataProjection: CODE, featureProjection: CODE });
    try {
      const metres = Number(byId<HTMLInputElement>("buffer-metres").value);
      const answer = await send("POST", "/api/v1/analysis/buffer", { geometry: format4490.writeGeometryObject(drawn), metres });
      const found = answer as { geometry: unknown; properties: { area_m2: number } };
      this.drawn.addFeatures(format4490.readFeatures({ type: "Feature", geometry: found.geometry, properties: {} }) as never[]);
      value.textContent = text("bufferIs", { n: metres, ha: format.hectares(found.properties.area_m2) });
      const query = new URLSearchParams({ way: "drawn", geojson: JSON.stringify(found.geometry) }).toString();
      const link = byId<HTMLAnchorElement>("buffer-check");
      link.hidden = query.length > 7000; // longer addresses are cut by proxies
      link.search = query;
      announce(value.textContent);
    } catch (error) {
      value.textContent = (error as Error).message;
    }
  }

  private async share(): Promise<void> {
    const address = new URL(this.store.address(), location.href).toString();
    const toast = byId("map-toast");
    try {
      await navigator.clipboard.writeText(address);
      toast.textContent = text("shared");
    } catch {
      toast.textContent = address; // no clipboard here (old browser, no permission): show the address to copy by hand
    }
    toast.hidden = false;
    window.setTimeout(() => (toast.hidden = true), 6000);
  }
}
