// Another stack beside the first: which there are, and what both have in common while they are looked at.

import type { RenderingEngine } from "@cornerstonejs/core";
import { SynchronizerManager, synchronizers } from "@cornerstonejs/tools";
import { useMemo } from "react";

import { useImages, type Series } from "../occurrence/queries";
import { slicesOf, type Slice } from "../occurrence/slices";

const NAME = "rcdm-compared";

/** Every phase of every series is a stack of its own to compare with. */
export function choices(all: Series[]): { value: string; label: string }[] {
  return all.flatMap((one) =>
    one.phases.map((phase) => ({
      value: `${one.series_instance_uid} ${phase}`,
      label: [one.series_number, one.series_description ?? one.modality, phase].filter((part) => part != null).join(" "),
    })),
  );
}

/** Of a value of `choices`; undefined until it is there, or while nothing is chosen. */
export function useCompared(occurrence: number, choice: string): Slice[] | undefined {
  const [series, phase] = choice.split(" ");
  const images = useImages(occurrence, series || undefined);
  return useMemo(() => {
    if (!choice || !images.data) return undefined;
    return slicesOf(images.data.filter(({ image_phase }) => image_phase === phase));
  }, [choice, phase, images.data]);
}

/** What is moved and enlarged in one is so in the other; what it answers parts them again. */
export function link(engine: RenderingEngine, ids: string[]): () => void {
  SynchronizerManager.destroySynchronizer(NAME);
  const together = synchronizers.createZoomPanSynchronizer(NAME);
  for (const viewportId of ids) together.add({ renderingEngineId: engine.id, viewportId });
  return () => SynchronizerManager.destroySynchronizer(NAME);
}

/** Whether one window means the same of both: Hounsfield units, or the numbers of one series. */
export function haveOneScale(one: Slice[], other: Slice[]): boolean {
  const images = [...one, ...other].map(({ image }) => image);
  const isCt = images.every(({ modality }) => modality === "CT");
  return isCt || images.every((image) => image.series_instance_uid === images[0]?.series_instance_uid);
}
