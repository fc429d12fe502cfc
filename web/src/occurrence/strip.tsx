// The series of a study, each with its middle picture, its plane and its phases, and why they are said.

import { Badge, Text, Tooltip, UnstyledButton } from "@mantine/core";
import { useTranslation } from "react-i18next";

import { Picture } from "../parts/picture";
import classes from "./occurrence.module.css";
import type { Series } from "./queries";

const SIZE = 56;

interface Props {
  all: Series[];
  chosen: Series;
  onChoose: (uid: string) => void;
}

export function Strip({ all, chosen, onChoose }: Props) {
  const { t } = useTranslation();
  return (
    <ul className={classes.strip} aria-label={t("occurrence.series")}>
      {all.map((one) => (
        <li key={one.series_instance_uid}>
          <UnstyledButton
            className={classes.one}
            aria-current={one === chosen ? "true" : undefined}
            onClick={() => onChoose(one.series_instance_uid)}
          >
            <Picture address={one.thumbnail} size={SIZE} />
            <span className={classes.told}>
              <Text component="span" display="block" size="sm" fw={600} lineClamp={2}>
                {one.series_number ?? "–"} {one.series_description ?? one.modality ?? ""}
              </Text>
              <Text component="span" display="block" size="sm" c="dimmed">
                {t("occurrence.images", { count: one.image_count })}
              </Text>
              <span className={classes.badges}>
                <Said text={one.image_plane} why={planeWhy(one)} color="blue" />
                {one.phases.map((phase) => (
                  <Said key={phase} text={phase} why={one.phase_reasons[phase] ?? ""} color="grape" />
                ))}
              </span>
            </span>
          </UnstyledButton>
        </li>
      ))}
    </ul>
  );
}

/** Where no plane has most of the images, all that they have. */
function planeWhy({ image_plane: plane, plane_reasons: reasons }: Series): string {
  return reasons[plane] ?? Object.entries(reasons).map(([one, why]) => `${one}: ${why ?? ""}`).join("; ");
}

function Said({ text, why, color }: { text: string; why: string; color: string }) {
  return (
    <Tooltip label={why} multiline maw={320} disabled={!why}>
      <Badge size="sm" variant="light" color={color} tt="none">
        {text}
      </Badge>
    </Tooltip>
  );
}
