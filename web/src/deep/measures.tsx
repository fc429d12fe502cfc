// What was measured, as text: the lines on the image alone would say nothing to who cannot see them.

import { eventTarget } from "@cornerstonejs/core";
import { annotation, Enums } from "@cornerstonejs/tools";
import { Button, CloseButton, Group, Text } from "@mantine/core";
import { useEffect, useReducer } from "react";
import { useTranslation } from "react-i18next";

import classes from "../occurrence/occurrence.module.css";
import { MEASURES } from "./cornerstone";

type Stats = Record<string, number | string | undefined>;

const CHANGES = [
  Enums.Events.ANNOTATION_COMPLETED, Enums.Events.ANNOTATION_MODIFIED, Enums.Events.ANNOTATION_REMOVED,
];
const number = (value: unknown) => (typeof value === "number" ? value.toFixed(1) : "–");

export function Measures({ onShow }: { onShow: (imageId: string) => void }) {
  const { t } = useTranslation();
  const [, again] = useReducer((count: number) => count + 1, 0);

  useEffect(() => {
    for (const name of CHANGES) eventTarget.addEventListener(name, again);
    return () => {
      for (const name of CHANGES) eventTarget.removeEventListener(name, again);
    };
  }, []);

  const all = annotation.state.getAllAnnotations().filter(({ metadata }) => MEASURES.has(metadata?.toolName ?? ""));
  if (!all.length) return <Text size="sm" c="dimmed" px="md">{t("measure.none")}</Text>;
  return (
    <ol className={classes.measures} aria-label={t("measure.title")} data-testid="measures">
      {all.map(({ annotationUID = "", metadata, data }) => {
        const stats = Object.values((data.cachedStats ?? {}) as Record<string, Stats>)[0] ?? {};
        return (
          <li key={annotationUID}>
            <Group gap="xs" wrap="nowrap">
              <Button variant="subtle" size="compact-sm" onClick={() => onShow(metadata?.referencedImageId ?? "")}>
                {said(t, stats)}
              </Button>
              <CloseButton
                size="sm"
                aria-label={t("measure.remove")}
                onClick={() => annotation.state.removeAnnotation(annotationUID)}
              />
            </Group>
          </li>
        );
      })}
    </ol>
  );
}

function said(t: ReturnType<typeof useTranslation>["t"], stats: Stats): string {
  if (stats.angle !== undefined) return t("measure.angle", { value: number(stats.angle) });
  if (stats.length !== undefined) return t("measure.length", { value: number(stats.length), unit: stats.unit ?? "" });
  return t("measure.region", {
    mean: number(stats.mean), deviation: number(stats.stdDev), low: number(stats.min), high: number(stats.max),
    of: stats.modalityUnit ?? "", area: number(stats.area), unit: stats.areaUnit ?? "",
  });
}
