// Two stacks that are compared: what is moved and enlarged in one is so in the other.

import type { RenderingEngine } from "@cornerstonejs/core";
import { SynchronizerManager, synchronizers } from "@cornerstonejs/tools";

import type { Slice } from "../occurrence/slices";

const NAME = "rcdm-linked";

/** What it answers parts them again. */
export function link(engine: RenderingEngine, ids: string[]): () => void {
  SynchronizerManager.destroySynchronizer(NAME);
  const together = synchronizers.createZoomPanSynchronizer(NAME);
  for (const viewportId of ids) together.add({ renderingEngineId: engine.id, viewportId });
  return () => SynchronizerManager.destroySynchronizer(NAME);
}

/** Whether one window means the same of both: Hounsfield units, or the numbers of one series. */
export function haveOneScale(one: Slice[], other: Slice[]): boolean {
  const images = [...one, ...other].map(({ image }) => image);
  const [first] = images;
  return images.every(({ modality }) => modality === "CT")
    || images.every((image) => image.series_instance_uid === first?.series_instance_uid);
}
