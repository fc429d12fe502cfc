// The uploads before, each with what has become of its files.

import { Badge, Group, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";

import { api, body, type Schemas } from "../api/client";
import { Answered } from "../parts/states";

const EVERY_MS = 5000;

export function Past() {
  const { t, i18n } = useTranslation();
  const uploads = useQuery({
    queryKey: ["uploads"],
    queryFn: () => body(api.GET("/api/v1/uploads", { params: { query: { limit: 10 } } })),
    refetchInterval: ({ state }) => (state.data?.items.some(({ done }) => !done) ? EVERY_MS : false),
  });
  return (
    <Stack component="section" gap="xs" aria-label={t("upload.past")}>
      <Title order={2} size="h4">
        {t("upload.past")}
      </Title>
      <Answered query={uploads}>
        {({ items }) =>
          items.length ? (
            <Stack gap="xs">
              {items.map((one) => (
                <Group key={one.upload_id} gap="xs">
                  <Link href={`/upload?upload=${one.upload_id}`}>
                    {new Date(one.created_at).toLocaleString(i18n.language)} · {one.hospital} · {t("upload.files", { count: one.received })}
                  </Link>
                  <Became of={one} />
                </Group>
              ))}
            </Stack>
          ) : (
            <Text c="dimmed">{t("upload.noneYet")}</Text>
          )
        }
      </Answered>
    </Stack>
  );
}

/** That nothing is pending does not say that all were sent. */
function Became({ of: { received, pending, failed, refused } }: { of: Schemas["Progress"] }) {
  const { t } = useTranslation();
  return (
    <>
      {pending > 0 && <Count color="blue" text={t("upload.pending", { count: pending })} />}
      {received > 0 && pending === 0 && <Count color="green" text={t("upload.settled")} />}
      {failed > 0 && <Count color="red" text={`${t("upload.stage.failed")} ${failed.toLocaleString()}`} />}
      {refused > 0 && <Count color="red" text={`${t("upload.stage.refused")} ${refused.toLocaleString()}`} />}
    </>
  );
}

function Count({ color, text }: { color: string; text: string }) {
  return (
    <Badge variant="light" tt="none" color={color}>
      {text}
    </Badge>
  );
}
