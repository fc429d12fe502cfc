// A regular series as a volume, cut three ways; the lines show where each cut lies in the others.

import { Enums, imageLoader, setVolumesForViewports, volumeLoader, type RenderingEngine } from "@cornerstonejs/core";
import { CrosshairsTool, Enums as ToolEnums, PanTool, StackScrollTool, ToolGroupManager, ZoomTool } from "@cornerstonejs/tools";
import { Progress, Text } from "@mantine/core";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";

import classes from "../occurrence/occurrence.module.css";
import type { Slice } from "../occurrence/slices";
import { nameOf, tell } from "./cornerstone";

const GROUP = "mpr";
const AT_ONCE = 6;
const CUTS = [
  ["axial", Enums.OrientationAxis.AXIAL],
  ["coronal", Enums.OrientationAxis.CORONAL],
  ["sagittal", Enums.OrientationAxis.SAGITTAL],
] as const;
const { MouseBindings } = ToolEnums;
const BUTTONS = [
  [CrosshairsTool, MouseBindings.Primary],
  [StackScrollTool, MouseBindings.Wheel],
  [PanTool, MouseBindings.Auxiliary],
  [ZoomTool, MouseBindings.Secondary],
] as const;
const IDS: string[] = CUTS.map(([name]) => `mpr-${name}`);

export function Mpr({ engine, slices, onFail }: { engine: RenderingEngine; slices: Slice[]; onFail: () => void }) {
  const { t } = useTranslation();
  const stage = useRef<HTMLDivElement>(null);
  const [loaded, setLoaded] = useState(0);

  useEffect(() => {
    let isOver = false;
    const undo: (() => void)[] = [];
    const show = async () => {
      const ids = tell(slices);
      await loadAll(ids, (count) => !isOver && setLoaded(count));
      if (isOver || !stage.current) return;
      const volumeId = `rcdm-volume:${ids[0] ?? ""}`;
      // Told to be new: else the cut that is drawn first is drawn before any slice has reached the graphics card.
      volumeLoader.createAndCacheVolumeFromImagesSync(volumeId, ids).modified();
      undo.push(cut(engine, stage.current, volumeId));
    };
    show().catch(() => !isOver && onFail());
    return () => {
      isOver = true;
      for (const one of undo) one();
    };
  }, [engine, slices, onFail]);

  return (
    <>
      {loaded < slices.length && (
        <div role="status" className={classes.loading}>
          <Text size="sm">{t("deep.loading", { count: loaded, total: slices.length })}</Text>
          <Progress value={(100 * loaded) / slices.length} aria-label={t("deep.volume")} />
        </div>
      )}
      <div ref={stage} className={classes.cuts}>
        {CUTS.map(([name]) => (
          <figure key={name} className={classes.cut}>
            <div className={classes.stage} data-testid={`cut-${name}`} onContextMenu={(event) => event.preventDefault()} />
            <figcaption>{t(`deep.${name}`)}</figcaption>
          </figure>
        ))}
      </div>
    </>
  );
}

async function loadAll(ids: string[], tellCount: (count: number) => void): Promise<void> {
  let [next, done] = [0, 0];
  const work = async () => {
    for (let id = ids[next++]; id !== undefined; id = ids[next++]) {
      await imageLoader.loadAndCacheImage(id);
      tellCount(++done);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
}

/** Draws the three cuts; what it answers takes them away again. */
function cut(engine: RenderingEngine, stage: HTMLElement, volumeId: string): () => void {
  const elements = [...stage.querySelectorAll<HTMLDivElement>("figure > div")];
  CUTS.forEach(([, orientation], place) => {
    const element = elements[place];
    if (!element) return;
    engine.enableElement({
      viewportId: IDS[place] ?? "",
      type: Enums.ViewportType.ORTHOGRAPHIC,
      element,
      defaultOptions: { orientation },
    });
  });
  const group = ToolGroupManager.getToolGroup(GROUP) ?? ToolGroupManager.createToolGroup(GROUP);
  if (!group) throw new Error("There is no group of tools.");
  for (const id of IDS) group.addViewport(id, engine.id);
  const resized = new ResizeObserver(() => engine.resize(true, true));
  const shown = setVolumesForViewports(engine, [{ volumeId }], IDS).then(() => {
    for (const id of IDS) engine.getViewport(id).resetCamera();
    for (const [tool, mouseButton] of BUTTONS) {
      const name = nameOf(tool);
      group.addTool(name);
      group.setToolActive(name, { bindings: [{ mouseButton }] });
    }
    resized.observe(stage); // not before: it would keep the cameras that look at nothing
    engine.renderViewports(IDS);
  });
  return () => {
    resized.disconnect();
    void shown.finally(() => {
      ToolGroupManager.destroyToolGroup(GROUP);
      for (const id of IDS) engine.disableElement(id);
    });
  };
}
