// The header of the image in sight, without what identifies; every value is text.

import { Stack, Text, TextInput, Title } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { Answered } from "../parts/states";
import { rowsOf } from "./elements";
import classes from "./occurrence.module.css";
import { useTags } from "./queries";

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
          const rows = rowsOf(document).filter((row) => row.text.includes(wanted));
          if (!rows.length) return <Text c="dimmed">{t("occurrence.noTags")}</Text>;
          return (
            <div className={classes.tags} tabIndex={0} role="region" aria-label={t("occurrence.tags")}>
              <table>
                <tbody>
                  {rows.map(({ name, value, depth }, place) => (
                    <tr key={place}>
                      <th scope="row" style={{ paddingInlineStart: `${depth}em` }}>
                        {name}
                      </th>
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
