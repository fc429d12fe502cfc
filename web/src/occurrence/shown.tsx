// The slices of a series as they are looked at: all together, or one of its stacks.

import { NativeSelect, Text } from "@mantine/core";
import { lazy, Suspense, useCallback, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";

import { Loading } from "../parts/states";
import classes from "./occurrence.module.css";
import { useGeometry, type Image, type Series } from "./queries";
import { isGrey, slicesOf, type Slice } from "./slices";
import { Stack } from "./stack";
import { stacksOf } from "./stacks";

const Deep = lazy(() => import("../deep/deep"));

interface Props {
  occurrence: number;
  images: Image[];
  all: Series[];
  onShow: (image: Image) => void;
}

export function Slices({ images, ...rest }: Props) {
  const { t } = useTranslation();
  const stacks = useMemo(() => stacksOf(images), [images]);
  const [group, setGroup] = useState("");
  const slices = useMemo(() => slicesOf(group ? images.filter((one) => one.phase_group === group) : images), [images, group]);
  return (
    <>
      {stacks.length > 1 && (
        <NativeSelect
          className={classes.choice}
          size="xs"
          aria-label={t("occurrence.stack")}
          value={group}
          onChange={(event) => setGroup(event.currentTarget.value)}
          data={[
            { value: "", label: t("occurrence.allStacks", { count: stacks.length }) },
            ...stacks.map((one) => ({
              value: one.group,
              label: t("occurrence.oneStack", { number: one.number, phase: one.phase, count: one.images }),
            })),
          ]}
        />
      )}
      <Drawn key={group} slices={slices} series={images[0]?.series_instance_uid} group={group} {...rest} />
    </>
  );
}

type DrawnProps = Omit<Props, "images"> & {
  slices: Slice[];
  series: string | undefined;
  /** Of the one group of images that was chosen; empty: all of the series. */
  group: string;
};

/** The values behind the pictures where there are any, else the pictures. */
function Drawn({ occurrence, slices, series, group, all, onShow }: DrawnProps) {
  const { t } = useTranslation();
  const [failed, setFailed] = useState(false);
  const onFail = useCallback(() => setFailed(true), []);
  const geometry = useGeometry(occurrence);
  if (failed || !isGrey(slices)) {
    return (
      <>
        <Stack slices={slices} onShow={onShow} />
        {failed && (
          <Text size="sm" c="dimmed" px="md">
            {t("deep.failed")}
          </Text>
        )}
      </>
    );
  }
  const stacks = (geometry.data ?? []).filter(
    ({ series_instance_uid, phase_groups }) => series_instance_uid === series && (!group || phase_groups.includes(group)),
  );
  // One volume of the stack, that is: its images of other time points or echoes are not among these slices.
  const isRegular =
    stacks.length === 1 && stacks[0]?.is_regular === true && stacks[0].slices === slices.length && slices.length > 1;
  return (
    <Suspense fallback={<Loading />}>
      <Deep {...{ occurrence, slices, all, isRegular, onShow, onFail }} />
    </Suspense>
  );
}
