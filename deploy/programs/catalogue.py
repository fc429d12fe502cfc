"""Every program of the cluster home and its version: the one place where they are pinned."""

from deploy.programs.recipes import go_program, jars

PROGRAMS = {
    program.name: program
    for program in (
        jars(
            "kafka",
            "4.3.0",
            ("org.apache.kafka:kafka_2.13:4.3.0", "org.apache.logging.log4j:log4j-slf4j-impl:2.25.0"),
            usual="a minute",
        ),
        # Its release tags are no Go versions: this is the last commit before it was archived.
        go_program("minio", "v0.0.0-20260212201848-7aac2a2c5b7c", "github.com/minio/minio", usual="six minutes"),
        go_program("helm", "v4.3.1", "helm.sh/helm/v4/cmd/helm", usual="six minutes"),
        go_program("kubeconform", "v0.8.0", "github.com/yannh/kubeconform/cmd/kubeconform", usual="ten seconds"),
    )
}
