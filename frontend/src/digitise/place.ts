/** Control points: picked on the picture, coordinates typed or picked on the map, residuals as one goes. The table is a plain form. */

import Feature from "ol/Feature";
import OlMap from "ol/Map";
import View from "ol/View";
import Point from "ol/geom/Point";
import VectorLayer from "ol/layer/Vector";
import VectorSource from "ol/source/Vector";
import { Circle, Fill, Stroke, Style, Text } from "ol/style";
import { CODE } from "../map/geodesy";
import { byId, make, text, token } from "../map/page";
import { api, settings, type Fit, type Sheet } from "./api";
import { districts, picture, warped } from "./ground";

type Row = HTMLTableRowElement;
const NAMES = ["px", "py", "x", "y", "label"] as const;

const cell = (row: Row, name: string): HTMLInputElement => row.querySelector<HTMLInputElement>(`input[name="${name}"]`)!;
const number = (input: HTMLInputElement): number => (input.value.trim() === "" ? NaN : Number(input.value.replace(/,/g, "")));

export class Placing {
  private readonly rows = byId<HTMLTableSectionElement>("dg-rows");
  private readonly marks = new VectorSource();
  private readonly places = new VectorSource();
  private readonly hint = byId("dg-hint");
  private current: Row | null = null;
  private picking: "none" | "picture" | "map" = "none";
  private asked = 0;

  constructor(private readonly sheet: Sheet) {
    const { layer, projection, extent } = picture(sheet);
    const left = new OlMap({
      target: "dg-picture",
      layers: [layer, new VectorLayer({ source: this.marks, style: (feature) => mark(String(feature.get("n"))) })],
      view: new View({ projection, center: [sheet.width / 2, sheet.height / 2], extent, showFullExtent: true, maxZoom: 8, minZoom: 0 }),
    });
    left.getView().fit(extent, { size: left.getSize() });
    const drawn = warped(sheet);
    const right = new OlMap({
      target: "dg-map",
      layers: [districts(), ...(drawn ? [drawn] : []), new VectorLayer({ source: this.places, style: (feature) => mark(String(feature.get("n"))) })],
      view: new View({ projection: CODE, maxZoom: 21 }),
    });
    right.getView().fit(sheet.bounds.length ? sheet.bounds : sheet.extent, { size: right.getSize(), padding: [20, 20, 20, 20] });
    left.on("singleclick", (event) => this.onPicture(event.coordinate));
    right.on("singleclick", (event) => void this.onMap(event.coordinate));
    this.rows.addEventListener("focusin", (event) => this.choose((event.target as Element).closest("tr")));
    byId("place").addEventListener("input", () => this.changed());
    this.wire();
    for (const row of this.rows.rows) this.addRemove(row);
    this.changed();
    byId("dg-picture").dataset.ready = "true";
  }

  private wire(): void {
    const add = document.getElementById("dg-add");
    const from = document.getElementById("dg-from-map");
    if (!add || !from) return;
    add.hidden = from.hidden = false;
    add.addEventListener("click", () => {
      const free = [...this.rows.rows].find((row) => NAMES.slice(0, 4).every((name) => !cell(row, name).value));
      this.choose(free ?? this.addRow());
      this.pick("picture");
    });
    from.addEventListener("click", () => this.pick("map"));
  }

  private pick(where: "picture" | "map"): void {
    if (!this.current) this.choose(this.rows.rows[0] ?? this.addRow());
    this.picking = where;
    this.hint.textContent = text(where === "picture" ? "pickPicture" : "pickMap", { n: this.position() });
  }

  private position(): number {
    return [...this.rows.rows].indexOf(this.current!) + 1;
  }

  private choose(row: Element | null): void {
    if (!(row instanceof HTMLTableRowElement)) return;
    this.current?.classList.remove("is-sel");
    this.current = row;
    row.classList.add("is-sel");
  }

  private onPicture([x, y]: number[]): void {
    if (!document.getElementById("dg-add")) return;
    if (this.picking !== "picture") byId("dg-add").click();
    cell(this.current!, "px").value = x.toFixed(2);
    cell(this.current!, "py").value = (this.sheet.height - y).toFixed(2);
    this.picking = "none";
    cell(this.current!, "x").focus({ preventScroll: true });
    this.changed();
  }

  private async onMap([lon, lat]: number[]): Promise<void> {
    if (this.picking !== "map" || !this.current) return;
    this.picking = "none";
    const epsg = byId<HTMLSelectElement>("dg-epsg").value;
    const place = await api.get<{ x: number; y: number }>(`/convert?lon=${lon}&lat=${lat}&epsg=${epsg}`);
    const digits = Number(epsg) === settings.statutory ? 8 : 3;
    cell(this.current, "x").value = place.x.toFixed(digits);
    cell(this.current, "y").value = place.y.toFixed(digits);
    this.changed();
  }

  private addRow(): Row {
    const row = make("tr");
    const count = this.rows.rows.length + 1;
    row.append(make("th", "", String(count), { scope: "row" }));
    for (const name of NAMES) {
      const mode: Record<string, string> = name === "label" ? {} : { inputmode: "decimal" };
      row.append(make("td", "", [make("input", "inp", "", { name, "aria-label": `${name} ${count}`, ...mode })]));
    }
    row.append(make("td", "num", "", { "data-residual": "" }), make("td", "num", "", { "data-left-out": "" }), make("td"));
    this.rows.append(row);
    this.addRemove(row);
    return row;
  }

  private addRemove(row: Row): void {
    if (!document.getElementById("dg-add")) return;
    const button = make("button", "btn btn--sm btn--quiet", text("remove"), { type: "button" });
    button.addEventListener("click", () => {
      row.remove();
      if (this.current === row) this.current = null;
      [...this.rows.rows].forEach((one, index) => (one.cells[0].textContent = String(index + 1)));
      this.changed();
    });
    row.cells[row.cells.length - 1].append(button);
  }

  /** Draw the points and ask for the residuals of those that are complete. */
  private changed(): void {
    this.marks.clear();
    this.places.clear();
    const complete: Row[] = [];
    [...this.rows.rows].forEach((row, index) => {
      const [px, py, x, y] = NAMES.slice(0, 4).map((name) => number(cell(row, name)));
      if (Number.isFinite(px) && Number.isFinite(py)) this.marks.addFeature(new Feature({ geometry: new Point([px, this.sheet.height - py]), n: index + 1 }));
      if ([px, py, x, y].every(Number.isFinite)) complete.push(row);
      if (Number(byId<HTMLSelectElement>("dg-epsg").value) === settings.statutory && Number.isFinite(x) && Number.isFinite(y)) {
        this.places.addFeature(new Feature({ geometry: new Point([x, y]), n: index + 1 }));
      }
    });
    window.clearTimeout(this.asked);
    this.asked = window.setTimeout(() => void this.residuals(complete), 250);
  }

  private async residuals(complete: Row[]): Promise<void> {
    for (const row of this.rows.rows) this.tell(row, "", "");
    const total = byId("dg-rms");
    total.textContent = "";
    if (complete.length < 3) return;
    const points = complete.map((row) => ({ px: number(cell(row, "px")), py: number(cell(row, "py")), x: number(cell(row, "x")), y: number(cell(row, "y")) }));
    const place = { method: byId<HTMLSelectElement>("dg-method").value, epsg: Number(byId<HTMLSelectElement>("dg-epsg").value), points };
    let fit: Fit;
    try {
      fit = await api.post<Fit>("/fit", place);
    } catch (error) {
      total.textContent = (error as Error).message; // too few points for the way, or a mistake in them: said beside the table
      return;
    }
    total.textContent = text("rms", { rms: fit.rms_m.toFixed(3), n: complete.length });
    const worst = Math.max(...fit.points.map((one) => one.left_out_m ?? 0));
    const usual = median(fit.points.map((one) => one.left_out_m ?? 0));
    complete.forEach((row, index) => {
      const one = fit.points[index];
      const values = { east: one.east_m.toFixed(2), north: one.north_m.toFixed(2), error: one.error_m.toFixed(2) };
      const far = one.left_out_m !== null && one.left_out_m === worst && worst > 4 * usual && worst > 0.5;
      this.tell(row, text("residual", values), one.left_out_m === null ? "" : text("leftOut", { error: one.left_out_m.toFixed(2) }), far);
    });
  }

  private tell(row: Row, residual: string, leftOut: string, far = false): void {
    row.querySelector("[data-residual]")!.textContent = residual;
    const place = row.querySelector("[data-left-out]")!;
    place.textContent = leftOut;
    place.classList.toggle("is-far", far);
  }
}

function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

function mark(label: string): Style {
  const color = token("--c-draw");
  return new Style({
    image: new Circle({ radius: 6, stroke: new Stroke({ color, width: 2 }), fill: new Fill({ color: "rgba(255,255,255,.6)" }) }),
    text: new Text({ text: label, offsetY: -14, font: "600 13px sans-serif", fill: new Fill({ color }), stroke: new Stroke({ color: "#fff", width: 3 }) }),
  });
}
