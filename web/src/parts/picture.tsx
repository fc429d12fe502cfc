// A small picture of a study or of a series.

import { useTranslation } from "react-i18next";

import classes from "./picture.module.css";

interface Props {
  address: string | null;
  /** What it is a picture of; nothing where that stands beside it. */
  of?: string;
  size: number;
}

export function Picture({ address, of, size }: Props) {
  const { t } = useTranslation();
  if (!address) {
    return (
      <span className={classes.none} style={{ width: size, height: size }}>
        {t("viewer.noPicture")}
      </span>
    );
  }
  return (
    <img
      className={classes.picture}
      src={address}
      alt={of ? t("viewer.pictureOf", { name: of }) : ""}
      loading="lazy"
      decoding="async"
      width={size}
      height={size}
    />
  );
}
