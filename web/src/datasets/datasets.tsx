// All data sets.

import { Badge, Button, Container, Group, Title } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";

import { Rows } from "../parts/rows";
import { Answered, Empty } from "../parts/states";
import { useDatasets } from "./queries";

export default function Datasets() {
  const { t } = useTranslation();
  const datasets = useDatasets();
  return (
    <Container w="100%" py="md">
      <Group justify="space-between" mb="md">
        <Title order={1} size="h2">
          {t("datasets.title")}
        </Title>
        <Button component={Link} href="/datasets/new">
          {t("datasets.new")}
        </Button>
      </Group>
      <Answered query={datasets}>
        {({ items }) =>
          items.length ? (
            <Rows
              head={[t("datasets.name"), t("datasets.latest"), t("datasets.state"), t("datasets.versions"), t("datasets.made")]}
              rows={items.map((one) => [
                <Link key="name" href={`/datasets/${one.name}`}>
                  {one.name}
                </Link>,
                one.latest,
                <Badge key="state" miw="max-content" variant="light" tt="none" color={one.state === "ready" ? "green" : "gray"}>
                  {t(`dataset.state.${one.state as "ready"}`)}
                </Badge>,
                one.versions,
                new Date(one.created_at).toLocaleString(),
              ])}
            />
          ) : (
            <Empty title={t("datasets.none")} />
          )
        }
      </Answered>
    </Container>
  );
}
