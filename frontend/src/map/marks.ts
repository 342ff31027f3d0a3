/** Bookmarks and notes: views to come back to, words pinned to places; one's own and those that the department shares. */

import Feature from "ol/Feature";
import type OlMap from "ol/Map";
import GeoJSON from "ol/format/GeoJSON";
import type Geometry from "ol/geom/Geometry";
import Point from "ol/geom/Point";
import VectorLayer from "ol/layer/Vector";
import VectorSource from "ol/source/Vector";
import { Circle, Fill, Stroke, Style, Text } from "ol/style";
import { send } from "./api";
import { CODE } from "./geodesy";
import { announce, byId, make, text, token } from "./page";
import type { Store } from "./store";

interface Mark {
  id: number;
  kind: "bookmark" | "note";
  text: string;
  address: string;
  lon: number;
  lat: number;
  shape: object | null;
  shared: boolean;
  own: boolean;
  author: string;
}

export class Marks {
  private readonly notes = new VectorSource();

  constructor(
    private readonly map: OlMap,
    private readonly store: Store,
    private readonly drawn: () => object | null,
  ) {
    map.addLayer(new VectorLayer({ source: this.notes, style: (feature) => noteStyle(String(feature.get("text"))), zIndex: 5500 }));
    byId("tool-marks").addEventListener("click", () => this.toggle());
    byId("marks-close").addEventListener("click", () => this.toggle(false));
    byId("mark-bookmark").addEventListener("click", () => void this.keep("bookmark"));
    byId("mark-note").addEventListener("click", () => void this.keep("note"));
    byId("mark-shape").addEventListener("click", () => {
      const shape = this.drawn();
      if (shape) void this.keep("note", shape);
      else this.say(text("markFirst"));
    });
    void this.load();
  }

  private toggle(open = byId("marks-panel").hidden): void {
    byId("marks-panel").hidden = !open;
    byId("tool-marks").setAttribute("aria-pressed", String(open));
    if (open) byId("mark-text").focus();
  }

  private async keep(kind: Mark["kind"], shape: object | null = null): Promise<void> {
    const field = byId<HTMLInputElement>("mark-text");
    const center = this.map.getView().getCenter();
    if (!center) return;
    const address = kind === "bookmark" ? new URL(this.store.address(), location.href).search : "";
    const shared = byId<HTMLInputElement>("mark-shared").checked;
    try {
      await send("POST", "/api/v1/analysis/marks", { kind, text: field.value, lon: center[0], lat: center[1], address, shape, shared });
      field.value = "";
      await this.load();
    } catch (error) {
      this.say((error as Error).message);
    }
  }

  private async load(): Promise<void> {
    const marks = (await send("GET", "/api/v1/analysis/marks")) as Mark[];
    this.notes.clear();
    const list = byId("mark-list");
    list.textContent = "";
    for (const mark of marks) {
      if (mark.kind === "note") this.notes.addFeature(new Feature({ geometry: place(mark), text: mark.text }));
      list.append(this.row(mark));
    }
    this.say(marks.length ? "" : text("noMarks"));
  }

  private row(mark: Mark): HTMLElement {
    const go = make("a", "grow ell", mark.text, { href: mark.address || "#", title: mark.author });
    if (mark.kind === "note") {
      go.addEventListener("click", (event) => {
        event.preventDefault();
        this.map.getView().animate({ center: [mark.lon, mark.lat], duration: 200 });
      });
    }
    const parts: HTMLElement[] = [make("span", "tag tag--line", text(mark.kind)), go];
    if (mark.own) {
      const end = make("button", "btn btn--quiet btn--sm", "✕", { type: "button", "aria-label": text("unmark", { text: mark.text }) });
      end.addEventListener("click", () => {
        send("DELETE", `/api/v1/analysis/marks/${mark.id}`)
          .then(() => this.load())
          .catch((error: Error) => this.say(error.message));
      });
      parts.push(end);
    }
    return make("li", "row", parts);
  }

  private say(words: string): void {
    byId("mark-say").textContent = words;
    if (words) announce(words);
  }
}

function place(mark: Mark): Geometry {
  const drawn = mark.shape && new GeoJSON({ dataProjection: CODE, featureProjection: CODE }).readGeometry(mark.shape);
  return drawn || new Point([mark.lon, mark.lat]);
}

function noteStyle(words: string): Style {
  const color = token("--c-draw") || "#8A1F8F";
  return new Style({
    stroke: new Stroke({ color, width: 2.4 }),
    image: new Circle({ radius: 5, fill: new Fill({ color }), stroke: new Stroke({ color: "#ffffff", width: 2 }) }),
    text: new Text({ text: words.slice(0, 30), offsetY: -14, fill: new Fill({ color }), stroke: new Stroke({ color: "#ffffff", width: 3 }) }),
  });
}
