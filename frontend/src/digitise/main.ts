/** Scanned sheets: placing them by control points, and tracing them on the map. */

import { setUpProjection } from "../map/geodesy";
import { api, guarded, settings, type Sheet } from "./api";
import { Placing } from "./place";
import { Tracing } from "./trace";

void guarded(async () => {
  setUpProjection();
  const sheet = await api.get<Sheet>();
  if (settings.mode === "place") new Placing(sheet);
  else await new Tracing(sheet).load();
});
