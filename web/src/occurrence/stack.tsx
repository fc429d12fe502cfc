// Pictures one after another, where no values can be had: scroll, keys or cine; brightness, contrast, zoom and the rest change only what is seen.

import { Button, Group, Slider, Text } from "@mantine/core";
import { useEffect, useRef, useState, type CSSProperties, type KeyboardEvent, type PointerEvent, type WheelEvent } from "react";
import { useTranslation } from "react-i18next";

import classes from "./occurrence.module.css";
import type { Image } from "./queries";
import type { Slice } from "./slices";

const START = { brightness: 100, contrast: 100, invert: false, turns: 0, flip: false, zoom: 1, x: 0, y: 0 };
const CINE_MS = 100;
const AHEAD = 4;

export function Stack({ slices, onShow }: { slices: Slice[]; onShow: (image: Image) => void }) {
  const { t } = useTranslation();
  const [number, setNumber] = useState(() => Math.floor(slices.length / 2));
  const [look, setLook] = useState(START);
  const [plays, setPlays] = useState(false);
  const drag = useRef<{ x: number; y: number } | null>(null);
  const slice = slices[number];

  useEffect(() => {
    if (slice) onShow(slice.image);
  }, [slice, onShow]);

  useEffect(() => {
    // The next ones are there before somebody scrolls to them.
    for (let step = 1; step <= AHEAD; step++) {
      for (const near of [slices[number + step], slices[number - step]]) if (near) new window.Image().src = near.address;
    }
  }, [number, slices]);

  useEffect(() => {
    if (!plays) return undefined;
    const timer = setInterval(() => setNumber((now) => (now + 1) % slices.length), CINE_MS);
    return () => clearInterval(timer);
  }, [plays, slices.length]);

  if (!slice) return <Text p="md">{t("occurrence.noImages")}</Text>;

  const step = (by: number) => setNumber((now) => Math.min(slices.length - 1, Math.max(0, now + by)));
  const change = (part: Partial<typeof START>) => setLook((now) => ({ ...now, ...part }));
  const onWheel = (event: WheelEvent) => {
    if (event.ctrlKey) change({ zoom: Math.min(8, Math.max(0.5, look.zoom * (event.deltaY < 0 ? 1.1 : 1 / 1.1))) });
    else step(Math.sign(event.deltaY));
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const steps: Record<string, number> = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1, PageDown: 10, PageUp: -10 };
    const by = steps[event.key];
    if (by === undefined) return;
    event.preventDefault();
    step(by);
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
        className={classes.stage}
        role="img"
        data-testid="stage"
        tabIndex={0}
        aria-label={`${t("occurrence.viewer")}. ${t("occurrence.slice", { number: number + 1, total: slices.length })}`}
        onWheel={onWheel}
        onKeyDown={onKeyDown}
        onPointerDown={(event) => {
          drag.current = { x: event.clientX, y: event.clientY };
          event.currentTarget.setPointerCapture(event.pointerId);
        }}
        onPointerMove={onPointerMove}
        onPointerUp={() => (drag.current = null)}
        onContextMenu={(event) => event.preventDefault()}
      >
        <img src={slice.address} alt="" className={classes.slice} style={style} draggable={false} />
      </div>
      <Group px="md" wrap="nowrap">
        <Slider
          flex={1}
          min={1}
          max={Math.max(2, slices.length)}
          value={number + 1}
          disabled={slices.length < 2}
          onChange={(value) => setNumber(Math.min(slices.length, value) - 1)}
          thumbLabel={t("occurrence.viewer")}
          label={null}
        />
        <Text size="sm" className={classes.place} data-testid="slice">
          {t("occurrence.slice", { number: number + 1, total: slices.length })}
        </Text>
      </Group>
      <Group gap="xs" px="md" pb="sm">
        <Button size="compact-sm" variant="default" disabled={slices.length < 2} aria-pressed={plays} onClick={() => setPlays(!plays)}>
          {t(plays ? "occurrence.pause" : "occurrence.play")}
        </Button>
        <Button size="compact-sm" variant="default" aria-pressed={look.invert} onClick={() => change({ invert: !look.invert })}>
          {t("occurrence.invert")}
        </Button>
        <Button size="compact-sm" variant="default" onClick={() => change({ turns: (look.turns + 1) % 4 })}>
          {t("occurrence.rotate")}
        </Button>
        <Button size="compact-sm" variant="default" aria-pressed={look.flip} onClick={() => change({ flip: !look.flip })}>
          {t("occurrence.flip")}
        </Button>
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
