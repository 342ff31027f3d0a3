/** The legend of a scanned plan: colours picked by clicks, each with the class it stands for. */

import { byId, make, text } from "../map/page";
import { api, type Sheet } from "./api";

type Color = [number, number, number];

export class Legend {
  private readonly list = byId("dg-legend");
  private readonly button = document.querySelector<HTMLButtonElement>("[data-act=extract]")!;

  constructor(private readonly sheet: Sheet) {
    for (const entry of sheet.legend) this.add(entry.color, entry.code);
    this.list.addEventListener("change", () => this.check());
    this.check();
  }

  /** Take the colour at a place in degrees into the legend. */
  async pick(lon: number, lat: number): Promise<void> {
    const { color } = await api.get<{ color: Color }>(`/pixel?lon=${lon}&lat=${lat}`);
    this.add(color, "");
    this.list.querySelector<HTMLSelectElement>("li:last-child select")?.focus({ preventScroll: true });
    this.check();
  }

  request(): Record<string, unknown> {
    const legend = [...this.list.children].map((item) => ({
      code: item.querySelector("select")!.value,
      color: JSON.parse((item as HTMLElement).dataset.color ?? "[]") as Color,
    }));
    return { legend, tolerance: Number(byId<HTMLInputElement>("dg-tolerance").value), line_px: Number(byId<HTMLInputElement>("dg-line").value) };
  }

  private add(color: Color, code: string): void {
    const select = make("select", "sel", "", { "aria-label": text("classOf") });
    select.append(make("option", "", text("choose"), { value: "" }));
    for (const one of this.sheet.codes) select.append(make("option", "", `${one.code} ${one.name}`, { value: one.code }));
    select.value = code;
    const remove = make("button", "btn btn--sm btn--quiet", text("remove"), { type: "button" });
    const item = make("li", "", [square(color), select, remove], { "data-color": JSON.stringify(color) });
    remove.addEventListener("click", () => {
      item.remove();
      this.check();
    });
    this.list.append(item);
  }

  private check(): void {
    const chosen = [...this.list.querySelectorAll("select")];
    this.button.disabled = !chosen.length || chosen.some((select) => !select.value);
  }
}

function square(color: Color): HTMLCanvasElement {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 20;
  const context = canvas.getContext("2d");
  if (context) {
    context.fillStyle = `rgb(${color.join(",")})`;
    context.fillRect(0, 0, 20, 20);
  }
  return canvas;
}
