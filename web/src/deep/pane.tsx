// One stack of slices on the screen; which slice is shown is said from outside.

import { Enums, eventTarget, imageLoader, StackViewport, type RenderingEngine, type Types } from "@cornerstonejs/core";
import { useEffect, useRef } from "react";

import { useStage } from "../occurrence/scrolling";
import type { Slice } from "../occurrence/slices";
import { groupOf, idOf, tell } from "./cornerstone";

const AHEAD = 6;

export type VOIRange = Types.VOIRange;

/** Of a pane that is gone: a slice that comes later has no engine to be drawn by. */
const AWAY = { render: () => undefined, successCallback: () => undefined };

interface Props {
  id: string;
  engine: RenderingEngine;
  group: string;
  slices: Slice[];
  place: number;
  /** The window to show; left out, each pane has its own. */
  window?: VOIRange | undefined;
  onStep: (by: number) => void;
  onWindow: (window: VOIRange) => void;
  onFail: () => void;
}

export function Pane({ id, engine, group, slices, place, window, onStep, onWindow, onFail }: Props) {
  const element = useRef<HTMLDivElement>(null);
  const first = useRef(place);
  const given = useRef(window);

  useEffect(() => {
    const stage = element.current;
    if (!stage) return undefined;
    engine.enableElement({ viewportId: id, type: Enums.ViewportType.STACK, element: stage });
    groupOf(group).addViewport(id, engine.id);
    const viewport = engine.getViewport<StackViewport>(id);
    let isThere = false;
    const said = (event: Event) => {
      // What a stack comes with is not said of one that is given its window.
      if (isThere || !given.current) onWindow((event as Types.EventTypes.VoiModifiedEvent).detail.range);
    };
    stage.addEventListener(Enums.Events.VOI_MODIFIED, said);
    const ids = tell(slices);
    const failed = (event: Event) => {
      // Told for every pane's images: another's are its own.
      if (ids.includes((event as CustomEvent<{ imageId: string }>).detail.imageId)) onFail();
    };
    eventTarget.addEventListener(Enums.Events.IMAGE_LOAD_ERROR, failed);
    const resized = new ResizeObserver(() => fit(engine));
    resized.observe(stage);
    viewport.setStack(ids, first.current).then(() => {
      if (given.current) viewport.setProperties({ voiRange: given.current });
      isThere = true;
      viewport.render();
    }, onFail);
    return () => {
      resized.disconnect();
      Object.assign(viewport, AWAY);
      stage.removeEventListener(Enums.Events.VOI_MODIFIED, said);
      eventTarget.removeEventListener(Enums.Events.IMAGE_LOAD_ERROR, failed);
      engine.disableElement(id);
    };
  }, [engine, group, id, slices, onWindow, onFail]);

  useEffect(() => {
    given.current = window;
    const viewport = engine.getViewport<StackViewport>(id);
    if (!window || !viewport.getImageIds().length || isSame(viewport.getProperties().voiRange, window)) return;
    viewport.setProperties({ voiRange: window });
    viewport.render();
  }, [engine, id, window]);

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

/** What was moved, enlarged or turned stays so, measured by what the room now holds. */
function fit(engine: RenderingEngine): void {
  const stacks = engine.getViewports().filter((one) => one instanceof StackViewport).filter((one) => one.getImageIds().length);
  const before = stacks.map((one) => one.getViewPresentation());
  engine.resize(true, false);
  stacks.forEach((one, place) => {
    one.setViewPresentation(before[place] ?? {});
    one.render();
  });
}

export function isSame(one: VOIRange | undefined, other: VOIRange | undefined): boolean {
  return one?.lower === other?.lower && one?.upper === other?.upper;
}
