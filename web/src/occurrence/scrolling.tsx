// Going through slices, whatever draws them: by wheel, keys, slider, or by itself.

import { Group, Slider, Text } from "@mantine/core";
import { useCallback, useEffect, useState, type KeyboardEvent, type MouseEvent, type WheelEvent } from "react";
import { useTranslation } from "react-i18next";

import { Toggle } from "../parts/toggle";
import classes from "./occurrence.module.css";

const CINE_MS = 100;
const STEPS: Record<string, number> = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1, PageDown: 10, PageUp: -10 };

export interface Scrolling {
  place: number;
  total: number;
  plays: boolean;
  setPlace: (place: number) => void;
  step: (by: number) => void;
  setPlays: (plays: boolean) => void;
}

/** Begins in the middle, and never leaves the stack. */
export function useScrolling(total: number): Scrolling {
  const [place, setPlace] = useState(() => Math.floor(total / 2));
  const [plays, setPlays] = useState(false);
  useEffect(() => {
    if (!plays) return undefined;
    const timer = setInterval(() => setPlace((now) => (now + 1) % total), CINE_MS);
    return () => clearInterval(timer);
  }, [plays, total]);
  const step = useCallback((by: number) => setPlace((now) => Math.min(total - 1, Math.max(0, now + by))), [total]);
  return { place, total, plays, setPlace, step, setPlays };
}

/** What the element that shows a stack answers to, and what it is called. */
export function useStage(place: number, total: number, step: (by: number) => void) {
  const { t } = useTranslation();
  return {
    className: classes.stage,
    role: "img",
    "data-testid": "stage",
    tabIndex: 0,
    "aria-label": `${t("occurrence.viewer")}. ${t("occurrence.slice", { number: place + 1, total })}`,
    onWheel: (event: WheelEvent) => step(Math.sign(event.deltaY)),
    onKeyDown: (event: KeyboardEvent) => {
      const by = STEPS[event.key];
      if (by === undefined) return;
      event.preventDefault();
      step(by);
    },
    onContextMenu: (event: MouseEvent) => event.preventDefault(),
  };
}

export function Place({ place, total, setPlace }: Scrolling) {
  const { t } = useTranslation();
  return (
    <Group px="md" wrap="nowrap">
      <Slider
        flex={1}
        min={1}
        max={Math.max(2, total)}
        value={place + 1}
        disabled={total < 2}
        onChange={(value) => setPlace(Math.min(total, value) - 1)}
        thumbLabel={t("occurrence.viewer")}
        label={null}
      />
      <Text size="sm" className={classes.place} data-testid="slice">
        {t("occurrence.slice", { number: place + 1, total })}
      </Text>
    </Group>
  );
}

export function Play({ total, plays, setPlays }: Scrolling) {
  const { t } = useTranslation();
  return (
    <Toggle isOn={plays} disabled={total < 2} onClick={() => setPlays(!plays)}>
      {t(plays ? "occurrence.pause" : "occurrence.play")}
    </Toggle>
  );
}
