// How a version is had: downloaded here, by the command line, or by an address for a machine without a key.

import { Button, Code, CopyButton, Group, Stack, Text } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { api, body } from "../api/client";
import { bytes } from "../parts/bytes";
import { Failed } from "../parts/states";
import classes from "./datasets.module.css";
import type { Version } from "./queries";

export function Take({ version }: { version: Version }) {
  const { t } = useTranslation();
  const { name, version: of } = version;
  const link = useMutation({
    mutationFn: () =>
      body(api.POST("/api/v1/datasets/{name}/versions/{version}/links", { params: { path: { name, version: of } }, body: {} })),
  });
  return (
    <Stack gap="xs">
      <Group>
        <Button component="a" href={`/api/v1/datasets/${name}/versions/${of}/archive`} download>
          {t("dataset.download")} {version.archive_bytes ? `(${bytes(version.archive_bytes)})` : ""}
        </Button>
        <Button variant="default" loading={link.isPending} onClick={() => link.mutate()}>
          {t("dataset.link")}
        </Button>
      </Group>
      {link.error && <Failed error={link.error} />}
      {link.data && (
        <Copied
          label={t("dataset.linkUntil", { time: new Date(link.data.expires_at).toLocaleTimeString() })}
          text={new URL(link.data.address, location.origin).href}
        />
      )}
      <Copied label={t("dataset.cli")} text={`rcdm dataset download ${name} --version ${of}`} />
      <Copied label={t("dataset.verify")} text={`rcdm dataset verify ${name}-${of}.zip`} />
      {typeof version.description?.citation === "string" && (
        <Copied label={t("dataset.citation")} text={version.description.citation} />
      )}
    </Stack>
  );
}

/** Elsewhere than on https and this very machine browsers do not let a page copy: a click selects the whole text. */
const canCopy = "clipboard" in navigator;

function Copied({ label, text }: { label: string; text: string }) {
  const { t } = useTranslation();
  return (
    <div>
      <Text size="sm" c="dimmed">
        {label}
      </Text>
      <Group gap="xs">
        <Code className={classes.text}>{text}</Code>
        {canCopy && (
          <CopyButton value={text}>
            {({ copied, copy }) => (
              <Button size="compact-xs" variant="default" onClick={copy} aria-label={`${t("dataset.copy")}: ${label}`}>
                {t(copied ? "dataset.copied" : "dataset.copy")}
              </Button>
            )}
          </CopyButton>
        )}
      </Group>
    </div>
  );
}
