// The studies as pictures.

import { Button, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";

import { Picture } from "../parts/picture";
import { named, type Occurrence } from "./queries";
import classes from "./viewer.module.css";

export function Gallery({ items, more }: { items: Occurrence[]; more: (() => void) | undefined }) {
  const { t } = useTranslation();
  return (
    <div className={classes.scroller} tabIndex={0} role="region" aria-label={t("viewer.gallery")}>
      <ul className={classes.gallery}>
        {items.map((item) => (
          <li key={item.radiology_occurrence_id}>
            <Link href={`/occurrences/${item.radiology_occurrence_id}`} className={classes.card}>
              <Picture address={item.thumbnail} of={named(item)} size={160} />
              <Text size="sm" fw={600}>
                {item.modality ?? item.modalities.join(", ")} · {item.radiology_occurrence_date}
              </Text>
            </Link>
            <Text size="sm" className={classes.cell}>
              {item.study_description ?? item.hospital}
            </Text>
          </li>
        ))}
      </ul>
      {more && (
        <Button variant="default" m="md" onClick={more}>
          {t("viewer.more")}
        </Button>
      )}
    </div>
  );
}
