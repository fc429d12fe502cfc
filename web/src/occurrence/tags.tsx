// The header of the image in sight, without what identifies; every value is text.

import { Stack, Text, TextInput, Title } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { Answered } from "../parts/states";
import keywords from "./keywords.json";
import classes from "./occurrence.module.css";
import { useTags } from "./queries";

interface Row {
  name: string;
  value: string;
}

const KEYWORDS: Record<string, string> = keywords;

/** Of a document in the DICOM JSON model (PS3.18 F.2): a row for each element. */
export function rowsOf(document: Record<string, unknown>): Row[] {
  return Object.entries(document).map(([tag, element]) => ({ name: KEYWORDS[tag] ?? tag, value: textOf(element) }));
}

function textOf(element: unknown): string {
  if (typeof element !== "object" || element === null) return String(element);
  const value = "Value" in element ? element.Value : element;
  if (!Array.isArray(value)) return JSON.stringify(value);
  return value.map((one) => (typeof one === "object" ? JSON.stringify(one) : String(one))).join(" \\ ");
}

export default function Tags({ imageId }: { imageId: number | undefined }) {
  const { t } = useTranslation();
  const tags = useTags(imageId);
  const [text, setText] = useState("");
  const wanted = text.trim().toLowerCase();
  return (
    <Stack gap="xs">
      <Title order={2} size="h5">
        {t("occurrence.tags")}
      </Title>
      <TextInput
        type="search"
        aria-label={t("occurrence.tagsSearch")}
        placeholder={t("occurrence.tagsSearch")}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
      />
      <Answered query={tags}>
        {(document) => {
          const rows = rowsOf(document).filter(({ name, value }) => `${name} ${value}`.toLowerCase().includes(wanted));
          if (!rows.length) return <Text c="dimmed">{t("occurrence.noTags")}</Text>;
          return (
            <div className={classes.tags} tabIndex={0} role="region" aria-label={t("occurrence.tags")}>
              <table>
                <tbody>
                  {rows.map(({ name, value }) => (
                    <tr key={name}>
                      <th scope="row">{name}</th>
                      <td>{value}</td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
          );
        }}
      </Answered>
    </Stack>
  );
}
