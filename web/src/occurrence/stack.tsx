// Pictures one after another, where no values can be had: scroll, keys or cine; brightness, contrast, zoom and the rest change only what is seen.

import { Button, Group, Text } from "@mantine/core";
import { useEffect, useRef, useState, type CSSProperties, type PointerEvent, type WheelEvent } from "react";
import { useTranslation } from "react-i18next";

import { Toggle } from "../parts/toggle";
import classes from "./occurrence.module.css";
import type { Image } from "./queries";
import { Place, Play, useScrolling, useStage } from "./scrolling";
import type { Slice } from "./slices";

const START = { brightness: 100, contrast: 100, invert: false, turns: 0, flip: false, zoom: 1, x: 0, y: 0 };
const AHEAD = 4;

export function Stack({ slices, onShow }: { slices: Slice[]; onShow: (image: Image) => void }) {
  const { t } = useTranslation();
  const scrolling = useScrolling(slices.length);
  const { place } = scrolling;
  const stage = useStage(place, slices.length, scrolling.step);
  const [look, setLook] = useState(START);
  const drag = useRef<{ x: number; y: number } | null>(null);
  const slice = slices[place];

  useEffect(() => {
    if (slice) onShow(slice.image);
  }, [slice, onShow]);

  useEffect(() => {
    // The next ones are there before somebody scrolls to them.
    for (let step = 1; step <= AHEAD; step++) {
      for (const near of [slices[place + step], slices[place - step]]) if (near) new window.Image().src = near.address;
    }
  }, [place, slices]);

  if (!slice) return <Text p="md">{t("occurrence.noImages")}</Text>;

  const change = (part: Partial<typeof START>) => setLook((now) => ({ ...now, ...part }));
  const onWheel = (event: WheelEvent) => {
    if (event.ctrlKey) change({ zoom: Math.min(8, Math.max(0.5, look.zoom * (event.deltaY < 0 ? 1.1 : 1 / 1.1))) });
    else stage.onWheel(event);
  };
  // Dragged with the first button it changes brightness and contrast, with another it moves the picture.
  const onPointerMove = (event: PointerEvent) => {
    if (!drag.current) return;
    const [dx, dy] = [event.clientX - drag.current.x, event.clientY - drag.current.y];
    drag.current = { x: event.clientX, y: event.clientY };
    if (event.buttons === 1) {
      change({ contrast: limited(look.contrast + dx / 2), brightness: limited(look.brightness - dy / 2) });
    } else change({ x: look.x + dx, y: look.y + dy });
  };
  const style: CSSProperties = {
    filter: `brightness(${look.brightness}%) contrast(${look.contrast}%) invert(${look.invert ? 1 : 0})`,
    transform: `translate(${look.x}px, ${look.y}px) scale(${look.zoom * (look.flip ? -1 : 1)}, ${look.zoom}) rotate(${90 * look.turns}deg)`,
  };
  const { image_window_level_center: center, image_window_level_width: width } = slice.image;
  return (
    <div className={classes.stack}>
      <div
        {...stage}
        onWheel={onWheel}
        onPointerDown={(event) => {
          drag.current = { x: event.clientX, y: event.clientY };
          event.currentTarget.setPointerCapture(event.pointerId);
        }}
        onPointerMove={onPointerMove}
        onPointerUp={() => (drag.current = null)}
      >
        <img src={slice.address} alt="" className={classes.slice} style={style} draggable={false} />
      </div>
      <Place {...scrolling} />
      <Group gap="xs" px="md" pb="sm">
        <Play {...scrolling} />
        <Toggle isOn={look.invert} onClick={() => change({ invert: !look.invert })}>
          {t("occurrence.invert")}
        </Toggle>
        <Button size="compact-sm" variant="default" onClick={() => change({ turns: (look.turns + 1) % 4 })}>
          {t("occurrence.rotate")}
        </Button>
        <Toggle isOn={look.flip} onClick={() => change({ flip: !look.flip })}>
          {t("occurrence.flip")}
        </Toggle>
        <Button size="compact-sm" variant="default" onClick={() => setLook(START)}>
          {t("occurrence.reset")}
        </Button>
        {center && width && (
          <Text size="sm" c="dimmed">
            {t("occurrence.window", { center, width })}
          </Text>
        )}
      </Group>
    </div>
  );
}

const limited = (value: number) => Math.min(400, Math.max(10, value));
