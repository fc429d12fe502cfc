// One stack of slices on the screen; which slice is shown is said from outside.

import { Enums, eventTarget, imageLoader, type RenderingEngine, type StackViewport, type Types } from "@cornerstonejs/core";
import { useEffect, useRef } from "react";

import { useStage } from "../occurrence/scrolling";
import type { Slice } from "../occurrence/slices";
import { groupOf, idOf, tell } from "./cornerstone";

const AHEAD = 6;

/** Of a pane that is gone: a slice that comes later has no engine to be drawn by. */
const AWAY = { render: () => undefined, successCallback: () => undefined };

export interface Window {
  center: number;
  width: number;
}

interface Props {
  id: string;
  engine: RenderingEngine;
  group: string;
  slices: Slice[];
  place: number;
  onStep: (by: number) => void;
  onWindow: (window: Window) => void;
  onFail: () => void;
}

export function Pane({ id, engine, group, slices, place, onStep, onWindow, onFail }: Props) {
  const element = useRef<HTMLDivElement>(null);
  const first = useRef(place);

  useEffect(() => {
    const stage = element.current;
    if (!stage) return undefined;
    engine.enableElement({ viewportId: id, type: Enums.ViewportType.STACK, element: stage });
    groupOf(group).addViewport(id, engine.id);
    const viewport = engine.getViewport<StackViewport>(id);
    const said = (event: Event) => {
      const { lower, upper } = (event as Types.EventTypes.VoiModifiedEvent).detail.range;
      onWindow({ center: Math.round((lower + upper + 1) / 2), width: Math.round(upper - lower + 1) });
    };
    stage.addEventListener(Enums.Events.VOI_MODIFIED, said);
    const ids = tell(slices);
    const failed = (event: Event) => {
      // Told for every pane's images: another's are its own.
      if (ids.includes((event as CustomEvent<{ imageId: string }>).detail.imageId)) onFail();
    };
    eventTarget.addEventListener(Enums.Events.IMAGE_LOAD_ERROR, failed);
    const resized = new ResizeObserver(() => engine.resize(true, true));
    resized.observe(stage);
    viewport.setStack(ids, first.current).then(() => viewport.render(), onFail);
    return () => {
      resized.disconnect();
      Object.assign(viewport, AWAY);
      stage.removeEventListener(Enums.Events.VOI_MODIFIED, said);
      eventTarget.removeEventListener(Enums.Events.IMAGE_LOAD_ERROR, failed);
      engine.disableElement(id);
    };
  }, [engine, group, id, slices, onWindow, onFail]);

  useEffect(() => {
    first.current = place;
    const viewport = engine.getViewport<StackViewport>(id);
    if (viewport.getImageIds().length) viewport.setImageIdIndex(place).catch(onFail);
    // The next ones are there before somebody scrolls to them.
    for (let step = 1; step <= AHEAD; step++) {
      for (const near of [slices[place + step], slices[place - step]]) {
        if (near) imageLoader.loadAndCacheImage(idOf(near)).catch(() => undefined);
      }
    }
  }, [engine, id, place, slices, onFail]);

  return <div ref={element} {...useStage(place, slices.length, onStep)} />;
}
