// An upload that did not come to its end: what is known of it, and how to go on with it.

import { Alert, Button, Group, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";

import { api, body, Problem } from "../api/client";
import { forget, remembered, type Remembered } from "./remembered";
import { hearOfSending } from "./tabs";

/** `upload` is one that nobody is sending; while that is being asked, nobody knows and nothing should be begun. */
export function useInterrupted() {
  const [known, setKnown] = useState(() => ({ upload: remembered(), isSent: false }));
  useEffect(
    () =>
      hearOfSending((told) => {
        const upload = remembered();
        setKnown(({ isSent }) => ({ upload, isSent: told.uploadId === upload?.uploadId ? told.isSent : isSent }));
      }),
    [],
  );
  const upload = known.isSent ? undefined : known.upload;
  const counts = useQuery({
    queryKey: ["uploads", upload?.uploadId],
    enabled: upload !== undefined,
    queryFn: () => body(api.GET("/api/v1/uploads/{upload_id}", { params: { path: { upload_id: upload?.uploadId ?? "" } } })),
  });
  const isNoneOfMine = counts.error instanceof Problem && counts.error.status === 404;
  return {
    upload: counts.isPending || isNoneOfMine ? undefined : upload,
    received: counts.data?.received,
    isAsked: upload !== undefined && counts.isPending,
    forget: () => {
      forget();
      setKnown({ upload: undefined, isSent: false });
    },
  };
}

interface Props {
  upload: Remembered;
  received: number | undefined;
  hasChosen: boolean;
  onForget: () => void;
}

export function Interrupted({ upload, received, hasChosen, onForget }: Props) {
  const { t, i18n } = useTranslation();
  const when = new Date(upload.at).toLocaleString(i18n.language);
  return (
    <Alert color="yellow">
      <Stack gap="xs" align="flex-start">
        <Text fw={600}>{t("upload.interrupted", { count: upload.total, when })}</Text>
        {received !== undefined && <Text size="sm">{t("upload.arrived", { count: received })}</Text>}
        <Text size="sm">
          {t(hasChosen ? "upload.pressAgain" : "upload.chooseAgain")} {t("upload.goesOn")}
        </Text>
        <Group>
          <Button size="compact-sm" variant="default" component={Link} href={`/upload?upload=${upload.uploadId}`}>
            {t("upload.show")}
          </Button>
          <Button size="compact-sm" variant="default" onClick={onForget}>
            {t("upload.forget")}
          </Button>
        </Group>
      </Stack>
    </Alert>
  );
}
