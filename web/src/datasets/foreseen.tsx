// What the data set would hold if it were built now; asked for by hand, since it is as much work as freezing.

import { Alert, Button, Group, Stack, Text } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { api, body, type Schemas } from "../api/client";
import { Failed } from "../parts/states";
import { Balance, Counts, Exclusions, type Split } from "./holds";

type Request = Schemas["DatasetRequest"];

/** `request` is null while it is not complete. What was said of another request is shown no more. */
export function Preview({ request }: { request: Request | null }) {
  const { t } = useTranslation();
  const look = useMutation({ mutationFn: (wanted: Request) => body(api.POST("/api/v1/datasets/dry-run", { body: wanted })) });
  const isOfThis = JSON.stringify(look.variables) === JSON.stringify(request);
  return (
    <Stack role="status">
      <Group>
        <Button variant="default" disabled={!request} loading={look.isPending} onClick={() => request && look.mutate(request)}>
          {t("foreseen.look")}
        </Button>
        <Text size="sm" c="dimmed">
          {t(request ? "foreseen.help" : "foreseen.first")}
        </Text>
      </Group>
      {isOfThis && look.error && <Failed error={look.error} />}
      {isOfThis && look.data && <Foreseen of={look.data} />}
    </Stack>
  );
}

function Foreseen({ of: found }: { of: Schemas["Foreseen"] }) {
  const { t } = useTranslation();
  const { exclusions, split_achieved: split, needs_approval: waits, ...counts } = found;
  return (
    <>
      {!counts.pictures && <Alert color="red">{t("foreseen.nothing")}</Alert>}
      {waits && <Alert color="yellow">{t("foreseen.waits")}</Alert>}
      <Counts counts={counts} />
      {split && <Balance split={split as Split} />}
      <Exclusions exclusions={exclusions} />
    </>
  );
}
