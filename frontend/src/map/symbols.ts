/** How layers are drawn: fills and lines from the layer's style, hatches as canvas patterns, one cached style per class. */

import type { FeatureLike } from "ol/Feature";
import { Fill, Stroke, Style } from "ol/style";
import { token } from "./page";
import type { LayerInfo, LayerStyle } from "./types";

/** The hatches of the design: name → lines or dots drawn into a tile of `size` px. */
function drawHatch(context: CanvasRenderingContext2D, name: string, color: string, size: number): void {
  context.strokeStyle = color;
  context.fillStyle = color;
  context.lineWidth = name === "cross" || name === "diagonal" ? 1.3 : 1;
  const line = (x0: number, y0: number, x1: number, y1: number): void => {
    context.beginPath();
    context.moveTo(x0, y0);
    context.lineTo(x1, y1);
    context.stroke();
  };
  if (name === "dots") {
    context.beginPath();
    context.arc(size / 2, size / 2, 1.1, 0, 2 * Math.PI);
    context.fill();
    return;
  }
  if (name === "plus") {
    line(size / 2 - 2, size / 2, size / 2 + 2, size / 2);
    line(size / 2, size / 2 - 2, size / 2, size / 2 + 2);
    return;
  }
  if (name === "diagonal" || name === "cross") for (const d of [-size, 0, size]) line(d, size, d + size, 0);
  if (name === "counter" || name === "cross") for (const d of [-size, 0, size]) line(d, 0, d + size, size);
}

const patterns = new Map<string, CanvasPattern | string>();

/** A canvas pattern of `hatch` in `color` over an optional ground colour. */
export function hatchPattern(hatch: string, color: string, ground = ""): CanvasPattern | string {
  const key = `${hatch}|${color}|${ground}`;
  const known = patterns.get(key);
  if (known) return known;
  const size = hatch === "diagonal" ? 10 : 8;
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = size;
  const context = canvas.getContext("2d");
  if (!context) return color;
  if (ground) {
    context.fillStyle = ground;
    context.fillRect(0, 0, size, size);
  }
  drawHatch(context, hatch, color, size);
  const pattern = context.createPattern(canvas, "repeat") ?? color;
  patterns.set(key, pattern);
  return pattern;
}

function styleOf(spec: LayerStyle, outline: string): Style {
  const stroke = spec.stroke || outline;
  const fill = spec.hatch ? hatchPattern(spec.hatch, stroke, spec.fill) : spec.fill;
  return new Style({
    fill: fill ? new Fill({ color: fill }) : undefined,
    stroke: stroke ? new Stroke({ color: stroke, width: spec.width ?? 0.6, lineDash: spec.dash ?? undefined }) : undefined,
  });
}

/** Severity → hatch, line width and dash on the map (design 2.2). */
const SEVERITY: Record<number, { hatch: string; width: number; dash?: number[] }> = {
  1: { hatch: "cross", width: 1.8 },
  2: { hatch: "diagonal", width: 1.3 },
  3: { hatch: "counter", width: 1.3 },
  4: { hatch: "", width: 1.2, dash: [5, 3] },
  5: { hatch: "", width: 1.2, dash: [1, 3] },
};

function findingStyle(severity: number): Style {
  const color = token(`--sev-${severity}`);
  const { hatch, width, dash } = SEVERITY[severity] ?? SEVERITY[5];
  return new Style({
    fill: new Fill({ color: hatch ? hatchPattern(hatch, color, `${color}22`) : "rgba(0,0,0,0)" }),
    stroke: new Stroke({ color, width, lineDash: dash }),
  });
}

/** The style function of a layer: by severity for findings, by code for plans with classes, else one style. */
export function styleFunction(info: LayerInfo): (feature: FeatureLike) => Style {
  const outline = token("--plan-outline");
  const cache = new Map<string, Style>();
  const plain = styleOf(info.style, info.kind === "districts" ? "" : outline);
  const byCode = new Map(info.legend.map((entry) => [entry.code, entry]));
  return (feature) => {
    if (info.kind === "findings") {
      const severity = Number(feature.get("s"));
      let style = cache.get(String(severity));
      if (!style) cache.set(String(severity), (style = findingStyle(severity)));
      return style;
    }
    const code = String(feature.get("c") ?? "");
    let style = cache.get(code);
    if (!style) {
      // the longest legend code that begins this code: R21 is drawn as R2, mixed B1/R2 as B1
      let key = code;
      while (key && !byCode.has(key)) key = key.slice(0, -1);
      const entry = byCode.get(key);
      style = entry ? styleOf({ ...info.style, ...definedOnly(entry) }, outline) : plain;
      cache.set(code, style);
    }
    return style;
  };
}

function definedOnly(entry: LayerStyle): LayerStyle {
  return Object.fromEntries(Object.entries(entry).filter(([, value]) => value !== null && value !== undefined && value !== ""));
}

/** Styles of what the user draws or selects: seal-free violet on a white halo. */
export function selectionStyle(width: number): Style[] {
  return [
    new Style({ stroke: new Stroke({ color: token("--map-halo"), width: width * 2 }) }),
    new Style({ stroke: new Stroke({ color: token("--c-draw"), width }), fill: new Fill({ color: "rgba(138,31,143,.06)" }) }),
  ];
}

/** A swatch for the legend, drawn with the same pattern as the map. */
export function swatch(spec: LayerStyle, severity?: number): HTMLCanvasElement {
  const canvas = document.createElement("canvas");
  canvas.width = 22;
  canvas.height = 14;
  canvas.className = "sw sw--map";
  canvas.setAttribute("aria-hidden", "true");
  const context = canvas.getContext("2d");
  if (!context) return canvas;
  const color = severity ? token(`--sev-${severity}`) : spec.stroke || token("--plan-outline");
  const hatch = severity ? SEVERITY[severity].hatch : spec.hatch;
  if (hatch) context.fillStyle = hatchPattern(hatch, color, severity ? `${color}22` : spec.fill);
  else context.fillStyle = spec.fill || "rgba(0,0,0,0)";
  context.fillRect(0, 0, 22, 14);
  context.strokeStyle = color;
  context.lineWidth = Math.max(spec.width ?? 1, 1);
  context.setLineDash((severity ? SEVERITY[severity].dash : spec.dash) ?? []);
  context.strokeRect(1, 1, 20, 12);
  return canvas;
}
