// How the system does: what goes through, waits, failed, was refused, and the room it takes. As it changes.

import { Badge, Button, Group, Select, Stack, Text } from "@mantine/core";
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { api, body, type Schemas } from "../api/client";
import { bytes } from "../parts/bytes";
import { Rows } from "../parts/rows";
import { Answered, Failed } from "../parts/states";
import classes from "./operations.module.css";
import { Part } from "./part";

type Seen = Schemas["Overview"];
export const EVERY_MS = 5000;
const MINUTES = 60;

export function Overview() {
  const overview = useQuery({
    queryKey: ["overview"],
    queryFn: () => body(api.GET("/api/v1/overview")),
    refetchInterval: EVERY_MS,
  });
  return (
    <Answered query={overview}>
      {(seen) => (
        <>
          <Through seen={seen} />
          <Failures failures={seen.failures} />
          <Refused refused={seen.refused} />
          <Room room={seen.room} />
        </>
      )}
    </Answered>
  );
}

function Through({ seen: { at, minutes, waiting } }: { seen: Seen }) {
  const { t } = useTranslation();
  const received = minutes.reduce((sum, one) => sum + one.received, 0);
  const catalogued = minutes.reduce((sum, one) => sum + one.catalogued, 0);
  const isBehind = waiting.oldest_seconds != null;
  return (
    <Part title={t("operations.through")}>
      <Text data-testid="through">{t("operations.lastHour", { received, catalogued })}</Text>
      <Minutes at={at} minutes={minutes} />
      <Group gap="xs" data-testid="waiting">
        <Badge variant="light" tt="none" color={isBehind ? "yellow" : "green"}>
          {t("operations.forExtraction", { count: waiting.for_extraction })}
        </Badge>
        <Badge variant="light" tt="none" color={isBehind ? "yellow" : "green"}>
          {t("operations.forCatalogue", { count: waiting.for_the_catalogue })}
        </Badge>
        {isBehind && <Text size="sm">{t("operations.oldest", { minutes: ((waiting.oldest_seconds ?? 0) / 60).toFixed(1) })}</Text>}
      </Group>
    </Part>
  );
}

/** Two bars for each minute; the sentence above says their sums. */
function Minutes({ at, minutes }: { at: string; minutes: Seen["minutes"] }) {
  const { t } = useTranslation();
  const most = Math.max(1, ...minutes.flatMap(({ received, catalogued }) => [received, catalogued]));
  const now = Date.parse(at);
  return (
    <figure className={classes.minutes}>
      <svg viewBox={`0 0 ${MINUTES * 4} 40`} preserveAspectRatio="none" aria-hidden>
        {minutes.map((one) => {
          const left = 4 * (MINUTES - 1 - Math.floor((now - Date.parse(one.at)) / 60_000));
          const [high, higher] = [one.received, one.catalogued].map((count) => (38 * count) / most);
          return (
            <g key={one.at}>
              <rect className={classes.received} x={left} y={40 - (high ?? 0)} width={1.7} height={high} />
              <rect className={classes.catalogued} x={left + 1.8} y={40 - (higher ?? 0)} width={1.7} height={higher} />
            </g>
          );
        })}
      </svg>
      <figcaption>
        <span className={classes.key} data-of="received" /> {t("upload.stage.received")}{" "}
        <span className={classes.key} data-of="catalogued" /> {t("upload.stage.catalogued")}{" "}
        {t("operations.most", { count: most })}
      </figcaption>
    </figure>
  );
}

function Failures({ failures }: { failures: Seen["failures"] }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const replay = useMutation({
    mutationFn: ({ group, reason }: Seen["failures"][number]) =>
      body(api.POST("/api/v1/dead-letters/replay", { params: { query: { group, reason } } })),
    onSettled: () => queries.invalidateQueries(),
  });
  return (
    <Part title={t("operations.failures")}>
      {failures.length ? (
        <Rows
          head={[t("operations.stage"), t("upload.reason"), t("holds.count"), ""]}
          rows={failures.map((one) => [
            one.group,
            one.reason,
            one.letters.toLocaleString(),
            <Button key="again" size="compact-sm" variant="default" loading={replay.isPending} onClick={() => replay.mutate(one)}>
              {t("operations.replayAll")}
            </Button>,
          ])}
        />
      ) : (
        <Text c="dimmed">{t("operations.lettersNone")}</Text>
      )}
      {replay.data && (
        <Text size="sm" role="status">
          {t("operations.replayed", { count: replay.data.replayed })}
        </Text>
      )}
      {replay.error && <Failed error={replay.error} />}
    </Part>
  );
}

function Refused({ refused }: { refused: Seen["refused"] }) {
  const { t } = useTranslation();
  const [code, setCode] = useState<string | null>(null);
  const sum = refused.reduce((count, one) => count + one.files, 0);
  return (
    <Part title={t("operations.refused")}>
      {refused.length ? (
        <>
          <Rows
            head={[t("upload.reason"), t("operations.files"), t("operations.uploads"), t("operations.last")]}
            rows={refused.map((one) => [
              one.code,
              one.files.toLocaleString(),
              one.uploads.toLocaleString(),
              new Date(one.last_at).toLocaleString(),
            ])}
          />
          <Select
            label={t("operations.refusedLook", { count: sum })}
            description={t("operations.refusedHelp")}
            maw={400}
            clearable
            value={code}
            onChange={setCode}
            data={refused.map((one) => one.code)}
          />
          {code !== null && <RefusedFiles code={code} />}
        </>
      ) : (
        <Text c="dimmed">{t("operations.lettersNone")}</Text>
      )}
    </Part>
  );
}

function RefusedFiles({ code }: { code: string }) {
  const { t } = useTranslation();
  const files = useInfiniteQuery({
    queryKey: ["refusals", code],
    queryFn: ({ pageParam }) =>
      body(api.GET("/api/v1/refusals", { params: { query: { code, limit: 50, ...(pageParam && { cursor: pageParam }) } } })),
    initialPageParam: "",
    getNextPageParam: (last) => last.next ?? undefined,
  });
  return (
    <Answered query={files}>
      {({ pages }) => (
        <Stack gap="xs">
          <Rows
            head={[t("operations.at"), t("operations.hospital"), t("operations.upload"), t("holds.why"), t("operations.size")]}
            rows={pages
              .flatMap(({ items }) => items)
              .map((one) => [new Date(one.at).toLocaleString(), one.hospital, one.upload_id, one.detail, bytes(one.bytes)])}
          />
          {files.hasNextPage && (
            <Button variant="default" onClick={() => void files.fetchNextPage()} loading={files.isFetchingNextPage}>
              {t("viewer.more")}
            </Button>
          )}
        </Stack>
      )}
    </Answered>
  );
}

function Room({ room }: { room: Seen["room"] }) {
  const { t } = useTranslation();
  return (
    <Part title={t("operations.room")}>
      <Rows
        head={[t("holds.of"), t("holds.count"), t("operations.size")]}
        rows={[
          [t("operations.objects"), room.objects.toLocaleString(), bytes(room.object_bytes)],
          [t("operations.pictures"), room.pictures.toLocaleString(), ""],
          [t("operations.datasetFiles"), "", bytes(room.dataset_file_bytes)],
          [t("operations.database"), "", bytes(room.database_bytes)],
          ...(room.free_bytes == null ? [] : [[t("operations.free"), "", bytes(room.free_bytes)]]),
        ]}
      />
      <Text size="sm" c="dimmed">
        {t("operations.counted", { at: new Date(room.at).toLocaleTimeString() })}
      </Text>
    </Part>
  );
}
