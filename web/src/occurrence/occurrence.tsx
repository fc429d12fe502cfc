// One study: its series, its slices, what it says, and what to set right.

import { Badge, Stack as Pile, Text, Title, Tooltip } from "@mantine/core";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";

import { may, useCaller } from "../api/session";
import { Answered, Empty, Loading } from "../parts/states";
import { COLUMNS } from "../viewer/columns";
import { lastSearch } from "../viewer/last";
import type { Occurrence } from "../viewer/queries";
import { CorrectSeries, CorrectStudy } from "./correct";
import { Corrections } from "./corrections";
import classes from "./occurrence.module.css";
import { useGeometry, useImages, useOccurrence, useSeries, type Image, type Series } from "./queries";
import { Slices } from "./shown";
import { Strip } from "./strip";

const Tags = lazy(() => import("./tags"));

export default function OccurrencePage({ id }: { id: number }) {
  const occurrence = useOccurrence(id);
  const series = useSeries(id);
  return (
    <Answered query={occurrence}>
      {(item) => <Answered query={series}>{(all) => <Study item={item} all={all} />}</Answered>}
    </Answered>
  );
}

function Study({ item, all }: { item: Occurrence; all: Series[] }) {
  const { t } = useTranslation();
  const caller = useCaller().data;
  const isSteward = Boolean(caller && may(caller, "steward"));
  const first = all.toSorted((one, other) => other.picture_count - one.picture_count)[0];
  const [uid, setUid] = useState(first?.series_instance_uid);
  const [shown, setShown] = useState<Image>();
  const images = useImages(item.radiology_occurrence_id, uid);
  // What has no picture is never shown, and has its tags all the same.
  const image = shown?.series_instance_uid === uid ? shown : images.data?.[0];
  const chosen = all.find(({ series_instance_uid }) => series_instance_uid === uid);
  if (!chosen) return <Empty title={t("occurrence.noImages")} />;
  return (
    <div className={classes.page}>
      <Strip all={all} chosen={chosen} onChoose={setUid} />
      <section aria-label={t("occurrence.viewer")} className={classes.shown}>
        <Answered query={images}>
          {(found) => <Slices key={uid} occurrence={item.radiology_occurrence_id} images={found} all={all} onShow={setShown} />}
        </Answered>
      </section>
      <aside className={classes.facts}>
        <Pile gap="lg">
          <Link href={lastSearch()}>← {t("occurrence.back")}</Link>
          <Facts item={item} />
          {image ? <Why image={image} /> : <Loading />}
          <Geometry occurrence={item.radiology_occurrence_id} series={chosen.series_instance_uid} />
          <Diagnosis item={item} />
          {isSteward && (
            <>
              <CorrectSeries key={uid} occurrence={item.radiology_occurrence_id} series={chosen} />
              <CorrectStudy item={item} />
            </>
          )}
          <Corrections occurrence={item.radiology_occurrence_id} mayUndo={isSteward} />
          <Suspense fallback={<Loading />}>
            <Tags imageId={image?.image_id} />
          </Suspense>
        </Pile>
      </aside>
    </div>
  );
}

function Facts({ item }: { item: Occurrence }) {
  const { t } = useTranslation();
  return (
    <section>
      <Title order={1} size="h4">
        {item.modality ?? item.modalities.join(", ")} · {item.radiology_occurrence_date}
      </Title>
      <dl className={classes.list}>
        {COLUMNS.map(({ id, title, text }) => {
          const said = text(item);
          return (
            said && (
              <div key={id} style={{ display: "contents" }}>
                <dt>{t(title)}</dt>
                <dd>{said}</dd>
              </div>
            )
          );
        })}
      </dl>
    </section>
  );
}

/** Plane and phase of the slice in sight, and what they were read from. */
function Why({ image }: { image: Image }) {
  const { t } = useTranslation();
  const plane = t("occurrence.planeWhy", { source: image.plane_source, reason: image.plane_reason ?? "" });
  const phase = t("occurrence.phaseWhy", {
    source: image.phase_source,
    confidence: Math.round(100 * image.phase_confidence),
    reason: image.phase_reason ?? "",
  });
  return (
    <div className={classes.badges}>
      <Tooltip label={plane} multiline maw={360}>
        <Badge component="button" type="button" variant="light" tt="none" aria-label={`${image.image_plane}. ${plane}`}>
          {image.image_plane}
        </Badge>
      </Tooltip>
      <Tooltip label={phase} multiline maw={360}>
        <Badge component="button" type="button" variant="light" color="grape" tt="none" aria-label={`${image.image_phase}. ${phase}`}>
          {image.image_phase}
        </Badge>
      </Tooltip>
    </div>
  );
}

/** Whether the series is a volume, one sentence for each of its stacks. */
function Geometry({ occurrence, series }: { occurrence: number; series: string }) {
  const { t } = useTranslation();
  const geometry = useGeometry(occurrence).data ?? [];
  const stacks = geometry.filter(({ series_instance_uid, slices }) => series_instance_uid === series && slices > 1);
  return stacks.map((stack, place) => (
    <Text key={place} size="sm">
      {stack.is_regular
        ? t(stack.volumes > 1 ? "occurrence.regularVolumes" : "occurrence.regular", {
            volumes: stack.volumes,
            axis: stack.axis ? t(`occurrence.axis.${stack.axis}`, { defaultValue: stack.axis }) : "",
            slices: stack.slices,
            spacing: stack.spacing_mm?.toFixed(2) ?? "?",
          })
        : t("occurrence.irregular", { findings: Object.values(stack.findings).join(" ") })}
    </Text>
  ));
}

function Diagnosis({ item }: { item: Occurrence }) {
  const { t } = useTranslation();
  return (
    <section>
      <Title order={2} size="h5">
        {t("diagnosis.title")}
      </Title>
      {item.condition ? (
        <Text size="sm">
          {item.condition} {item.condition_code && `(${item.condition_vocabulary ?? ""} ${item.condition_code})`}{" "}
          {item.condition_concept_id ? (
            <Badge variant="light" color="green" tt="none">
              SNOMED {item.condition_concept_id}
            </Badge>
          ) : (
            <Link href={`/diagnoses?diagnosis=${item.radiology_condition_id ?? ""}`}>{t("diagnosis.unmapped")}</Link>
          )}
        </Text>
      ) : (
        <Text size="sm" c="dimmed">
          {t("diagnosis.none")}
        </Text>
      )}
    </section>
  );
}
