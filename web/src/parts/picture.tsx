// A small picture of a study.

import { useTranslation } from "react-i18next";

import type { Schemas } from "../api/client";
import classes from "./picture.module.css";

export function Picture({ item, size }: { item: Schemas["OccurrenceItem"]; size: number }) {
  const { t } = useTranslation();
  const name = `${item.modality ?? "?"} ${item.radiology_occurrence_date}`;
  if (!item.thumbnail) {
    return (
      <span className={classes.none} style={{ width: size, height: size }}>
        {t("viewer.noPicture")}
      </span>
    );
  }
  return (
    <img
      className={classes.picture}
      src={item.thumbnail}
      alt={t("viewer.pictureOf", { name })}
      loading="lazy"
      decoding="async"
      width={size}
      height={size}
    />
  );
}
